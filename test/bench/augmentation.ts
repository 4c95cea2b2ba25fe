// What each method of augmentation gains: the same training split, with and without samples that are made of it.
//
//   node test/bench/augmentation.ts [--papers FILE] [--flights FILE] [--seeds 3] [--probability 0.3] [--engines linear,trees]
//     [--train 1] [--synonyms FILE]
//
// Papers: the engine linear, a quarter of each class for the test, a tenth for validation. Flights: the task of
// docs/examples/flights, a fifth at random for the test, a tenth for validation. Each method is trained with so many seeds of
// augmentation on the same split; without one, with as many seeds of the run. --train 0.1 keeps a tenth of the training split.
// --synonyms: a list a line ("large, big"). Markdown goes to stdout, progress to stderr.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { augmented } from '../../ml/augmentation/augment.ts';
import { TABLE_METHODS, TEXT_METHODS } from '../../ml/augmentation/parameters.ts';
import type { Parameters } from '../../ml/engines/engine.ts';
import { completeParameters, engineNamed } from '../../ml/engines.ts';
import type { InstanceSchema } from '../../ml/instance/schema.ts';
import { classificationMetrics } from '../../ml/metrics/classification.ts';
import { type ClassificationProblem, classesOf, type Example } from '../../ml/problem.ts';
import { seededRandom, shuffle } from '../../ml/random.ts';
import { declaredTask } from '../../tasks/declared/declared.ts';
import { readRow, readRows } from '../../tasks/rows.ts';
import { DOCUMENT_SCHEMA, exampleOf } from '../harness/documents.ts';
import { undisturbed } from '../harness/toy-package.ts';
import { readPapers, stratified } from './papers.ts';

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    flights: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    probability: { type: 'string', default: '0.3' },
    engines: { type: 'string', default: 'linear,trees' },
    train: { type: 'string', default: '1' },
    synonyms: { type: 'string' },
  },
});
if (!options.papers && !options.flights) throw new Error('--papers FILE or --flights FILE is needed');

interface Data {
  readonly task: ClassificationProblem;
  readonly schema: InstanceSchema;
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
  readonly test: readonly Example[];
}

/** Metrics on the test split, samples made, and seconds of CPU of the training. */
type Measured = Record<(typeof METRICS)[number] | 'made' | 'cpu', number>;

const seeds = Array.from({ length: Number(options.seeds) }, (_, at) => at + 1);
const probability = { augmentationProbability: Number(options.probability) };
const METRICS = ['accuracy', 'macroF1', 'logLoss', 'rocAuc'] as const;

if (options.papers) {
  const data = papersIn(options.papers);
  const lists = options.synonyms ? readFileSync(options.synonyms, 'utf8').trimEnd().split('\n') : [];
  const methods = TEXT_METHODS.filter((method) => method !== 'synonyms' || lists.length > 0);
  await compare('papers, linear', 'linear', data, [
    ...methods.map((method) => [method, { augmentation: [method], synonyms: lists }] as const),
    ['all of these', { augmentation: [...methods], synonyms: lists }],
  ]);
}
if (options.flights) {
  const data = await flightsIn(options.flights);
  for (const engine of options.engines.split(','))
    await compare(`flights, ${engine}`, engine, data, [
      ...TABLE_METHODS.map((method) => [method, { augmentation: [method] }] as const),
      ['noise and interpolation', { augmentation: ['noise', 'interpolation'] }],
    ]);
}

async function compare(
  title: string,
  engine: string,
  data: Data,
  variants: readonly (readonly [string, Parameters])[],
): Promise<void> {
  const { length } = data.train;
  console.log(`\n${title}: ${length} samples for training, ${data.test.length} for the test\n`);
  console.log(
    `| | ${METRICS.join(' | ')} | samples made | s of CPU |\n|${'---|'.repeat(METRICS.length + 3)}`,
  );
  for (const [name, parameters] of [['none', {}] as const, ...variants]) {
    const runs: Measured[] = [];
    for (const seed of seeds) {
      runs.push(await run(engine, data, { ...probability, ...parameters }, seed));
      console.error(`${title}, ${name}, seed ${seed}: ${JSON.stringify(runs.at(-1))}`);
    }
    const cells = METRICS.map((metric) => spread(runs.map((run) => run[metric])));
    const made = runs.reduce((sum, run) => sum + run.made, 0) / runs.length;
    const cpu = runs.reduce((sum, run) => sum + run.cpu, 0) / runs.length;
    console.log(`| ${[name, ...cells, made.toFixed(0), cpu.toFixed(1)].join(' | ')} |`);
  }
}

async function run(engine: string, data: Data, given: Parameters, seed: number): Promise<Measured> {
  const parameters = completeParameters(engine, given);
  const start = process.cpuUsage();
  const { train, made } = augmented({ ...data, parameters, seed });
  const trained = await engineNamed(engine).train({ ...data, train, parameters, seed, ...undisturbed() });
  const { user, system } = process.cpuUsage(start);
  const scores = await trained.predict(data.test.map(({ instance }) => instance));
  const { labels } = data.task;
  const metrics = classificationMetrics(scores, classesOf(data.test, labels), labels);
  return {
    ...{ accuracy: metrics.accuracy, macroF1: metrics.macroF1, logLoss: metrics.logLoss },
    rocAuc: metrics.rocAuc ?? Number.NaN,
    made: Object.values(made).reduce((sum, count) => sum + count, 0),
    cpu: (user + system) / 1e6,
  };
}

/** Mean and standard deviation. */
function spread(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return `${mean.toFixed(4)} ± ${Math.sqrt(variance).toFixed(4)}`;
}

function kept(examples: readonly Example[]): readonly Example[] {
  return examples.slice(0, Math.round(examples.length * Number(options.train)));
}

function papersIn(file: string): Data {
  const { labels, train, validation, test } = stratified(readPapers(file), 0.25, 42);
  return {
    task: { name: 'papers', type: 'classification', labels: [...labels] },
    schema: DOCUMENT_SCHEMA,
    train: kept(train.map(exampleOf)), // which are shuffled
    validation: validation.map(exampleOf),
    test: test.map(exampleOf),
  };
}

async function flightsIn(file: string): Promise<Data> {
  const path = new URL('../../docs/examples/flights/task.yaml', import.meta.url);
  const task = declaredTask('task.yaml', readFileSync(path, 'utf8'));
  const bytes = file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file);
  const examples: Example[] = [];
  for await (const row of readRows({ name: 'flights.csv', bytes }, task)) {
    const { record } = readRow(row, task);
    const sample = record && task.prepare(record).sample;
    if (sample) examples.push({ instance: sample.instance, target: sample.target });
  }
  shuffle(examples, seededRandom(42));
  const [fifth, tenth] = [Math.round(examples.length / 5), Math.round(examples.length / 10)];
  return {
    task: { name: 'flights', type: 'classification', labels: ['late', 'on time'] },
    schema: task.schema,
    train: kept(examples.slice(fifth + tenth)),
    validation: examples.slice(fifth, fifth + tenth),
    test: examples.slice(0, fifth),
  };
}

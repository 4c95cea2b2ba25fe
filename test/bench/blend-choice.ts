// How share and temperature of the engine encoder are best chosen: nested cross-validation, of which the test split has no part.
//
//   node test/bench/blend-choice.ts --papers FILE [--since DAY] [--outer 5] [--folds 3,5] [--seed 42]
//
// The papers for training and validation (of linear-vs-sklearn.ts) are dealt into outer folds. Each is measured by models of
// the others, among which share and temperature are chosen: on a part of them held back (`split`: fitted on the rest; `refit`:
// then fitted on all of them), or by cross-validation (`folds N`: fitted on all of them). The embeddings are those of
// EPOCHLOG_CACHE. A table goes to stderr, JSON to stdout: log loss and right answers, and what each has less than `refit`, a
// paper at a time, with its standard error.
import { parseArgs } from 'node:util';
import { readConfig } from '../../infra/config/config.ts';
import { encodedText } from '../../ml/adapters/tokens.ts';
import { fitTemperature, softmaxRows } from '../../ml/calibration/temperature.ts';
import { stratifiedFolds } from '../../ml/dataset/folds.ts';
import { blended, fitBlend, logProbabilities } from '../../ml/encoder/blend.ts';
import { Embedder } from '../../ml/encoder/embedder.ts';
import { openEncoder } from '../../ml/encoder/encoder.ts';
import { headMargins, trainHead } from '../../ml/encoder/head.ts';
import { encoderCost, encoderParameters } from '../../ml/encoder/parameters.ts';
import { textFields } from '../../ml/instance/schema.ts';
import { linearMargins } from '../../ml/linear/model.ts';
import { linearParameters } from '../../ml/linear/parameters.ts';
import { linearTargets, trainLinear } from '../../ml/linear/train.ts';
import { argmaxRows, type DenseMatrix } from '../../ml/matrix.ts';
import { classesOf, type Example } from '../../ml/problem.ts';
import { trainingTools } from '../../services/trainer/tools.ts';
import { DOCUMENT_SCHEMA, exampleOf } from '../harness/documents.ts';
import { inTime, readPapers, stratified } from './papers.ts';

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    since: { type: 'string' },
    outer: { type: 'string', default: '5' },
    folds: { type: 'string', default: '3' },
    seed: { type: 'string', default: '42' },
  },
});
if (!options.papers) throw new Error('--papers FILE is needed');
const seed = Number(options.seed);
const papers = readPapers(options.papers);
const split = options.since ? inTime(papers, options.since, seed, 'random') : stratified(papers, 0.25, seed);
const parameters = encoderParameters.parse({});
const linear = linearParameters.parse({});
const task = { name: 'bench', type: 'classification' as const, labels: [...split.labels] };
const examples: readonly Example[] = [...split.train, ...split.validation].map(exampleOf);
const labels = classesOf(examples, task.labels);
const tools = trainingTools(readConfig().cache);
const encoder = openEncoder(await tools.encoderFiles(parameters.weights), parameters.maxTokens);
const fields = textFields(DOCUMENT_SCHEMA);
const embeddings = await new Embedder(encoder, parameters.maxTokens, tools).embed(
  examples.map(({ instance }) => encodedText(instance, fields)),
  { onEmbedded: (done, total) => console.error(`embedding texts: ${done} of ${total}`) },
);

/** Margins of both halves, of so many rows. */
interface Margins {
  readonly rows: Int32Array;
  readonly linear: DenseMatrix;
  readonly head: DenseMatrix;
  readonly epochs: readonly [number, number];
}
type Rows = Int32Array;
const pick = (rows: Rows) => Array.from(rows, (row) => examples[row]!);
const labelsOf = (rows: Rows) => rows.map((row) => labels[row]!);

function embedded(rows: Rows): DenseMatrix {
  const { columns, values } = embeddings;
  const own = new Float32Array(rows.length * columns);
  for (const [at, row] of rows.entries())
    own.set(values.subarray(row * columns, (row + 1) * columns), at * columns);
  return { rows: rows.length, columns, values: own };
}

const finished = <T>(steps: Generator<unknown, T>): T => {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
};

/** @param epochs of both halves; without them those with the best log loss of `held` */
function fitted(train: Rows, held: Rows, asked: Rows, epochs?: readonly [number, number]): Margins {
  const [own, validation] = [pick(train), epochs ? [] : pick(held)];
  const limited = (at: 0 | 1) => ({ ...linear, ...(epochs && { maxEpochs: epochs[at] }) });
  const text = finished(
    trainLinear({ task, schema: DOCUMENT_SCHEMA, train: own, validation, parameters: limited(0), seed }),
  );
  const head = finished(
    trainHead(
      {
        train: embedded(train),
        validation: epochs ? { ...embeddings, rows: 0, values: new Float32Array() } : embedded(held),
        targets: linearTargets(task, own, validation, linear),
      },
      { ...limited(1), c: encoderCost(parameters, train.length) },
      seed,
    ),
  );
  return {
    rows: asked,
    linear: linearMargins(text.encoder.encode(pick(asked).map(({ instance }) => instance)), text.weights),
    head: headMargins(embedded(asked), head),
    epochs: [text.bestEpoch, head.bestEpoch],
  };
}

/** What is chosen on margins of rows that their models have not seen. */
function chosenOn(parts: readonly Margins[]) {
  const actual = Int32Array.from(parts.flatMap(({ rows }) => [...labelsOf(rows)]));
  const all = (half: 'linear' | 'head'): DenseMatrix => ({
    rows: actual.length,
    columns: task.labels.length,
    values: Float64Array.from(parts.flatMap((part) => [...part[half].values])),
  });
  const [first, second] = [all('linear'), all('head')];
  const temperatures = [fitTemperature(first, actual), fitTemperature(second, actual)] as const;
  const blend = fitBlend(
    logProbabilities(first, temperatures[0]),
    logProbabilities(second, temperatures[1]),
    actual,
  );
  const middle = (at: 0 | 1) =>
    parts.map(({ epochs }) => epochs[at]).sort((a, b) => a - b)[Math.floor(parts.length / 2)]!;
  return { temperatures, blend, epochs: [middle(0), middle(1)] as const };
}

/** Of each row the log loss, and whether the answer is right. */
function scored({ linear: first, head: second, rows }: Margins, choice: ReturnType<typeof chosenOn>) {
  const { temperatures, blend } = choice;
  const logs = blended(
    logProbabilities(first, temperatures[0]),
    logProbabilities(second, temperatures[1]),
    blend.share,
  );
  const { values, columns } = softmaxRows(logs, blend.temperature);
  const answers = argmaxRows(logs);
  return Array.from(labelsOf(rows), (label, at) => ({
    loss: -Math.log(Math.max(values[at * columns + label]!, 1e-15)),
    right: Number(answers[at] === label),
  }));
}

const counts = options.folds.split(',').map(Number);
const found: Record<string, ReturnType<typeof scored>> = {};
function add(name: string, scores: ReturnType<typeof scored>): void {
  found[name] = [...(found[name] ?? []), ...scores];
}
const cpu = () => process.cpuUsage().user / 1e6;
const spent: Record<string, number> = {};
for (const [at, { train, test }] of stratifiedFolds([...labels], Number(options.outer), seed).entries()) {
  const inner = (folds: number) =>
    stratifiedFolds([...labelsOf(train)], folds, seed).map((fold) => ({
      train: fold.train.map((row) => train[row]!),
      test: fold.test.map((row) => train[row]!),
    }));
  let start = cpu();
  const tell = (name: string, choice: ReturnType<typeof chosenOn>) => {
    spent[name] = (spent[name] ?? 0) + cpu() - start;
    start = cpu();
    const { share, temperature } = choice.blend;
    console.error(
      `${at + 1} ${name}: share ${share}, temperature ${temperature.toFixed(3)}, epochs ${choice.epochs}`,
    );
  };
  const [half] = inner(8); // about what a sealed dataset has for validation
  const both = Int32Array.of(...half!.test, ...test);
  const seen = fitted(half!.train, half!.test, both);
  const part = (from: number, to: number): Margins => ({
    ...seen,
    rows: both.subarray(from, to),
    linear: rowsOf(seen.linear, from, to),
    head: rowsOf(seen.head, from, to),
  });
  const single = chosenOn([part(0, half!.test.length)]);
  add('split', scored(part(half!.test.length, both.length), single));
  tell('split', single);
  add('refit', scored(fitted(train, train, test, single.epochs), single));
  tell('refit', single);
  for (const folds of counts) {
    const choice = chosenOn(inner(folds).map((own) => fitted(own.train, own.test, own.test)));
    add(`folds ${folds}`, scored(fitted(train, train, test, choice.epochs), choice));
    tell(`folds ${folds}`, choice);
  }
}

function rowsOf({ columns, values }: DenseMatrix, from: number, to: number): DenseMatrix {
  return { rows: to - from, columns, values: values.slice(from * columns, to * columns) };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const results = Object.entries(found).map(([name, scores]) => {
  const less = scores.map(({ loss }, row) => found.refit![row]!.loss - loss);
  const more = scores.map(({ right }, row) => right - found.refit![row]!.right);
  const error = (values: readonly number[]) =>
    Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) / values.length);
  return {
    name,
    papers: scores.length,
    accuracy: mean(scores.map(({ right }) => right)),
    logLoss: mean(scores.map(({ loss }) => loss)),
    lossLessThanRefit: [mean(less), error(less)],
    accuracyMoreThanRefit: [mean(more), error(more)],
    cpuSeconds: spent[name]! / Number(options.outer),
  };
});
console.error(
  results
    .map(({ name, accuracy, logLoss, lossLessThanRefit: [less, error] }) =>
      [name, accuracy.toFixed(4), logLoss.toFixed(4), `${less!.toFixed(4)} ± ${error!.toFixed(4)}`].join(
        '  ',
      ),
    )
    .join('\n'),
);
console.log(JSON.stringify(results, null, 2));

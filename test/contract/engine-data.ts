import type { Parameters, TrainingData } from '../../ml/engines/engine.ts';
import type { Instance, InstanceSchema } from '../../ml/instance/schema.ts';
import { labelSet } from '../../ml/label-sets.ts';
import type { Example, LearningProblem } from '../../ml/problem.ts';
import { type Random, seededRandom } from '../../ml/random.ts';
import { DOCUMENT_SCHEMA, exampleOf } from '../harness/documents.ts';
import { TOY_LABELS, toyDataset } from '../harness/toy-dataset.ts';

/** What an engine may be asked to learn, small. */
export interface EngineCase extends Omit<TrainingData, 'parameters'> {
  readonly name: string;
  /** as a client may give them: with words and categories never seen, and nothing where something was expected */
  readonly unseen: readonly Instance[];
  /** parameters of one engine, when the case is of these */
  readonly of?: {
    readonly engine: string;
    readonly parameters: Parameters;
    /** with which it is trained faster, but learns less */
    readonly short: Parameters;
  };
}

const SIZES = { train: 300, validation: 100 };

const ORDER: InstanceSchema = {
  fields: {
    weight: { type: 'number', required: true, minimum: 0, unit: 'kg' },
    discount: { type: 'number' },
    colour: { type: 'category' },
    express: { type: 'boolean', required: true },
    ordered: { type: 'date' },
  },
};
const COLOURS = ['red', 'green', 'blue', 'black', 'white', 'grey'];

function order(random: Random): { instance: Instance; price: number } {
  const weight = 10 * random();
  const discount = random() < 0.2 ? null : random();
  const colour = COLOURS[Math.floor(COLOURS.length * random())]!;
  const express = random() < 0.3;
  const ordered = `2024-${String(1 + Math.floor(12 * random())).padStart(2, '0')}-15T08:30:00Z`;
  const price =
    4 * weight + (discount === null ? 9 : -4 * discount) + (express ? 12 : 0) + (colour === 'red' ? 15 : 0);
  return { instance: { weight, discount, colour, express, ordered }, price: price + random() };
}

function tables(
  seed: number,
  task: LearningProblem,
  targetOf: (price: number) => Example['target'],
): EngineCase {
  const random = seededRandom(seed);
  const examples = Array.from({ length: SIZES.train + SIZES.validation }, (): Example => {
    const { instance, price } = order(random);
    return { instance, target: targetOf(price) };
  });
  const unseen = [
    { weight: 4, discount: null, colour: 'mauve', express: true, ordered: null },
    { weight: 1e6, discount: 0.5, colour: null, express: false, ordered: '2030-01-01' },
  ];
  return {
    name: `${task.type} of tables`,
    task,
    schema: ORDER,
    train: examples.slice(0, SIZES.train),
    validation: examples.slice(SIZES.train),
    seed: 7,
    unseen,
  };
}

function texts(task: LearningProblem, targetOf: (label: string) => Example['target']): EngineCase {
  const { train, validation } = toyDataset(1, SIZES);
  const examples = (documents: typeof train) =>
    documents.map(exampleOf).map((example) => ({ ...example, target: targetOf(String(example.target)) }));
  return {
    name: `${task.type} of texts`,
    task,
    schema: DOCUMENT_SCHEMA,
    train: examples(train),
    validation: examples(validation),
    seed: 7,
    unseen: [
      { title: 'zeppelin', abstract: '' },
      { title: '', abstract: 'a nest on a mast' },
    ],
  };
}

const classes = (...labels: string[]): LearningProblem => ({
  name: 'contract',
  type: 'classification',
  labels,
});
const sets = (...labels: string[]): LearningProblem => ({ name: 'contract', type: 'multilabel', labels });
const number: LearningProblem = { name: 'contract', type: 'regression', unit: 'EUR' };

const [TEXTS, TWO, TABLES] = [
  texts(classes(...TOY_LABELS), (label) => label),
  tables(1, classes('cheap', 'dear'), (price) => (price < 30 ? 'cheap' : 'dear')),
  {
    ...tables(2, classes('a', 'b', 'c'), (price) => 'abc'[Math.min(2, Math.floor(Math.max(0, price) / 20))]!),
    name: 'classification of tables into three',
  },
] as const;

export const ENGINE_CASES: readonly EngineCase[] = [
  TEXTS,
  texts(number, (label) => 10 * TOY_LABELS.indexOf(label)),
  TWO,
  TABLES,
  tables(3, number, (price) => price),
  texts(sets(...TOY_LABELS, 'early'), (label) =>
    labelSet(TOY_LABELS.indexOf(label) < 2 ? [label, 'early'] : [label]),
  ),
  tables(4, sets('dear', 'fair', 'cheap'), (price) =>
    labelSet([
      ...(price > 40 ? ['dear'] : []),
      ...(price > 15 ? ['fair'] : []),
      ...(price < 5 ? ['cheap'] : []),
    ]),
  ),
];

/** Parameters that make another model of it, each for one engine. */
const variant = (
  data: EngineCase,
  engine: string,
  parameters: Parameters,
  short: Parameters = {},
): EngineCase => ({
  ...data,
  name: `${data.name}, ${JSON.stringify(parameters)}`,
  of: { engine, parameters, short },
});

export const ENGINE_VARIANTS: readonly EngineCase[] = [
  variant(TEXTS, 'linear', { loss: 'logistic', c: 5, classWeights: 'balanced' }),
  variant(TEXTS, 'linear', { l1Ratio: 0.5, classWeights: ['birds=2'] }),
  variant(TEXTS, 'linear', { hashing: 10 }),
  variant(TEXTS, 'linear', { fields: ['title+title+abstract', 'title=0.8'], l1Ratio: 0.2, loss: 'logistic' }),
  variant(TABLES, 'linear', { l1Ratio: 0.3, classWeights: 'balanced' }),
  variant(TWO, 'linear', {
    log1p: ['weight'],
    groupStatistics: ['weight by colour', 'discount by colour: std'],
  }),
  variant(TWO, 'trees', {
    ...{ monotone: ['weight=increasing'], classWeights: 'balanced' },
    groupStatistics: ['discount by colour: max, std'],
  }),
  variant(TEXTS, 'tfjs', { hashing: 10, hidden: [8], classWeights: 'balanced', schedule: 'plateau' }),
  variant(TEXTS, 'encoder', { cascade: true, refit: true, exportPrecision: 'int8', minDf: 40, maxEpochs: 1 }),
  variant(
    TEXTS,
    'encoder',
    {
      ...{ tuneEpochs: 2, blend: false, learningRate: 0.01, warmupSteps: 2, dropout: 0.02, maxTokens: 16 },
      ...{ exportPrecision: 'fp16' },
      ...{ batchSize: 30, partSize: 20, gradientCheckpointing: true },
    },
    { batchSize: 150, partSize: 75 },
  ),
];

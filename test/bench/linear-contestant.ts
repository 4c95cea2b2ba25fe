// Trains the linear engine on a split and predicts its test part: node linear-contestant.ts SPLIT [--primary-only]
import { readFileSync } from 'node:fs';
import { predictLinear } from '../../ml/linear/model.ts';
import { linearParameters } from '../../ml/linear/parameters.ts';
import { trainLinear } from '../../ml/linear/train.ts';
import { argmaxRows } from '../../ml/matrix.ts';
import { DOCUMENT_SCHEMA, exampleOf } from '../harness/documents.ts';
import type { Outcome, Split } from './linear-vs-sklearn.ts';

const [file, flag] = process.argv.slice(2);
const split: Split = JSON.parse(readFileSync(file!, 'utf8'));
const train =
  flag === '--primary-only'
    ? split.train.map(({ title, abstract, label }) => ({ title, abstract, label }))
    : split.train;

const start = performance.now();
const training = trainLinear({
  task: { name: 'bench', type: 'classification', labels: [...split.labels] },
  schema: DOCUMENT_SCHEMA,
  train: train.map(exampleOf),
  validation: split.validation.map(exampleOf),
  parameters: linearParameters.parse({}),
  seed: 42,
});
let step = training.next();
const firstEpochEnds = performance.now();
while (!step.done) step = training.next();
const trained = performance.now();
const model = step.value;
const probabilities = predictLinear(
  model,
  split.test.map(({ title, abstract }) => ({ title, abstract })),
);
const predicted = Array.from(argmaxRows(probabilities), (label) => split.labels[label]!);

// The first epoch comes with the features: it is taken to last as long as the others do on average.
const epochs = model.epochs.length;
const fit = ((trained - firstEpochEnds) * epochs) / Math.max(epochs - 1, 1);
const outcome: Outcome = {
  featuriseSeconds: (trained - start - fit) / 1000,
  fitSeconds: fit / 1000,
  predictSeconds: (performance.now() - trained) / 1000,
  peakMegabytes: process.resourceUsage().maxRSS / 1000,
  predicted,
};
console.log(JSON.stringify(outcome));

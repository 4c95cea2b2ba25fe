// Trains the linear engine on a split and predicts its test part: node linear-contestant.ts SPLIT [PARAMETERS as JSON]
import { readFileSync } from 'node:fs';
import type { InstanceSchema } from '../../ml/instance/schema.ts';
import { predictLinear } from '../../ml/linear/model.ts';
import { type LinearParameters, linearParameters } from '../../ml/linear/parameters.ts';
import { type TrainedLinear, trainLinear } from '../../ml/linear/train.ts';
import { exported } from '../../ml/linear/training.ts';
import { argmaxRows } from '../../ml/matrix.ts';
import { logLoss } from '../../ml/metrics/probabilistic.ts';
import { classesOf, type Example, type LearningProblem } from '../../ml/problem.ts';
import { DOCUMENT_SCHEMA, exampleOf } from '../harness/documents.ts';
import type { Outcome } from './linear-vs-sklearn.ts';
import type { Document, Split } from './papers.ts';

const [file, given = '{}'] = process.argv.slice(2);
const split: Split = JSON.parse(readFileSync(file!, 'utf8'));
const task: LearningProblem = { name: 'bench', type: 'classification', labels: [...split.labels] };
const parameters = linearParameters.parse(JSON.parse(given));
const schema: InstanceSchema = {
  fields: { ...DOCUMENT_SCHEMA.fields, authors: { type: 'text', optIn: true } },
};
const toExample = (document: Document): Example => {
  const example = exampleOf(document);
  return { ...example, instance: { ...example.instance, authors: document.authors } };
};

const start = performance.now();
const training = trainLinear({
  task,
  schema,
  train: split.train.map(toExample),
  validation: split.validation.map(toExample),
  parameters,
  seed: 42,
});
let step = training.next();
const firstEpochEnds = performance.now();
while (!step.done) step = training.next();
const trained = performance.now();
const model = step.value;
const probabilities = predictLinear(
  model,
  split.test.map((document) => toExample(document).instance),
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
  logLoss: logLoss(probabilities, classesOf(split.test.map(toExample), split.labels)),
  packageMegabytes: exportedBytes(model, parameters) / 1e6,
  predicted,
};
console.log(JSON.stringify(outcome));

/** The graph and what the adapter learnt; the other files of a package are small. */
function exportedBytes(trained: TrainedLinear, given: LinearParameters): number {
  const { onnx, adapter } = exported(trained, given);
  return onnx.length + adapter.data.length;
}

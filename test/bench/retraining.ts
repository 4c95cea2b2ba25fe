/**
 * What retraining can gain in production at most: node test/bench/retraining.ts --papers FILE [--cut 2025-01-01] [--seed 1]
 *
 * The records from the cut on are predicted month by month, as `test/bench/lifecycle.ts` does, without services and rules: by the model that was
 * trained before the cut; by one that is trained from scratch each month on all that came before it, and always deployed, on the four fifths
 * that a dataset gives to training; and by one on nine tenths, as if there were no test split. No rule of promotion can do better than the second,
 * but by luck. Accuracy, and the differences with their standard errors over the same records. Progress goes to stderr, JSON to stdout.
 */
import { parseArgs } from 'node:util';
import type { InstanceSchema } from '../../ml/instance/schema.ts';
import { predictLinear } from '../../ml/linear/model.ts';
import { linearParameters } from '../../ml/linear/parameters.ts';
import { trainLinear } from '../../ml/linear/train.ts';
import { argmaxRows } from '../../ml/matrix.ts';
import type { LearningProblem } from '../../ml/problem.ts';
import { seededRandom } from '../../ml/random.ts';
import { pairedDifference } from '../../ml/statistics/paired.ts';
import { cleanText } from '../../ml/text/clean.ts';
import { DOCUMENT_SCHEMA, exampleOf } from '../harness/documents.ts';
import { inTime, readPapers } from './papers.ts';

const { values } = parseArgs({
  options: {
    papers: { type: 'string' },
    cut: { type: 'string', default: '2025-01-01' },
    seed: { type: 'string', default: '1' },
  },
});
if (values.papers === undefined) throw new Error('name a file of records: --papers FILE');
const random = seededRandom(Number(values.seed));
/** Each record with its place in [0, 1): below 0.8 it is of the training split for ever, from 0.9 on of the test split. */
const papers = readPapers(values.papers)
  .sort((a, b) => (a.published < b.published ? -1 : 1))
  .map((paper) => ({ paper, place: random() }));
const all = papers.map(({ paper }) => paper);
const { labels } = inTime(all, '9999-12-31', 1);
const task: LearningProblem = { name: 'bench', type: 'classification', labels: [...labels] };
const schema: InstanceSchema = { fields: { ...DOCUMENT_SCHEMA.fields } };
const examples = papers.map(({ paper: { title, abstract, primary_category: label, categories } }) =>
  exampleOf({
    ...{ title: cleanText(title), abstract: cleanText(abstract), label },
    otherLabels: categories.filter((name) => name !== label),
  }),
);

type Place = (place: number) => boolean;
/** Trains on what was published before a day, and is tested on what was published in [day, next). */
function right(before: string, from: string, next: string, isTrained: Place): Uint8Array {
  const known = papers.flatMap(({ paper, place }, at) =>
    paper.published < before ? [{ place, example: examples[at]! }] : [],
  );
  const part = (isOf: Place) => known.filter(({ place }) => isOf(place)).map(({ example }) => example);
  const training = trainLinear({
    ...{ task, schema, train: part(isTrained), validation: part((place) => place >= 0.8 && place < 0.9) },
    ...{ parameters: linearParameters.parse({}), seed: 42 },
  });
  let step = training.next();
  while (!step.done) step = training.next();
  const asked = papers.flatMap(({ paper }, at) =>
    paper.published >= from && paper.published < next ? [examples[at]!] : [],
  );
  const scores = predictLinear(
    step.value,
    asked.map(({ instance }) => instance),
  );
  return Uint8Array.from(argmaxRows(scores), (label, at) => Number(labels[label] === asked[at]!.target));
}

const months = [...new Set(all.map(({ published }) => published.slice(0, 7)))].filter(
  (month) => `${month}-31` >= values.cut,
);
const END = '9999-12-31';
const nextOf = (at: number) => (months[at + 1] === undefined ? END : `${months[at + 1]}-01`);
const trained: Place = (place) => place < 0.8;
const tested: Place = (place) => place < 0.8 || place >= 0.9;
const answers = { frozen: [right(values.cut, values.cut, END, trained)], newest: [], withTest: [] } as Record<
  'frozen' | 'newest' | 'withTest',
  Uint8Array[]
>;
for (const [at, month] of months.entries()) {
  const [from, next] = [at === 0 ? values.cut : `${month}-01`, nextOf(at)];
  answers.newest.push(right(from, from, next, trained));
  answers.withTest.push(right(from, from, next, tested));
  console.error(month);
}
const joined = Object.entries(answers).map(
  ([name, parts]) => [name, parts.flatMap((part) => [...part])] as const,
);
const [, frozen] = joined[0]!;
const result = joined.map(([name, hits]) => {
  const losses = (of: readonly number[]) => Float64Array.from(of, (hit) => 1 - hit);
  const { mean: fewer, standardError } = pairedDifference(losses(frozen), losses(hits)); // errors
  return { name, predictions: hits.length, accuracy: mean(hits), overFrozen: fewer, standardError };
});
console.log(JSON.stringify(result, null, 2));

function mean(of: readonly number[]): number {
  return of.reduce((sum, value) => sum + value, 0) / of.length;
}

// Samples of another kind among those of a dataset: how well `dataset outliers` tells them from the others.
//
//   node test/bench/outliers.ts --papers FILE --outside FILE [--texts 6000] [--planted 300]
//
// Among so many texts, some of other fields are planted, each with a class by chance. The score is the entropy of the
// probabilities of models that have not learnt the text. AUROC and the share of planted ones among the first go to stdout.
import { parseArgs } from 'node:util';
import { outOfFold } from '../../ml/curation/out-of-fold.ts';
import { uncertaintiesOf } from '../../ml/curation/uncertainty.ts';
import type { DenseMatrix } from '../../ml/matrix.ts';
import { seededRandom } from '../../ml/random.ts';
import { outOfDistribution } from '../../ml/robustness/out-of-distribution.ts';
import { cleanText } from '../../ml/text/clean.ts';
import { readPapers } from './papers.ts';

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    outside: { type: 'string' },
    texts: { type: 'string', default: '6000' },
    planted: { type: 'string', default: '300' },
  },
});
if (options.papers === undefined || options.outside === undefined)
  throw new Error('--papers FILE and --outside FILE are needed');

const random = seededRandom(42);
const inside = readPapers(options.papers).slice(0, Number(options.texts));
const outside = readPapers(options.outside).slice(0, Number(options.planted));
const labels = [...new Set(inside.map(({ primary_category }) => primary_category))].sort();
const task = { name: 'papers', type: 'classification' as const, labels };
const schema = { fields: { title: { type: 'text' }, abstract: { type: 'text' } } } as const;
const examples = [...inside, ...outside].map(({ title, abstract, primary_category }, at) => ({
  instance: { title: cleanText(title), abstract: cleanText(abstract) },
  target: at < inside.length ? primary_category : labels[Math.floor(random() * labels.length)]!,
}));

const started = performance.now();
const training = outOfFold(task, schema, examples, 5, 42);
let step = training.next();
while (!step.done) step = training.next();
const probabilities = step.value;
const part = (from: number, to: number): DenseMatrix => ({
  rows: to - from,
  columns: probabilities.columns,
  values: probabilities.values.subarray(from * probabilities.columns, to * probabilities.columns),
});
const { auroc, entropyAuroc } = outOfDistribution(
  part(0, inside.length),
  part(inside.length, examples.length),
);
const scores = uncertaintiesOf(task, probabilities, 'entropy');
const first = Array.from(scores, (score, row) => ({ score, isPlanted: row >= inside.length }))
  .sort((a, b) => b.score - a.score)
  .slice(0, outside.length);
console.log(
  JSON.stringify({
    ...{ texts: inside.length, planted: outside.length, auroc: entropyAuroc, aurocOfConfidence: auroc },
    plantedAmongFirst: first.filter(({ isPlanted }) => isPlanted).length,
    seconds: (performance.now() - started) / 1_000,
  }),
);

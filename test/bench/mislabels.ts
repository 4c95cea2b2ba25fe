// Suspected labels beside cleanlab: planted errors that are found, and what is suspected without reason.
//
//   node test/bench/mislabels.ts --papers FILE [--texts 6000] [--flipped 0.05] [--min-confidence 0.95]
//
// Of so many texts some get another class by chance. epochlog suspects labels as `dataset suspects` does; cleanlab, from
// PyPI into .cache/, from the same probabilities by two of its rules, and from probabilities of scikit-learn. What `--apply`
// would correct is counted too. A table goes to stderr, JSON to stdout.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { suspectedLabels } from '../../ml/curation/confident-learning.ts';
import { outOfFold } from '../../ml/curation/out-of-fold.ts';
import { seededRandom } from '../../ml/random.ts';
import { cleanText } from '../../ml/text/clean.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { pythonWith } from '../interop/python.ts';
import { readPapers } from './papers.ts';
import { jsonFrom } from './python.ts';

const FOLDS = 5;
const SEED = 42;

interface Found {
  readonly row: number;
  readonly suggested: number;
  readonly confidence: number;
}
interface Outcome {
  readonly contestant: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rssMb: number;
  readonly found: readonly Found[];
}

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    texts: { type: 'string', default: '6000' },
    flipped: { type: 'string', default: '0.05' },
    'min-confidence': { type: 'string', default: '0.95' },
  },
});
if (options.papers === undefined) throw new Error('--papers FILE is missing');
const minConfidence = Number(options['min-confidence']);

const random = seededRandom(SEED);
const papers = readPapers(options.papers).slice(0, Number(options.texts));
const names = [...new Set(papers.map(({ primary_category }) => primary_category))].sort();
const task = { name: 'papers', type: 'classification' as const, labels: names };
const schema = { fields: { title: { type: 'text' }, abstract: { type: 'text' } } } as const;
const examples = papers.map(({ title, abstract, primary_category: truth, categories }) => {
  const isFlipped = random() < Number(options.flipped);
  const others = names.filter((name) => name !== truth);
  const target = isFlipped ? others[Math.floor(random() * others.length)]! : truth;
  const otherLabels = categories.filter((category) => category !== truth);
  const instance = { title: cleanText(title), abstract: cleanText(abstract) };
  return { instance, target, truth, isFlipped, otherLabels };
});
const labels = examples.map(({ target }) => names.indexOf(target));
const flipped = examples.filter(({ isFlipped }) => isFlipped).length;

const [started, cpu] = [performance.now(), process.cpuUsage()];
const training = outOfFold(task, schema, examples, FOLDS, SEED);
let step = training.next();
while (!step.done) step = training.next();
const probabilities = step.value;
const isAlso = (row: number, column: number) => examples[row]!.otherLabels.includes(names[column]!);
const found = suspectedLabels(probabilities, labels, isAlso);
const { user, system } = process.cpuUsage(cpu);
const own: Outcome = {
  contestant: 'epochlog',
  seconds: (performance.now() - started) / 1_000,
  cpuSeconds: (user + system) / 1e6,
  rssMb: process.memoryUsage.rss() / 2 ** 20,
  found,
};

const python = await pythonWith(join(import.meta.dirname, '../interop/mislabels/requirements.txt'));
await using folder = await temporaryFolder('mislabels');
const asked = join(folder.path, 'asked.json');
const { rows, columns, values } = probabilities;
const matrix = Array.from({ length: rows }, (_, row) => [
  ...values.subarray(row * columns, (row + 1) * columns),
]);
const texts = examples.map(({ instance }) => `${instance.title}\n${instance.abstract}`);
writeFileSync(asked, JSON.stringify({ labels, texts, probabilities: matrix }));
const others: Outcome[] = jsonFrom(python, [join(import.meta.dirname, 'cleanlab-contestant.py'), asked]);

const results = [own, ...others].map(({ contestant, found, ...cost }) => {
  const right = found.filter(({ row }) => examples[row]!.isFlipped).length;
  const sure = found.filter(({ confidence }) => confidence >= minConfidence);
  return {
    ...{ contestant, ...cost, suspects: found.length, planted: flipped, foundPlanted: right },
    recall: right / flipped,
    precision: right / found.length,
    corrected: sure.length,
    correctedToTruth: sure.filter(({ row, suggested }) => names[suggested] === examples[row]!.truth).length,
    madeWrong: sure.filter(({ row }) => !examples[row]!.isFlipped).length,
  };
});
console.log(JSON.stringify({ texts: examples.length, minConfidence, results }));
for (const row of results)
  console.error(
    `${row.contestant.padEnd(50)}${row.seconds.toFixed(1).padStart(6)} s ${row.cpuSeconds.toFixed(1).padStart(6)} CPU s ` +
      `${row.rssMb.toFixed(0).padStart(5)} MB  ${row.foundPlanted}/${row.planted} of ${row.suspects} suspects: recall ` +
      `${(100 * row.recall).toFixed(0)} %, precision ${(100 * row.precision).toFixed(0)} %; from ${minConfidence} on ` +
      `${row.corrected}, of which ${row.correctedToTruth} get their own label back and ${row.madeWrong} were not planted`,
  );

import { parseArgs } from 'node:util';
import { domainTest } from '../../ml/drift/rows/domain.ts';
import type { Row } from '../../ml/drift/rows/encode.ts';
import { bitsOf, SKETCH_FEATURE, wordSketch } from '../../ml/drift/rows/sketch.ts';
import { vocabularyTest } from '../../ml/drift/rows/vocabulary.ts';
import { seededRandom, shuffle } from '../../ml/random.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import { readPapers } from './papers.ts';

/**
 * How often the vocabulary and the domain classifier raise a false alarm, and how often they find a change: in windows of a table where
 * two of ten columns move, or with --papers in windows of these texts, some per cent of which are of one class. Everything has a seed.
 */

const { values } = parseArgs({
  options: {
    windows: { type: 'string', default: '200' },
    sizes: { type: 'string', default: '100,300,1000' },
    papers: { type: 'string' },
  },
});
const WINDOWS = Number(values.windows);
const REFERENCE = 500;
const SIZES = values.sizes.split(',').map(Number);
const random = seededRandom(14);
const { significance, vocabulary: leastPsi, auroc: leastAuroc } = DEFAULT_POLICY.drift;

interface Sampled {
  readonly reference: readonly Row[];
  readonly window: readonly Row[];
}
/** A reference and a window in which so large a share has changed. */
type Draw = (size: number, changed: number) => Sampled;

function texts(file: string): Draw {
  const all = readPapers(file).map(({ title, abstract, categories }) => ({
    label: categories[0],
    row: { [SKETCH_FEATURE]: wordSketch(`${title}\n${abstract}`) },
  }));
  const ofOne = all.filter(({ label }) => label === 'cs.CV').map(({ row }) => row);
  return (size, changed) => {
    const drawn = shuffle([...all], random).slice(0, REFERENCE + size);
    const rows = drawn.map(({ row }) => row);
    return {
      reference: rows.slice(0, REFERENCE),
      window: rows
        .slice(REFERENCE)
        .map((row) => (random() < changed ? ofOne[Math.floor(random() * ofOne.length)]! : row)),
    };
  };
}

const CATEGORIES = ['a', 'b', 'c', 'd'];
const row = (isChanged: boolean): Row => {
  const numbers = Array.from({ length: 5 }, (_, i) => [`number${i}`, random() + random() + random()]);
  const categories = Array.from({ length: 5 }, (_, i) => [
    `category${i}`,
    CATEGORIES[Math.floor(random() ** 2 * 4)]!,
  ]);
  const usual = Object.fromEntries([...numbers, ...categories]);
  return isChanged ? { ...usual, number0: 2 + random(), category0: 'd' } : usual;
};
const table: Draw = (size, changed) => ({
  reference: Array.from({ length: REFERENCE }, () => row(false)),
  window: Array.from({ length: size }, () => row(random() < changed)),
});

const rows: object[] = [];
const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1]!;

function measured(kind: string, draw: Draw, size: number, changed: number, runs: number): void {
  const [aurocs, excess, seconds] = [[] as number[], [] as number[], [] as number[]];
  const hits = { classifier: 0, classifierAt5: 0, vocabulary: 0, vocabularyAt5: 0 };
  for (let run = 0; run < runs; run++) {
    const { reference, window } = draw(size, changed);
    const started = process.cpuUsage();
    const { auroc, pValue } = domainTest(reference, window, random);
    aurocs.push(auroc);
    if (pValue < 0.05) hits.classifierAt5 += 1;
    if (pValue < significance && auroc >= leastAuroc) hits.classifier += 1;
    if (kind === 'texts') {
      const [before, now] = [reference, window].map((of) =>
        of.map((one) => bitsOf(String(one[SKETCH_FEATURE]))),
      );
      const words = vocabularyTest(before!, now!, random);
      excess.push(words.psi - words.expected);
      if (words.pValue < 0.05) hits.vocabularyAt5 += 1;
      if (words.pValue < significance && words.psi - words.expected >= leastPsi) hits.vocabulary += 1;
    }
    seconds.push(process.cpuUsage(started).user / 1e6);
  }
  const percent = (count: number) => (100 * count) / runs;
  const result = {
    ...{ kind, window: size, changedPercent: changed * 100, runs },
    ...{
      auroc: median(aurocs),
      excess: excess.length > 0 ? median(excess) : null,
      cpuSeconds: median(seconds),
    },
    ...Object.fromEntries(Object.entries(hits).map(([name, count]) => [name, percent(count)])),
  };
  rows.push(result);
  process.stderr.write(`${JSON.stringify(result)}\n`);
}

for (const [kind, draw] of [
  values.papers === undefined ? (['table', table] as const) : (['texts', texts(values.papers)] as const),
] as const)
  for (const size of SIZES)
    for (const changed of [0, 0.1, 0.2, 0.4])
      measured(kind, draw, size, changed, changed === 0 ? 5 * WINDOWS : WINDOWS);
console.log(JSON.stringify(rows));

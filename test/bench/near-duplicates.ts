// Near-duplicates beside datasketch: time, memory, planted pairs found, and pairs that are none.
//
//   node test/bench/near-duplicates.ts --papers FILE [--texts 20000] [--planted 200] [--all]
//
// Into so many texts, copies of some of them are planted, changed word by word to a similarity of 0.8 to 0.95. Both read the
// same texts in the same order and compare each with those that came before. With `--all` epochlog reads all texts of the file
// as well. A table goes to stderr, JSON to stdout. datasketch comes from PyPI into .cache/.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { emptyExtent, type Kept, NearDuplicates } from '../../ml/duplicates/near-duplicates.ts';
import { seededRandom } from '../../ml/random.ts';
import { cleanText } from '../../ml/text/clean.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { pythonWith } from '../interop/python.ts';
import { readPapers } from './papers.ts';
import { jsonFrom } from './python.ts';

const THRESHOLD = 0.8;
/** Texts with fewer shingles in common are not about the same thing in the same words. */
const UNRELATED = 0.5;
const SAMPLED = 200;

type Text = readonly [id: string, text: string];
interface Outcome {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rssMb: number;
  readonly pairs: readonly (readonly [string, string])[];
}

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    texts: { type: 'string', default: '20000' },
    planted: { type: 'string', default: '200' },
    all: { type: 'boolean', default: false },
  },
});
if (options.papers === undefined) throw new Error('--papers FILE is missing');

const all = readPapers(options.papers).map(
  ({ arxiv_id, title, abstract }): Text => [arxiv_id, `${cleanText(title)}\n${cleanText(abstract)}`],
);
const random = seededRandom(42);
const originals = all.slice(0, Number(options.texts));
const { texts, planted } = withPlanted(originals, Number(options.planted));
const byId = new Map(texts);

const python = await pythonWith(join(import.meta.dirname, '../interop/duplicates/requirements.txt'));
await using folder = await temporaryFolder('near-duplicates');
const asked = join(folder.path, 'texts.json');
writeFileSync(asked, JSON.stringify({ threshold: THRESHOLD, texts }));

const contestants: [string, Outcome][] = [
  ['epochlog', found(texts)],
  ['datasketch', jsonFrom(python, [join(import.meta.dirname, 'datasketch-contestant.py'), asked])],
];
const results = contestants.map(([contestant, { pairs, ...cost }]) => ({
  contestant,
  ...cost,
  planted: planted.length,
  foundPlanted: planted.filter(([copy, of]) => pairs.some(([a, b]) => a === copy && b === of)).length,
  pairs: pairs.length,
  sampled: Math.min(SAMPLED, pairs.length),
  unrelated: sample(pairs).filter(([a, b]) => exactJaccard(byId.get(a)!, byId.get(b)!) < UNRELATED).length,
  belowThreshold: sample(pairs).filter(([a, b]) => exactJaccard(byId.get(a)!, byId.get(b)!) < THRESHOLD)
    .length,
}));
const whole = options.all ? found(all) : undefined;
console.log(
  JSON.stringify({
    results,
    ...(whole && { all: { texts: all.length, ...whole, pairs: whole.pairs.length } }),
  }),
);
for (const row of results)
  console.error(
    `${row.contestant.padEnd(12)}${row.seconds.toFixed(1).padStart(6)} s ${row.cpuSeconds.toFixed(1).padStart(6)} CPU s ` +
      `${row.rssMb.toFixed(0).padStart(5)} MB  ${row.foundPlanted}/${row.planted} planted, ${row.pairs} pairs; of ` +
      `${row.sampled} sampled ${row.unrelated} unrelated, ${row.belowThreshold} below ${THRESHOLD}`,
  );
if (whole)
  console.error(
    `epochlog, all ${all.length}: ${whole.seconds.toFixed(1)} s, ${whole.cpuSeconds.toFixed(1)} CPU s, ` +
      `${whole.rssMb.toFixed(0)} MB, ${whole.pairs.length} pairs`,
  );

function found(given: readonly Text[]): Outcome {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const parts = {
    texts: new Map<string, Kept>(),
    runs: new Map<string, Uint32Array>(),
    numbers: new Map<string, number>(),
    extent: emptyExtent(),
  };
  const index = new NearDuplicates({ similarity: THRESHOLD, window: null }, parts);
  const pairs: [string, string][] = [];
  for (const [id, text] of given) {
    const sketch = index.sketch(text);
    const match = sketch && index.nearest(sketch, null);
    if (match) pairs.push([id, match.id]);
    else if (sketch) index.add(id, sketch, null);
  }
  const { user, system } = process.cpuUsage(before);
  return {
    seconds: (performance.now() - started) / 1_000,
    cpuSeconds: (user + system) / 1e6,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
    pairs,
  };
}

/** Copies stand somewhere after what they repeat. */
function withPlanted(given: readonly Text[], count: number) {
  const copies = new Map<number, Text[]>();
  const planted: [copy: string, of: string][] = [];
  while (planted.length < count) {
    const at = Math.floor(random() * given.length);
    const [id, text] = given[at]!;
    const copy = changedTo(text, 0.8 + 0.15 * random());
    if (copy === undefined) continue;
    const place = at + 1 + Math.floor(random() * (given.length - at));
    copies.set(place, [...(copies.get(place) ?? []), [`copy-${planted.length}`, copy]]);
    planted.push([`copy-${planted.length}`, id]);
  }
  const texts = [...given, undefined].flatMap((text, at) => [
    ...(copies.get(at) ?? []),
    ...(text ? [text] : []),
  ]);
  return { texts, planted };
}

/** A text of which words are replaced until one more would make it less similar than that. */
function changedTo(text: string, similarity: number): string | undefined {
  let words = text.split(' ');
  let changed: string | undefined;
  for (let change = 0; change < words.length; change++) {
    words = words.with(Math.floor(random() * words.length), `word${Math.floor(random() * 1e6)}`);
    const candidate = words.join(' ');
    if (exactJaccard(text, candidate) < similarity) return changed;
    changed = candidate;
  }
  return changed;
}

/** Over shingles of three words, as texts. */
function exactJaccard(a: string, b: string): number {
  const [left, right] = [shingles(a), shingles(b)];
  return left.intersection(right).size / left.union(right).size;
}

function shingles(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return new Set(
    Array.from({ length: Math.max(1, words.length - 2) }, (_, at) => words.slice(at, at + 3).join(' ')),
  );
}

/** The same for every contestant that found the same. */
function sample<T>(items: readonly T[]): T[] {
  const step = Math.max(1, items.length / SAMPLED);
  return Array.from({ length: Math.min(SAMPLED, items.length) }, (_, at) => items[Math.floor(at * step)]!);
}

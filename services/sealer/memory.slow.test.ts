import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { writeSorted } from '../../ml/dataset/format.ts';
import { Profiler } from '../../ml/dataset/profile.ts';
import { SpilledBytes } from '../../ml/on-disk/bytes.ts';
import type { Spill } from '../../ml/on-disk/spill.ts';
import { scratchFile } from '../../test/harness/split-rows.ts';
import { assignSplits } from './assign.ts';
import { Corpus } from './corpus.ts';
import { Reference } from './reference.ts';
import type { SealedCorpus } from './sealed-corpus.ts';

const SCHEMA = { fields: { plan: { type: 'category' }, seats: { type: 'number' } } } as const;
const HEADER = { task: { name: 't', type: 'classification' as const, labels: ['a', 'b'] }, schema: SCHEMA };
const REQUEST = {
  seed: 42,
  trainFraction: 0.8,
  validationFraction: 0.1,
  minimumPerClass: 10,
  folds: 0,
  fold: 0,
};
const SAMPLES = 120_000;
const LOOK_EVERY = 10_000;
/** Some megabytes of samples are in memory before they are written; ids, groups and times of all would take more than twice as much. */
const MAX_BYTES = 20_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

test('while a dataset is sealed, what is held does not grow with its samples', async () => {
  await heldWhile(1_000, 'grouped'); // what is compiled and loaded with the first
  expect(await heldWhile(SAMPLES, 'grouped')).toBeLessThan(MAX_BYTES);
});

/** The most bytes that are in use while so many samples, which were gathered and divided, are described and written. */
async function heldWhile(samples: number, split: string): Promise<number> {
  await using spill = scratchFile();
  const before = heldBytes();
  const corpus = await gathered(samples, spill);
  const splits = await assignSplits(corpus, { ...REQUEST, split }, spill);
  const profiler = new Profiler(SCHEMA, 'classification', spill);
  const reference = new Reference(SCHEMA, spill);
  let [most, read] = [0, 0];
  async function* described() {
    for await (const chunk of corpus.samples(splits)) {
      await profiler.add(chunk);
      await reference.holdOut(chunk);
      if (read % LOOK_EVERY < chunk.length) most = Math.max(most, heldBytes());
      read += chunk.length;
      yield chunk;
    }
  }
  const dataset = new SpilledBytes(spill);
  await writeSorted(HEADER, described(), (part) => dataset.write(part));
  const { sizes } = await profiler.profile(0);
  expect(sizes.train + sizes.validation + sizes.test).toBe(samples);
  await reference.measured();
  return most - before;
}

async function gathered(samples: number, spill: Spill): Promise<SealedCorpus> {
  const corpus = new Corpus(spill);
  for (let at = 0; at < samples; at++) await corpus.accept(sampleOf(at));
  return corpus.sealed();
}

/** Of objects and texts. Buffers are not counted: when they are freed is decided elsewhere. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** In no order of their ids. */
const sampleOf = (at: number) => ({
  id: `sample-${String((at * 7_919) % 1_000_003).padStart(12, '0')}`,
  instance: { plan: `plan ${at % 5}`, seats: at / 7 },
  target: at % 3 ? 'a' : 'b',
  time: new Date(Date.UTC(2024, 0, 1) + at * 1_000).toISOString(),
  group: `group-${String(Math.floor(at / 3)).padStart(12, '0')}`,
  otherLabels: [],
});

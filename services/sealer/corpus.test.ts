import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeDataset } from '../../ml/dataset/format.ts';
import { scratchFile, splitsOf } from '../../test/harness/split-rows.ts';
import { Corpus } from './corpus.ts';
import type { Sample } from './sealed-corpus.ts';

const TASK = { name: 'notes', type: 'classification' as const, labels: ['a', 'b'] };
const HEADER = { task: TASK, schema: { fields: { text: { type: 'text' as const } } } };
const sample = (id: string, text: string): Sample => ({
  id,
  instance: { text },
  target: text.length % 2 ? 'a' : 'b',
  otherLabels: [],
  time: null,
  group: null,
});

const id = fc.nat(60).map(String);
const step = fc.oneof(
  fc.record({ id, text: fc.string() }).map(({ id, text }) => ({ id, sample: sample(id, text) })),
  id.map((id) => ({ id, sample: undefined })),
);
const steps = fc.array(step, { maxLength: 200, size: 'max' });

test('holds the newest of each record that is not withdrawn, however much of it is on the disk', async () => {
  await fc.assert(
    fc.asyncProperty(steps, steps, fc.integer({ min: 1, max: 5_000 }), async (before, after, most) => {
      const wanted = new Map<string, Sample>();
      const follow = (some: typeof before) => {
        for (const { id, sample } of some) sample ? wanted.set(id, sample) : wanted.delete(id);
      };
      follow(before);
      const base = [...wanted.values()].map((one) => ({ ...one, split: 'test' as const }));
      follow(after);

      await using file = scratchFile();
      const gathered = new Corpus(file, new Map(), most);
      await gathered.extend((await encodeDataset(HEADER, base)).bytes);
      for (const { id, sample } of after) await (sample ? gathered.accept(sample) : gathered.withdraw(id));
      const corpus = await gathered.sealed();
      const sorted = [...wanted.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      const heads = (await Array.fromAsync(corpus.heads())).flat();
      expect(heads).toEqual(
        sorted.map(({ id, target, group, time }, row) => ({ row, id, target, group, time })),
      );
      expect([...corpus.kept]).toEqual([
        ...splitsOf(sorted, new Map(base.map(({ id, split }) => [id, split]))),
      ]);
      const samples = (await Array.fromAsync(corpus.samples(new Uint8Array(corpus.count).fill(1)))).flat();
      expect(samples).toEqual(sorted.map((one, row) => ({ ...one, split: 'train', row })));
      const isSame = base.every(({ id }) => after.every((step) => step.id !== id));
      expect(corpus.isContinued(corpus.kept)).toBe(isSame);
    }),
    { numRuns: 20 },
  );
});

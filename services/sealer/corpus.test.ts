import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeDataset, type Split } from '../../ml/dataset/format.ts';
import { Corpus, type Sample } from './corpus.ts';

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

test('holds the newest of each record that is not withdrawn, however much of it is compressed', async () => {
  await fc.assert(
    fc.asyncProperty(steps, steps, fc.integer({ min: 1, max: 30 }), async (before, after, most) => {
      const wanted = new Map<string, Sample>();
      const follow = (some: typeof before) => {
        for (const { id, sample } of some) sample ? wanted.set(id, sample) : wanted.delete(id);
      };
      follow(before);
      const base = [...wanted.values()].map((one) => ({ ...one, split: 'test' as const }));
      follow(after);

      const corpus = new Corpus(most);
      const kept = await corpus.extend((await encodeDataset(HEADER, base)).bytes);
      expect(new Map(kept)).toEqual(new Map(base.map(({ id, split }) => [id, split])));
      for (const { id, sample } of after) {
        if (sample) await corpus.accept(sample);
        else corpus.withdraw(id);
      }
      const sorted = [...wanted.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      const keys = corpus.keys().sort((a, b) => (a.id < b.id ? -1 : 1));
      expect(keys).toEqual(sorted.map(({ id, target, group, time }) => ({ id, target, group, time })));
      const splits = new Map<string, Split>(sorted.map(({ id }) => [id, 'train']));
      const samples = (await Array.fromAsync(corpus.samples(splits))).flat();
      expect(samples).toEqual(sorted.map((one) => ({ ...one, split: 'train' })));
    }),
    { numRuns: 50 },
  );
});

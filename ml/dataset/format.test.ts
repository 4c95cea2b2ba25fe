import { createHash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DatasetHeader, type DatasetSample, encodeDataset as encode, SPLITS } from './format.ts';
import { DatasetReader, decodeDataset } from './read.ts';

const header: DatasetHeader = {
  task: { name: 'notes', type: 'classification', labels: ['a', 'b'] },
  schema: { fields: { title: { type: 'text' }, pages: { type: 'number' } } },
};
const encodeDataset = (samples: readonly DatasetSample[]) => encode(header, samples);

const sample: fc.Arbitrary<DatasetSample> = fc.record({
  id: fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom('1,"split":"test"', '"split":"train', '\\","split":"test'),
  ),
  split: fc.constantFrom(...SPLITS),
  target: fc.oneof(fc.constantFrom('a', 'b'), fc.integer()),
  otherLabels: fc.array(fc.constantFrom('a', 'b', 'c')),
  time: fc.constantFrom('2024-05-31', null),
  group: fc.constantFrom('g', null),
  instance: fc.record({
    title: fc.string({ unit: 'grapheme' }),
    pages: fc.option(fc.integer()),
    done: fc.boolean(),
  }),
});
const samples = fc.uniqueArray(sample, { selector: ({ id }) => id, maxLength: 250, size: 'max' });
const byId = (given: readonly DatasetSample[]) => given.toSorted((a, b) => (a.id < b.id ? -1 : 1));

const one: DatasetSample = {
  id: '1',
  split: 'train',
  target: 'a',
  otherLabels: [],
  time: '2024-05-31',
  group: null,
  instance: { title: 'On Logs', pages: 3 },
};

describe('a dataset', () => {
  test('comes back sorted by id, whole or by split', async () => {
    await fc.assert(
      fc.asyncProperty(samples, fc.subarray([...SPLITS]), async (given, splits) => {
        const { bytes } = await encodeDataset(given);
        expect(await decodeDataset(bytes)).toEqual({ ...header, samples: byId(given) });
        expect((await decodeDataset(bytes, splits)).samples).toEqual(
          byId(given).filter(({ split }) => splits.includes(split)),
        );
      }),
      { numRuns: 30 },
    );
  });

  test('is read head by head without its instances', async () => {
    await fc.assert(
      fc.asyncProperty(samples, async (given) => {
        const reader = new DatasetReader((await encodeDataset(given)).bytes);
        const heads = (await Array.fromAsync(reader.heads())).flat();
        expect(heads).toEqual(byId(given).map(({ instance, ...head }) => head));
        expect(reader.seal.samples).toBe(given.length);
      }),
      { numRuns: 30 },
    );
  });

  test('is the same bytes in whatever order its samples come', async () => {
    const orders = samples.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    await fc.assert(
      fc.asyncProperty(orders, async ([given, shuffled]) => {
        expect(await encodeDataset(shuffled)).toEqual(await encodeDataset(given));
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ['id', '2'],
    ['split', 'test'],
    ['target', 'b'],
    ['instance', { title: 'On Log', pages: 3 }],
    ['instance', { title: 'On Logs', pages: null }],
  ])('has another content hash when its %s changes', async (field, value) => {
    const changed = await encodeDataset([{ ...one, [field]: value }]);
    expect(changed.contentHash).not.toBe((await encodeDataset([one])).contentHash);
    expect(changed.contentHash).toMatch(/^[0-9a-f]{64}$/);
  });
});

test('the content hash is over the entries of instances as they are sorted, whatever their fields are called', async () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', ',', ' ', '"', 'é'), maxLength: 3 });
  const value = fc.constantFrom('a', ',', ' ', 'é', 1, null, true);
  const instances = fc.array(fc.dictionary(name, value, { maxKeys: 4 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(instances, async (given) => {
      const samples = given.map((instance, at) => ({ ...one, id: String(at), instance }));
      const texts = samples.map(({ id, split, target, instance }) =>
        JSON.stringify([id, split, target, Object.entries(instance).sort()]),
      );
      const { contentHash } = await encodeDataset(samples);
      expect(contentHash).toBe(createHash('sha256').update(texts.join('')).digest('hex'));
    }),
    { numRuns: 100 },
  );
});

describe('a file that is not what was sealed is refused', () => {
  const many = Array.from({ length: 500 }, (_, i) => ({
    ...one,
    id: String(i),
    instance: { title: `Title ${i * i}`, pages: i },
  }));
  const repacked = async (change: (text: string) => string) =>
    zstdCompressSync(change(zstdDecompressSync((await encodeDataset(many)).bytes).toString()));

  test.each([
    ['something else', 'not-a-dataset', async () => Buffer.from('{"format":"epochlog-dataset"}')],
    ['something else, compressed', 'not-a-dataset', async () => zstdCompressSync('{"a": 1}\n')],
    ['no JSON, compressed', 'not-a-dataset', async () => zstdCompressSync('text\n')],
    [
      'of a later version',
      'not-a-dataset',
      () => repacked((text) => text.replace('"version":2', '"version":3')),
    ],
    ['nothing', 'truncated', async () => Buffer.alloc(0)],
    ['half of it', 'truncated', async () => (await encodeDataset(many)).bytes.subarray(0, 2_000)],
    ['without its last byte', 'truncated', async () => (await encodeDataset(many)).bytes.subarray(0, -1)],
    ['without its seal', 'truncated', () => repacked((text) => text.replace(/\{"samples".*\n$/, ''))],
    [
      'a damaged byte',
      'altered',
      async () => (await encodeDataset(many)).bytes.map((b, i) => (i === 900 ? b ^ 1 : b)),
    ],
    ['another target', 'altered', () => repacked((text) => text.replace('"target":"a"', '"target":"b"'))],
    ['a sample less', 'altered', () => repacked((text) => text.replace(/\{"id":"7".*\n/, ''))],
  ])('%s', async (_, code, bytes) => {
    await expect(decodeDataset(await bytes())).rejects.toMatchObject({ name: 'InvalidInput', code });
  });
});

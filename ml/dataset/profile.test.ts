import { parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { scratchFile } from '../../test/harness/split-rows.ts';
import { diffDatasets } from './diff.ts';
import { exported, exportedPart } from './export.ts';
import { type DatasetHeader, type DatasetSample, encodeDataset, type Split } from './format.ts';
import { Profiler } from './profile.ts';

const schema = {
  fields: {
    title: { type: 'text' },
    size: { type: 'number' },
    plan: { type: 'category' },
    id: { type: 'boolean' },
  },
} as const;
const header: DatasetHeader = { task: { name: 'x', type: 'classification', labels: ['a', 'b'] }, schema };
const sample = (i: number, change: Partial<DatasetSample> = {}): DatasetSample => ({
  id: `s${i}`,
  split: (['train', 'train', 'validation', 'test'] as const)[i % 4]!,
  time: `2024-01-0${1 + i}`,
  group: i % 2 ? 'odd' : null,
  target: i % 2 ? 'a' : 'b',
  otherLabels: i === 1 ? ['b'] : [],
  instance: {
    title: 'word '.repeat(i + 1),
    size: i === 3 ? null : i,
    plan: i % 2 ? 'pro' : 'free',
    id: i > 1,
  },
  ...change,
});
const eight = Array.from({ length: 8 }, (_, i) => sample(i));
const file = async (samples: readonly DatasetSample[]) => (await encodeDataset(header, samples)).bytes;

test('a profile counts splits, classes, words, columns, groups and times', async () => {
  await using file = scratchFile();
  const profiler = new Profiler(schema, 'classification', file);
  await profiler.add(eight);
  const { sizes, classes, text, columns, groups, times, target } = await profiler.profile(1);
  expect(sizes).toEqual({ train: 4, validation: 2, test: 2 });
  expect(classes).toEqual({
    a: { train: 2, validation: 0, test: 2 },
    b: { train: 2, validation: 2, test: 0 },
  });
  expect(target).toBeNull();
  expect(text).toMatchObject({
    vocabulary: 1,
    words: { count: 8, mean: 4.5, min: 1, p25: 2.75, median: 4.5, max: 8 },
  });
  expect(columns.size).toMatchObject({ type: 'number', missing: 1, values: { count: 7, median: 4, max: 7 } });
  // numpy.std([0, 1, 2, 4, 5, 6, 7], ddof=1), numpy.percentile(…, 95)
  const { values } = columns.size as { values: { std: number; p95: number } };
  expect(values.std).toBeCloseTo(2.6367367999823, 12);
  expect(values.p95).toBeCloseTo(6.7, 12);
  expect(columns.plan).toEqual({ type: 'category', missing: 0, distinct: 2, top: { free: 4, pro: 4 } });
  expect(groups).toEqual({ samples: 4, distinct: 1 });
  expect(times.train).toEqual(['2024-01-01', '2024-01-06']);
});

test('of a target that is a number a profile has its distribution', async () => {
  await using file = scratchFile();
  const profiler = new Profiler(schema, 'regression', file);
  await profiler.add(eight.map((one, i) => ({ ...one, target: i / 2 })));
  expect(await profiler.profile(0)).toMatchObject({
    classes: {},
    target: { count: 8, mean: 1.75, max: 3.5 },
  });
});

test('two datasets differ in what was added, removed, relabelled, changed and moved', async () => {
  const after = [
    sample(1, { target: 'b' }),
    sample(2, { instance: { ...sample(2).instance, size: 9 } }),
    sample(3, { split: 'train' }),
    ...eight.slice(4),
    sample(8),
  ];
  const diff = await diffDatasets(await file(eight), await file(after));
  expect(diff).toMatchObject({ added: 1, removed: 1, same: 4, relabelled: 1, changed: 1, moved: 1 });
  expect(diff.moves).toEqual({ 'test → train': 1 });
  expect(diff.classes).toEqual({ a: [4, 3], b: [4, 5] });
  expect(diff.sizes).toEqual({ train: [4, 5], validation: [2, 2], test: [2, 1] });
  expect(diff.examples).toEqual({
    removed: ['s0'],
    added: ['s8'],
    different: [
      { id: 's1', target: ['a', 'b'] },
      { id: 's2', isChanged: true },
      { id: 's3', split: ['test', 'train'] },
    ],
  });
  expect((await diffDatasets(await file(eight), await file(after), 0)).examples.different).toEqual([]);
  expect(await diffDatasets(await file(eight), await file(eight))).toMatchObject({ same: 8, classes: {} });
});

const collected = async (splits: readonly Split[], format: 'jsonl' | 'parquet') =>
  Buffer.concat(await Array.fromAsync(exported(await file(eight), splits, format)));

test('an export as lines of JSON has the samples of its splits', async () => {
  const lines = String(await collected(['test'], 'jsonl'))
    .trim()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    [3, 7].map((i) => {
      const { id, time, target, otherLabels, instance, group } = sample(i);
      return { id, time, target, otherLabels, instance, group };
    }),
  );
});

test('an export as Parquet has a column for each field, of its type', async () => {
  const { buffer, byteOffset, byteLength } = new Uint8Array(
    await collected(['train', 'validation', 'test'], 'parquet'),
  );
  const rows = await parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + byteLength) });
  expect(rows).toHaveLength(8);
  expect(rows[1]).toEqual({
    ...{ id: 's1', split: 'train', time: '2024-01-02', group: 'odd', target: 'a', otherLabels: ['b'] },
    ...{ title: 'word word ', size: 1, plan: 'pro', input_id: false },
  });
  expect(rows[3]).toMatchObject({ size: null });
});

test('a part is the same lines, left out, ended and found by a text', async () => {
  const dataset = await file(eight);
  const splits = ['train', 'validation', 'test'] as const;
  const linesOf = async (pieces: AsyncIterable<Uint8Array>) =>
    Buffer.concat(await Array.fromAsync(pieces))
      .toString()
      .split('\n')
      .filter(Boolean);
  const all = await linesOf(exported(dataset, splits, 'jsonl'));
  const part = (given: object) =>
    linesOf(exportedPart(dataset, splits, { text: '', offset: 0, limit: 100, ...given }));
  expect(await part({})).toEqual(all);
  expect(await part({ offset: 2, limit: 3 })).toEqual(all.slice(2, 5));
  expect(await part({ offset: 100 })).toEqual([]);
  const [{ id }] = all.map((line) => JSON.parse(line)) as [{ id: string }];
  const found = await part({ text: id.toUpperCase() });
  expect(found).toContain(all[0]);
  expect(found.length).toBeLessThan(all.length);
});

test('an export of many samples as Parquet comes in row groups, the same each time', async () => {
  const many = Array.from({ length: 21_000 }, (_, i) => sample(i % 8, { id: `m${i}` }));
  const dataset = await file(many);
  const parts = await Array.fromAsync(exported(dataset, ['train', 'validation', 'test'], 'parquet'));
  expect(parts.length).toBeGreaterThan(2);
  const whole = new Uint8Array(Buffer.concat(parts));
  const rows = await parquetReadObjects({
    file: whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.byteLength),
    columns: ['id'],
  });
  expect(rows.map(({ id }) => id)).toEqual(many.map(({ id }) => id).sort());
});

import { expect, test } from 'vitest';
import type { DatasetSample, Split } from '../../ml/dataset/format.ts';
import { KnownWords } from '../../ml/features/known-words.ts';
import type { Instance, InstanceSchema } from '../../ml/instance/schema.ts';
import { scratchFile } from '../../test/harness/split-rows.ts';
import { Reference } from './reference.ts';

const sample = (split: Split, instance: Instance, i: number): DatasetSample => ({
  id: `${split}/${i}`,
  split,
  target: 'a',
  otherLabels: [],
  time: '2024-05-31',
  group: null,
  instance,
});
async function referenceOf(schema: InstanceSchema, samples: readonly DatasetSample[]) {
  await using file = scratchFile();
  const reference = new Reference(schema, file);
  for (const one of samples) one.split === 'train' ? reference.train(one) : await reference.holdOut([one]);
  return (await reference.measured()).histograms;
}
const text = (split: Split, abstract: string, i: number) => sample(split, { title: 'Logs', abstract }, i);
const TEXTS: InstanceSchema = { fields: { title: { type: 'text' }, abstract: { type: 'text' } } };

test('the reference counts held-out samples, by the words known from training', async () => {
  const samples = [
    text('train', 'known words', 0),
    ...['known', 'known words', 'known words unheard'].map((words, i) => text('validation', words, i)),
    text('train', 'known words', 1),
    ...['known words both unheard', 'unheard'].map((words, i) => text('test', words, i)),
  ];
  const [length, rare] = await referenceOf(TEXTS, samples);
  expect(length).toMatchObject({ feature: 'textLength', categories: [] });
  expect(length?.edges.at(0)).toBe(2);
  expect(length?.edges.at(-1)).toBe(5);
  expect(length?.counts.reduce((sum, count) => sum + count)).toBe(5);
  expect(rare).toMatchObject({ feature: 'rareWordShare', categories: [] });
  expect(rare?.edges.at(0)).toBe(0);
  expect(rare?.edges.at(-1)).toBe(0.5);
  expect(rare?.counts.reduce((sum, count) => sum + count)).toBe(5);
});

test('of a table it counts numbers in bins and categories by value, and what is missing by itself', async () => {
  const schema: InstanceSchema = {
    fields: { hour: { type: 'number' }, carrier: { type: 'category' }, day: { type: 'date' } },
  };
  const row = (hour: number | null, carrier: string | null, i: number) =>
    sample('test', { hour, carrier, day: '2024-01-01' }, i);
  const samples = [row(1, 'UA', 0), row(2, 'UA', 1), row(null, 'DL', 2), row(4, null, 3)];
  const [hour, carrier, ...others] = await referenceOf(schema, samples);
  expect(hour).toMatchObject({ feature: 'hour', categories: [], missing: 1 });
  expect(hour?.counts.reduce((sum, count) => sum + count)).toBe(3);
  expect(carrier).toEqual({
    feature: 'carrier',
    edges: [],
    categories: ['UA', 'DL'],
    counts: [2, 1],
    missing: 1,
  });
  expect(others).toEqual([]);
});

test('of some held-out samples it keeps what a prediction would report, drawn by a seed', async () => {
  const schema: InstanceSchema = {
    fields: { hour: { type: 'number' }, late: { type: 'boolean' }, note: { type: 'text' } },
  };
  const rows = Array.from({ length: 700 }, (_, i) =>
    sample('test', { hour: i % 5 === 0 ? null : i, late: i % 2 === 0, note: `call ${i}` }, i),
  );
  const sampledBy = async (seed: number) => {
    await using file = scratchFile();
    const reference = new Reference(schema, file, new KnownWords(), seed);
    await reference.holdOut(rows);
    return reference.measured();
  };
  const { rows: kept, heldOut } = await sampledBy(1);
  expect([kept.length, heldOut]).toEqual([500, 700]);
  expect(await sampledBy(1)).toMatchObject({ rows: kept, heldOut });
  expect((await sampledBy(2)).rows).not.toEqual(kept);
  const late = kept.filter(({ texts }) => texts.late === 'true').length;
  expect(late / kept.length).toBeCloseTo(0.5, 1);
  const numbered = kept.filter(({ numbers }) => numbers.hour !== undefined);
  expect(numbered.length / kept.length).toBeCloseTo(0.8, 1);
  expect(Math.max(...numbered.map(({ numbers }) => numbers.hour!))).toBeGreaterThan(600);
  expect(kept[0]!.numbers).toMatchObject({ textLength: 2, rareWordShare: 1 });
  expect(Object.keys(kept[0]!.texts).sort()).toEqual(['late', 'wordSketch']);
});

test('of many columns fewer rows are kept, so that they fit into an event', async () => {
  const names = Array.from({ length: 100 }, (_, i) => `number${i}`);
  await using file = scratchFile();
  const fields = Object.fromEntries(names.map((name) => [name, { type: 'number' } as const]));
  const reference = new Reference({ fields }, file);
  const rows = Array.from({ length: 300 }, (_, i) =>
    sample('test', Object.fromEntries(names.map((name) => [name, i])), i),
  );
  await reference.holdOut(rows);
  expect((await reference.measured()).rows).toHaveLength(100);
});

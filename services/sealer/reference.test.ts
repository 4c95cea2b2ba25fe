import { expect, test } from 'vitest';
import type { DatasetSample, Split } from '../../ml/dataset/format.ts';
import { referenceOf } from './reference.ts';

const sample = (split: Split, abstract: string, i: number): DatasetSample => ({
  id: `${split}/${i}`,
  split,
  label: 'a',
  title: 'Logs',
  abstract,
  categories: ['a'],
  published: '2024-05-31',
});

test('the reference counts held-out samples, by the words known from training', async () => {
  const samples = [
    ...['known words', 'known words'].map((text, i) => sample('train', text, i)),
    ...['known', 'known words', 'known words unheard'].map((text, i) => sample('validation', text, i)),
    ...['known words both unheard', 'unheard'].map((text, i) => sample('test', text, i)),
  ];
  const [length, rare] = await referenceOf(samples);
  expect(length).toMatchObject({ feature: 'text_length', categories: [] });
  expect(length?.edges.at(0)).toBe(2);
  expect(length?.edges.at(-1)).toBe(5);
  expect(length?.counts.reduce((sum, count) => sum + count)).toBe(5);
  expect(rare).toMatchObject({ feature: 'rare_word_share', categories: [] });
  expect(rare?.edges.at(0)).toBe(0);
  expect(rare?.edges.at(-1)).toBe(0.5);
  expect(rare?.counts.reduce((sum, count) => sum + count)).toBe(5);
});

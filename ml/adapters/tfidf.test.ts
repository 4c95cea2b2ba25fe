import { expect, test } from 'vitest';
import { fitHashed } from '../features/hashed.ts';
import { fitTfidf } from '../features/tfidf.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import { adapter, fittedTfidf } from './tfidf.ts';

const SCHEMA: InstanceSchema = {
  fields: { title: { type: 'text' }, body: { type: 'text' }, authors: { type: 'text', optIn: true } },
};
const OPTIONS = { ngram: 1, minDf: 1, maxFeatures: 100, idfPower: 1 } as const;
const block = (field: string, text: string, weight = 1) => ({
  fields: [{ name: field, weight: 1 }],
  weight,
  featuriser: fitTfidf([text], OPTIONS),
});
const opened = (blocks: Parameters<typeof fittedTfidf>[0]) => {
  const { settings, data } = fittedTfidf(blocks);
  return adapter.open(settings, data, SCHEMA);
};
const INSTANCE = { title: 'red fox', body: 'blue sea fox', authors: 'Ada Lovelace' };

test('blocks lie beside each other, each with its weight', () => {
  const { inputsOf } = opened([block('title', 'red fox'), block('authors', 'ada byron', 0.5)]);
  const { indices, values } = inputsOf([INSTANCE]);
  expect([...indices!.data].map(Number).sort()).toEqual([0, 1, 2]);
  const squares = [...values!.data].map((value) => Number(value) ** 2);
  expect(squares.reduce((sum, square) => sum + square)).toBeCloseTo(1 + 0.25, 6);
});

test('a word is rare when no block knows it; texts that must be named are not watched', () => {
  const { monitoredOf } = opened([block('title', 'red'), block('body', 'fox'), block('authors', 'ada')]);
  expect(monitoredOf(INSTANCE)).toMatchObject({ textLength: 5, rareWordShare: 2 / 5 });
});

test('a model of hashes does not say which words are rare', () => {
  const { featuriser } = fitHashed(['red fox'], { ...OPTIONS, bits: 8 });
  const { monitoredOf } = opened([{ fields: [{ name: 'title', weight: 1 }], weight: 1, featuriser }]);
  expect(monitoredOf(INSTANCE)).toEqual({ textLength: 2 });
});

test('features of another number of blocks are refused', () => {
  const { settings } = fittedTfidf([block('title', 'red'), block('body', 'fox')]);
  const { data } = fittedTfidf([block('title', 'red')]);
  expect(() => adapter.open(settings, data, SCHEMA)).toThrow('the features of 1 blocks, and the signature 2');
});

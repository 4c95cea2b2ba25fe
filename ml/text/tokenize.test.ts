import { expect, test } from 'vitest';
import { tokenize } from './tokenize.ts';

test('words are lower-cased and split at whatever is neither letter nor digit', () => {
  expect(tokenize('First-order logic: BERT2vec, GPT-4o & the "GAN".')).toEqual([
    'first',
    'order',
    'logic',
    'bert2vec',
    'gpt',
    '4o',
    'the',
    'gan',
  ]);
});

test('single letters of mathematical notation are left out', () => {
  expect(tokenize('for n x n matrices O(n log n) in C++')).toEqual(['for', 'matrices', 'log', 'in']);
});

test('letters of any script are letters', () => {
  expect(tokenize('Schrödinger naïve Пример 数据库')).toEqual(['schrödinger', 'naïve', 'пример', '数据库']);
});

test('a text without words has none', () => {
  expect(tokenize(' – … ')).toEqual([]);
  expect(tokenize('')).toEqual([]);
});

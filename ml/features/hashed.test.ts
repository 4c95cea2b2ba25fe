import { expect, test } from 'vitest';
import { sparseRow } from '../matrix.ts';
import { fitHashed } from './hashed.ts';
import { fitTfidf } from './tfidf.ts';

const TEXTS = ['the cat sat on the mat', 'the cat ate the cat food', 'a dog sat', 'Ünal sat'];
const OPTIONS = { bits: 16, ngram: 1, minDf: 2, idfPower: 1.5 } as const;
const sorted = (values: Iterable<number>) => [...values].sort();

test('where no terms collide, weights are those of a vocabulary', () => {
  const { featuriser, features } = fitHashed(TEXTS, OPTIONS);
  const exact = fitTfidf(TEXTS, { ...OPTIONS, maxFeatures: 100 });
  for (const [row, text] of TEXTS.entries()) {
    expect(sorted(featuriser.featurise(text).values)).toEqual(sorted(exact.featurise(text).values));
    expect(sparseRow(features, row)).toEqual(featuriser.featurise(text));
  }
  expect(featuriser.featurise('quagga').indices).toHaveLength(0);
});

test('terms that collide are one term', () => {
  const text = Array.from({ length: 40 }, (_, at) => `w${at}`).join(' ');
  const { featuriser, features } = fitHashed([text, text], { ...OPTIONS, bits: 3 });
  expect(features.columns).toBe(8);
  expect(new Set(featuriser.featurise(text).indices)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
  expect(features.indices.length).toBe(16);
});

test('a pair of words has a hash of its own, and its order counts', () => {
  const featuresOf = (text: string) =>
    sorted(fitHashed([text], { ...OPTIONS, ngram: 2, minDf: 1 }).features.indices);
  expect(featuresOf('red fox')).toHaveLength(3);
  expect(featuresOf('red fox')).not.toEqual(featuresOf('fox red'));
});

import { expect, test } from 'vitest';
import { InvalidPackage } from '../errors.ts';
import { parseFeatures, serialiseFeatures } from './features-file.ts';
import { fitHashed } from './hashed.ts';
import { fitTfidf } from './tfidf.ts';

const TEXTS = ['deep nets learn fast', 'deep nets learn slowly', 'joins of joins'];

const bytes = () =>
  serialiseFeatures([fitTfidf(TEXTS, { ngram: 2, minDf: 1, maxFeatures: 100, idfPower: 1.5 })]);
const hashed = () => fitHashed(TEXTS, { bits: 8, ngram: 2, minDf: 1, idfPower: 1.5 }).featuriser;

interface RawFile {
  bits?: number;
  followerCounts: number[];
  followers: number[];
  documentFrequency: number[];
  documents?: number;
  idfPower?: number;
}

function edited(change: (file: RawFile) => void): Uint8Array {
  const file: RawFile = JSON.parse(new TextDecoder().decode(bytes()));
  change(file);
  return new TextEncoder().encode(JSON.stringify(file));
}

test.each([
  ['a vocabulary', [fitTfidf(TEXTS, { ngram: 2, minDf: 1, maxFeatures: 100, idfPower: 1.5 })]],
  ['hashes', [hashed()]],
  ['both', [fitTfidf(TEXTS, { ngram: 1, minDf: 1, maxFeatures: 100 }), hashed()]],
])('featurisers with %s read back give the same vectors and the same file', (_, originals) => {
  const copies = parseFeatures(serialiseFeatures(originals));
  const text = 'deep nets learn joins of deep nets';
  const vectors = originals.map((featuriser) => featuriser.featurise(text));
  expect(copies.map((featuriser) => featuriser.featurise(text))).toEqual(vectors);
  for (const { indices } of vectors) expect(indices.length).toBeGreaterThan(4);
  expect(serialiseFeatures(copies)).toEqual(serialiseFeatures(originals));
});

test.each([
  ['truncated', bytes().subarray(0, 100), 'truncated'],
  ['empty', new Uint8Array(), 'truncated'],
  ['of another format', edited((file) => Object.assign(file, { format: 'other' })), '"format"'],
  ['of no blocks', edited((file) => Object.assign(file, { format: 'epochlog-tfidf-blocks-1' })), '"blocks"'],
  [
    'of other hashes',
    edited((file) => Object.assign(file, { format: 'epochlog-hashed-tfidf-1', bits: 99 })),
    '"bits"',
  ],
  ['without documents', edited((file) => delete file.documents), '"documents"'],
  ['without a power of idf', edited((file) => delete file.idfPower), '"idfPower"'],
  ['without words', edited((file) => Object.assign(file, { words: '' })), '"words"'],
  ['with words out of order', edited((file) => Object.assign(file, { words: 'b a' })), 'out of order'],
  ['short of a count', edited((file) => file.followerCounts.pop()), '"followerCounts"'],
  ['with a wild index', edited((file) => (file.followers[0] = 99)), '"followers"'],
  ['with bigrams out of order', edited((file) => file.followers.reverse()), 'out of order'],
  ['with a fraction', edited((file) => (file.documentFrequency[0] = 0.5)), '"documentFrequency"'],
])('a file %s is refused with the reason', (_, file, reason) => {
  const parse = () => parseFeatures(file);
  expect(parse).toThrow(InvalidPackage);
  expect(parse).toThrow(/^features\.json: /);
  expect(parse).toThrow(reason);
});

import { describe, expect, test } from 'vitest';
import { type SparseVector, sparseRow } from '../matrix.ts';
import { encodeCorpus } from './corpus.ts';
import { type Featuriser, fitTfidf } from './tfidf.ts';
import { buildVocabulary, type VocabularyOptions } from './vocabulary.ts';

const TEXTS = [
  'the cat sat on the mat',
  'the cat ate the cat food',
  'an old dog sat on an old log',
  'dog eats dog food',
];
const OPTIONS: VocabularyOptions = { ngram: 2, minDf: 2, maxFeatures: 100 };

/** The weight of each term by name, rounded to six digits. */
function weights({ vocabulary }: Featuriser, { indices, values }: SparseVector): Record<string, number> {
  const named = Array.from(indices, (term, at) => [termName(vocabulary, term), round(values[at]!)] as const);
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function termName({ words, rowStarts, followers }: Featuriser['vocabulary'], term: number): string {
  if (term < words.length) return words[term]!;
  const bigram = term - words.length;
  const first = rowStarts.findLastIndex((start) => start <= bigram);
  return `${words[first]} ${words[followers[bigram]!]}`;
}

const round = (value: number) => Number(value.toFixed(6));

describe('TF-IDF', () => {
  // scikit-learn 1.9.1: TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit(TEXTS)
  test('gives the weights that scikit-learn gives', () => {
    const featuriser = fitTfidf(TEXTS, OPTIONS);
    expect(weights(featuriser, featuriser.featurise('the cat and the dog sat on the the cat'))).toEqual({
      cat: 0.431064,
      dog: 0.254593,
      on: 0.254593,
      sat: 0.254593,
      'sat on': 0.254593,
      the: 0.607534,
      'the cat': 0.431064,
    });
    expect(weights(featuriser, featuriser.featurise(TEXTS[3]!))).toEqual({ dog: 0.861037, food: 0.508542 });
  });

  test('a power of idf above 1 favours rare terms', () => {
    const ratio = (idfPower: number) => {
      const { values } = fitTfidf(TEXTS, { ...OPTIONS, minDf: 1, ngram: 1, idfPower }).featurise('ate cat');
      return values[0]! / values[1]!; // one text has "ate", two have "cat"
    };
    expect(ratio(1)).toBeCloseTo((Math.log(5 / 2) + 1) / (Math.log(5 / 3) + 1), 6);
    expect(ratio(2)).toBeCloseTo(ratio(1) ** 2, 6);
  });

  test('a corpus gives the rows that its texts give, with all their terms that the vocabulary has', () => {
    const texts = Array.from({ length: 120 }, (_, i) =>
      Array.from({ length: 40 }, (_, j) => `w${10 + ((i * i + 7 * j * j + i * j) % 61)}`).join(' '),
    );
    const learnt = texts.slice(0, 60);
    const featuriser = fitTfidf(learnt, { ...OPTIONS, maxFeatures: 500 });
    const { vocabulary } = featuriser;
    const terms = Array.from(vocabulary.documentFrequency, (_, term) => termName(vocabulary, term));
    const known = new Set(terms);
    const matrix = featuriser.featuriseAll(texts);
    const ofCorpus = featuriser.transform(encodeCorpus(texts));
    expect(matrix).toEqual(ofCorpus);
    expect(matrix.rows).toBe(120);
    expect(matrix.indices.length).toBeGreaterThan(1 << 11); // more than is reserved at first
    for (const [row, text] of texts.entries()) {
      expect(sparseRow(matrix, row)).toEqual(featuriser.featurise(text));
      const words = text.split(' ');
      const all = new Set([...words, ...words.slice(1).map((word, at) => `${words[at]} ${word}`)]);
      const found = Array.from(sparseRow(matrix, row).indices, (term) => terms[term]!);
      expect(new Set(found)).toEqual(all.intersection(known));
    }
  });

  test('a text without known terms is the zero vector', () => {
    expect(fitTfidf(TEXTS, OPTIONS).featurise('quagga')).toEqual({
      indices: new Int32Array(),
      values: new Float32Array(),
    });
  });

  test('the rare-word share counts words outside the vocabulary, repeats included', () => {
    const featuriser = fitTfidf(TEXTS, OPTIONS);
    expect(featuriser.rareWordShare('the quagga and the quagga')).toBe(3 / 5);
    expect(featuriser.rareWordShare('')).toBe(0);
  });
});

describe('vocabulary', () => {
  const vocabulary = (options: Partial<VocabularyOptions>, texts = TEXTS) =>
    buildVocabulary(encodeCorpus(texts), { ...OPTIONS, ...options });
  const names = (built: Featuriser['vocabulary']) =>
    Array.from(built.documentFrequency, (_, term) => termName(built, term));

  test('terms are ordered: words, then bigrams, alphabetically', () => {
    expect(names(vocabulary({}))).toEqual(['cat', 'dog', 'food', 'on', 'sat', 'the', 'sat on', 'the cat']);
    expect([...vocabulary({}).documentFrequency]).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
  });

  test('does not depend on the order of the texts', () => {
    expect(vocabulary({}, TEXTS.toReversed())).toEqual(vocabulary({}));
  });

  test('a bigram counts once a text, and does not span a word that is left out', () => {
    const texts = ['on and on and on', 'on quagga and', 'and so on'];
    expect(names(vocabulary({ minDf: 1, ngram: 1 }, texts))).toEqual(['and', 'on', 'quagga', 'so']);
    const counted = vocabulary({ minDf: 2 }, [...texts, 'on and']);
    expect(names(counted)).toEqual(['and', 'on', 'on and']);
    expect([...counted.documentFrequency]).toEqual([4, 4, 2]);
  });

  test('agrees with a plain count of strings', () => {
    const texts = Array.from({ length: 60 }, (_, i) =>
      Array.from({ length: 30 }, (_, j) => `w${(i * i + 7 * j * j + i * j) % 23}`).join(' '),
    );
    const documents = texts.map((text) => {
      const words = text.split(' ').filter((word) => word.length > 1);
      return new Set(words.slice(1).map((word, at) => `${words[at]} ${word}`));
    });
    const expected = new Map<string, number>();
    for (const bigram of documents.flatMap((document) => [...document])) {
      expected.set(bigram, (expected.get(bigram) ?? 0) + 1);
    }
    const built = vocabulary({ minDf: 3, maxFeatures: 10_000 }, texts);
    const found = names(built).map((name, term) => [name, built.documentFrequency[term]!] as const);
    expect(new Map(found.slice(built.words.length))).toEqual(
      new Map([...expected].filter(([, count]) => count >= 3)),
    );
  });

  test('at most maxFeatures terms: words first, then the more frequent, then the earlier bigrams', () => {
    const texts = ['aa bb cc dd', 'aa bb cc dd', 'cc dd aa', 'bb cc'];
    const capped = (maxFeatures: number) => names(vocabulary({ maxFeatures }, texts));
    expect(capped(7)).toEqual(['aa', 'bb', 'cc', 'dd', 'aa bb', 'bb cc', 'cc dd']);
    expect(capped(6)).toEqual(['aa', 'bb', 'cc', 'dd', 'bb cc', 'cc dd']);
    expect(capped(5)).toEqual(['aa', 'bb', 'cc', 'dd', 'bb cc']);
    expect(capped(2)).toEqual(['aa', 'cc']);
  });

  test('a corpus of rare words only is refused', () => {
    expect(() => vocabulary({}, ['one two', 'three four'])).toThrow(
      expect.objectContaining({ name: 'InvalidInput', code: 'empty-vocabulary' }),
    );
  });
});

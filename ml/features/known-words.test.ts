import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KnownWords } from './known-words.ts';
import { fitTfidf } from './tfidf.ts';

test('a word of one text is rare, of two it is known', () => {
  const words = new KnownWords();
  words.add('the log, the log');
  words.add('the event');
  expect(words.rareWordShare('The log of the event')).toBe(3 / 5);
  expect(words.rareWordShare('…')).toBe(0);
});

test('a word is rare exactly when the model has no feature for it', () => {
  const text = fc
    .array(fc.constantFrom('aa', 'bb', 'cc', 'dd', 'ee', 'Aa', '-'), { maxLength: 8 })
    .map((w) => w.join(' '));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), text, (texts, asked) => {
      const corpus = ['every text', 'every model', ...texts];
      const words = new KnownWords();
      for (const one of corpus) words.add(one);
      const featuriser = fitTfidf(corpus, { ngram: 1, minDf: 2, maxFeatures: 1_000 });
      expect(words.rareWordShare(asked)).toBe(featuriser.rareWordShare(asked));
    }),
  );
});

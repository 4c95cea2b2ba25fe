import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { NextWords } from './ngrams.ts';
import { deleteWords, insertWords, replaceSynonyms, Synonyms, shuffleSentences, swapWords } from './texts.ts';

const TEN = 'a b c d e f g h i j';
const sorted = (text: string) => text.split(' ').sort().join(' ');
const words = fc.array(fc.stringMatching(/^[a-e]{1,3}$/), { minLength: 2, maxLength: 30 });

test('deletion leaves words in their order, and one at least', () => {
  const kept = deleteWords(TEN, 0.3, seededRandom(1)).split(' ');
  expect(kept).toEqual(TEN.split(' ').filter((word) => kept.includes(word)));
  expect(deleteWords(TEN, 1e-9, seededRandom(1)).split(' ')).toHaveLength(9);
  expect(deleteWords(TEN, 1, seededRandom(1))).toMatch(/^[a-j]$/);
  expect(deleteWords('one', 1, seededRandom(1))).toBe('one');
  const left = Array.from({ length: 400 }, (_, seed) => deleteWords(TEN, 0.3, seededRandom(seed)).split(' '));
  expect(left.flat().length / 4_000).toBeCloseTo(0.7, 1);
});

test('a swap keeps all words, and moves two of them', () => {
  const swapped = swapWords(TEN, 0.1, seededRandom(3)).split(' ');
  expect(swapped.filter((word, at) => word !== TEN.split(' ')[at])).toHaveLength(2);
  fc.assert(
    fc.property(words, fc.nat(), (given, seed) => {
      const text = given.join(' ');
      expect(sorted(swapWords(text, 0.5, seededRandom(seed)))).toBe(sorted(text));
    }),
    { numRuns: 50 },
  );
});

test('insertion adds a tenth of the words: synonyms, or words of the text', () => {
  const none = new Synonyms([]);
  expect(insertWords(`${TEN} ${TEN}`, 0.1, seededRandom(1), none).split(' ')).toHaveLength(22);
  const given = insertWords('large', 0.1, seededRandom(1), new Synonyms(['large, big']));
  expect(given.split(' ').sort()).toEqual(['big', 'large']);
});

test('sentences change places whole', () => {
  const text = 'We train it. It works, e.g. well! Does it?';
  const orders = new Set(Array.from({ length: 40 }, (_, seed) => shuffleSentences(text, seededRandom(seed))));
  expect(orders.size).toBe(6);
  expect([...orders]).toContain('Does it? It works, e.g. well! We train it.');
  expect(shuffleSentences('One sentence', seededRandom(1))).toBe('One sentence');
});

test('synonyms stand for words of the list alone, with their capital and the marks around them', () => {
  const synonyms = new Synonyms(['large, big', 'quick,fast , rapid']);
  expect(replaceSynonyms('(Large) dogs', 0.1, seededRandom(1), synonyms)).toBe('(Big) dogs');
  expect(replaceSynonyms('no such word', 0.1, seededRandom(1), synonyms)).toBe('no such word');
  const drawn = Array.from({ length: 30 }, (_, seed) =>
    replaceSynonyms('fast', 1, seededRandom(seed), synonyms),
  );
  expect(new Set(drawn)).toEqual(new Set(['quick', 'rapid']));
});

test('a word is replaced by what followed the two words before it, else the one before it, else by any', () => {
  const next = new NextWords(['we train models', 'we train networks', 'they train people', 'they walk']);
  const replaced = (text: string, at: number) =>
    new Set(
      Array.from({ length: 200 }, (_, seed) => next.replaced(text, 0.1, seededRandom(seed)))
        .filter((other) => other !== text)
        .map((other) => other.split(' '))
        .filter((other) => text.split(' ').every((word, place) => place === at || word === other[place]))
        .map((other) => other[at]),
    );
  expect(replaced('we train models', 2)).toEqual(new Set(['networks'])); // after "we train"
  expect(replaced('they train people', 2)).toEqual(new Set(['models', 'networks'])); // after "train": "they train" had it alone
  expect(replaced('they walk', 0)).toEqual(new Set(['we'])); // where texts begin
  expect(replaced('people walk', 1).size).toBeGreaterThan(3); // nothing follows "people"
});

test('texts without another word stay as they are', () => {
  expect(new NextWords(['same same']).replaced('same same', 1, seededRandom(1))).toBe('same same');
  expect(new NextWords([]).replaced('word', 1, seededRandom(1))).toBe('word');
  expect(new NextWords(['a b']).replaced('', 1, seededRandom(1))).toBe('');
});

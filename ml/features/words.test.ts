import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokenize } from '../text/tokenize.ts';
import { WordNumbers } from './words.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme-ascii' }),
  fc
    .array(fc.constantFrom('Log', 'log', 'naïve', 'İstanbul', 'x', '4o', '数据库', '-'))
    .map((words) => words.join(' ')),
);

test('words are those of the tokeniser, numbered as they first appear', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), text, (texts, asked) => {
      const words = new WordNumbers();
      const numbers = texts.map((one) => [...words.learn(one)]);
      const list = words.words();
      expect(numbers.map((some) => some.map((number) => list[number]))).toEqual(texts.map(tokenize));
      expect(list).toEqual([...new Set(texts.flatMap(tokenize))]);
      expect([...words.lookUp(asked)]).toEqual(tokenize(asked).map((word) => list.indexOf(word)));
    }),
  );
});

test('a hundred thousand words keep their numbers as the table grows', () => {
  const words = new WordNumbers();
  const text = Array.from({ length: 100_000 }, (_, i) => `word${i}`).join(' ');
  expect(words.learn(text).every((number, at) => number === at)).toBe(true);
  expect(words.lookUp(text).every((number, at) => number === at)).toBe(true);
  expect(words.add('word99999')).toBe(99_999);
  expect(words.size).toBe(100_000);
});

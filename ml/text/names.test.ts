import fc from 'fast-check';
import { expect, test } from 'vitest';
import { namesAsWords } from './names.ts';

test.each([
  ['Ada Lovelace, Alan M. Turing', 'AdaLovelace, AlanMTuring'],
  ["Conan O'Brien; Jean-Luc Picard ;", 'ConanOBrien, JeanLucPicard'],
  ['Łukasz Kaiser', 'ŁukaszKaiser'],
  ['李 明', '李明'],
  [' , ;', ''],
])('%s: a word for each name', (names, words) => {
  expect(namesAsWords(names)).toBe(words);
});

test('twice is once', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (names) => {
      expect(namesAsWords(namesAsWords(names))).toBe(namesAsWords(names));
    }),
  );
});

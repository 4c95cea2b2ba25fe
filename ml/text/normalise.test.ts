import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toNfkc, withoutMarks } from './normalise.ts';

const HANGUL = /[\u1161-\u1175\u11a8-\u11c2]/; // composed in one pass

const everyCharacter = function* () {
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code);
  }
};
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'é', 'e\u0301', '\u0316\u0301', '\u0f73', '가', 'ｶ\uff9e', 'ﬁ', '中', ' '),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
});

describe('NFKC', () => {
  test('is that of Unicode for text without surplus combining characters', () => {
    fc.assert(
      fc.property(text, (given) => {
        const wellFormed = given.toWellFormed().replace(/[\u00b2\u00b3\u00b9\u2070-\u209c]/g, '');
        fc.pre(!/[\p{M}\uff9e\uff9f\u{16d67}]{31}/u.test(wellFormed));
        expect(toNfkc(wellFormed)).toBe(wellFormed.normalize('NFKC'));
      }),
      { numRuns: 1_000 },
    );
  });

  test('keeps 30 combining characters of a run', () => {
    expect(toNfkc(`x${'\u0316'.repeat(30)}y`)).toBe(`x${'\u0316'.repeat(30)}y`);
    expect(toNfkc(`x${'\u0316'.repeat(31)}y${'\u0316\u0301'.repeat(1_000)}`)).toBe(
      `x${'\u0316'.repeat(30)}y${'\u0316'.repeat(15)}${'\u0301'.repeat(15)}`.normalize('NFKC'),
    );
  });

  test('keeps raised and lowered digits', () => {
    expect(toNfkc('10⁶ x₂')).toBe('10⁶ x₂');
  });

  // A version of Unicode that adds a character of this kind fails here: COMBINING then needs it.
  test('bounds the runs of all characters that are sorted, or composed with what is before them', () => {
    const combining = new Set<string>();
    for (const character of everyCharacter()) {
      if (/^\p{M}+$/u.test(character.normalize('NFKD'))) combining.add(character);
      const decomposed = character.normalize('NFD');
      if (decomposed !== character && decomposed.normalize('NFC') === character)
        combining.add([...decomposed].at(-1)!);
    }
    const unbounded = [...combining].filter(
      (character) => toNfkc(`x${character.repeat(62)}`) !== toNfkc(`x${character.repeat(30)}`),
    );
    expect(combining.size).toBeGreaterThan(2_000);
    expect(unbounded.filter((character) => !HANGUL.test(character))).toEqual([]);
  });
});

describe('without marks', () => {
  test('is the same whether marks go before NFKD too, or after it alone', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(withoutMarks(given)).toBe(given.normalize('NFKD').replace(/\p{M}+/gu, ''));
      }),
      { numRuns: 1_000 },
    );
  });
});

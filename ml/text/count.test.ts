import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stretchCount, wordCount } from './count.ts';

test('words and stretches are counted as expressions find them, in any text', () => {
  const unit = fc.constantFrom(...'aZ09 .,-\t\n\u00a0\u2028\u3000\ufeffé数\u0301١Ⅷ½𝒙𝟗😀', '\ud800', '\udc00');
  const ascii = fc.string({ unit: 'binary-ascii' });
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit }), fc.string({ unit: 'binary' }), ascii),
      fc.nat(4),
      (text, most) => {
        const words = text.match(/[\p{L}\p{N}]\S*/gu)?.length ?? 0;
        expect(wordCount(text)).toBe(words);
        expect(wordCount(text, most)).toBe(Math.min(words, most));
        expect(stretchCount(text)).toBe(text.match(/\S+/g)?.length ?? 0);
      },
    ),
    { numRuns: 500 },
  );
});

test('words are counted in texts of any length', () => {
  for (const length of [1 << 14, (1 << 14) + 3, 1 << 15, 1 << 16])
    expect(wordCount('ab '.repeat(length).slice(0, length))).toBe(Math.ceil(length / 3));
});

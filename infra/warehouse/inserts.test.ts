import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blocksOf } from './inserts.ts';

/** Blocks of rows, each a text, with their tokens. */
function blocks(rows: readonly string[], limit: number): [rows: string, token: string][] {
  let end = 0;
  const ends = rows.map((row) => (end += row.length));
  return blocksOf(ends, 'token', limit).map(({ from, to, token }) => [rows.join('').slice(from, to), token]);
}

describe('the rows of an insert', () => {
  test('in one block keep the token', () => {
    expect(blocks(['ab', 'cd'], 4)).toEqual([['abcd', 'token']]);
  });

  test('in several blocks have numbered tokens, and a row larger than a block has one of its own', () => {
    expect(blocks(['ab', 'cd', 'e'.repeat(9), 'f'], 4)).toEqual([
      ['abcd', 'token/0'],
      ['eeeeeeeee', 'token/1'],
      ['f', 'token/2'],
    ]);
  });

  test('are each in one block, in order, within the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 9 }), { minLength: 1 }), (rows) => {
        const found = blocks(rows, 10);
        expect(found.map(([block]) => block).join('')).toBe(rows.join(''));
        expect(new Set(found.map(([, token]) => token)).size).toBe(found.length);
        for (const [block] of found) expect(block.length <= 10).toBe(true);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blocksOf } from './inserts.ts';

describe('the rows of an insert', () => {
  test('in one block keep the token', () => {
    expect(blocksOf(['ab', 'cd'], 'token', 4)).toEqual([[['ab', 'cd'], 'token']]);
  });

  test('in several blocks have numbered tokens, and a row larger than a block has one of its own', () => {
    expect(blocksOf(['ab', 'cd', 'e'.repeat(9), 'f'], 'token', 4)).toEqual([
      [['ab', 'cd'], 'token/0'],
      [['eeeeeeeee'], 'token/1'],
      [['f'], 'token/2'],
    ]);
  });

  test('are each in one block, in order, within the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 9 })), (rows) => {
        const blocks = blocksOf(rows, 't', 10);
        expect(blocks.flatMap(([block]) => block)).toEqual(rows);
        expect(new Set(blocks.map(([, token]) => token)).size).toBe(blocks.length);
        for (const [block] of blocks) expect(block.length < 2 || block.join('').length <= 10).toBe(true);
      }),
    );
  });
});

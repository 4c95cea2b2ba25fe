import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseToken, rangesOf, tokenOf } from './ranges.ts';

const at = (topic: string, partition: number, offset: number) => ({ topic, partition, offset });

test('a batch has one range in each partition, gaps included', () => {
  const batch = [at('a', 0, 5), at('b', 1, 0), at('a', 0, 8), at('a', 1, 2)];
  expect(tokenOf(rangesOf(batch))).toBe('a/0/5-8,b/1/0-0,a/1/2-2');
});

test('a skipped record is in no range, and splits a range only from within', () => {
  const batch = [at('a', 0, 5), at('b', 0, 6), at('a', 0, 8), at('a', 0, 9)];
  const token = (...skipped: Parameters<typeof at>[]) =>
    tokenOf(
      rangesOf(
        batch,
        skipped.map((position) => at(...position)),
      ),
    );
  expect(token(['a', 0, 4], ['a', 0, 10], ['a', 1, 6], ['b', 0, 7])).toBe('a/0/5-9,b/0/6-6');
  expect(token(['a', 0, 6], ['a', 0, 7])).toBe('a/0/5-5,b/0/6-6,a/0/8-9');
});

test('a token parses back to its ranges', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          topic: fc.stringMatching(/^epochlog\.[a-z]{1,9}(-\d)?$/),
          partition: fc.nat(99),
          first: fc.nat(1e9),
          last: fc.nat(1e9),
        }),
        { minLength: 1, maxLength: 20 },
      ),
      (ranges) => {
        expect(parseToken(tokenOf(ranges))).toEqual(ranges);
      },
    ),
  ));

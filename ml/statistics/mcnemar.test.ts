import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accuracyDifference, discordanceOf, mcnemar } from './mcnemar.ts';
import { pairedDifference } from './paired.ts';

// scipy.stats.binomtest(max(b, c), b + c, 0.5).pvalue
test.each([
  [10, 2, 0.03857421875],
  [25, 13, 0.07295138851623],
  [5, 5, 1],
  [0, 0, 1],
  [0, 8, 0.0078125],
])("McNemar's test of %d against %d is %d", (better, worse, p) =>
  expect(mcnemar({ better, worse })).toBeCloseTo(p, 6),
);

const counts = fc.record({
  better: fc.nat(200),
  worse: fc.nat(200),
  same: fc.integer({ min: 1, max: 2000 }),
});

test('the counts are in the mean and the error of the paired losses', () =>
  fc.assert(
    fc.property(counts, ({ better, worse, same }) => {
      const losses = [...Array(better).fill(0), ...Array(worse).fill(1), ...Array(same).fill(1)];
      const others = [...Array(better).fill(1), ...Array(worse).fill(0), ...Array(same).fill(1)];
      const samples = losses.length;
      expect(discordanceOf(pairedDifference(losses, others), samples)).toEqual({ better, worse, samples });
    }),
    { numRuns: 50 },
  ));

test('losses that are not of 0 and 1 are refused', () =>
  expect(() => discordanceOf({ mean: 0.123, standardError: 0.5 }, 10)).toThrow(/not of losses of 0 and 1/));

describe('the bootstrap of the difference', () => {
  test('has about the interval of a normal difference, and the same for the same seed', () => {
    const { difference, interval } = accuracyDifference({ better: 120, worse: 80, samples: 2000 });
    const error = Math.sqrt((200 - 40 ** 2 / 2000) / 1999 / 2000);
    expect(difference).toBe(0.02);
    expect(interval[0]).toBeCloseTo(0.02 - 1.96 * error, 2);
    expect(interval[1]).toBeCloseTo(0.02 + 1.96 * error, 2);
    expect(accuracyDifference({ better: 120, worse: 80, samples: 2000 }).interval).toEqual(interval);
  });
});

import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { mannWhitney, mannWhitneyOfCounts } from './rank.ts';

test('values are compared by their ranks: ties count half, all equal says nothing', () => {
  expect(mannWhitney([1, 2], [2, 3])).toMatchObject({ u: 3.5, superiority: 0.875 });
  expect(mannWhitney([5, 5, 5], [5, 5])).toEqual({
    u: 3,
    z: 0,
    pValue: 1,
    superiority: 0.5,
    standardError: 0,
  });
  expect(mannWhitneyOfCounts([1, 1, 0], [0, 1, 1])).toEqual(mannWhitney([1, 2], [2, 3]));
});

test('superiority has the error it says', () => {
  const random = seededRandom(4);
  const draw = (count: number, shift: number) => Array.from({ length: count }, () => random() + shift);
  const rounds = Array.from({ length: 300 }, () => mannWhitney(draw(40, 0), draw(60, 0.2)));
  const mean = rounds.reduce((sum, { superiority }) => sum + superiority, 0) / rounds.length;
  const spread = Math.sqrt(
    rounds.reduce((sum, { superiority }) => sum + (superiority - mean) ** 2, 0) / rounds.length,
  );
  expect(mean).toBeCloseTo(1 - 0.8 ** 2 / 2, 2);
  expect(rounds[0]!.standardError / spread).toBeGreaterThan(0.8);
  expect(rounds[0]!.standardError / spread).toBeLessThan(1.25);
});

test('refuses nothing, and what has no rank', () => {
  expect(() => mannWhitney([], [1])).toThrow(expect.objectContaining({ code: 'empty' }));
  expect(() => mannWhitney([1], [Number.NaN])).toThrow(expect.objectContaining({ code: 'value' }));
});

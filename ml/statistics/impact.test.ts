import { describe, expect, test } from 'vitest';
import { impactOf, type Side } from './impact.ts';

const classes = (hits: number, labelled: number): Side => ({
  ...{ samples: labelled, labelled, hits, errors: 0, squares: 0 },
});
const numbers = (errors: readonly number[]): Side => ({
  ...{ samples: errors.length, labelled: 0, hits: 0 },
  errors: errors.reduce((sum, error) => sum + error, 0),
  squares: errors.reduce((sum, error) => sum + error ** 2, 0),
});

describe('what a promotion did in production', () => {
  test('is the difference of the accuracies with an interval', () => {
    expect(impactOf(classes(700, 1_000), classes(800, 1_000))).toMatchObject({
      ...{ metric: 'accuracy', before: 0.7, after: 0.8, verdict: 'better' },
      difference: expect.closeTo(0.1),
    });
    expect(impactOf(classes(800, 1_000), classes(700, 1_000))?.verdict).toBe('worse');
    expect(impactOf(classes(70, 100), classes(73, 100))?.verdict).toBe('unclear');
  });

  test('has an interval of some width where all are right on both sides', () => {
    const { low, high } = impactOf(classes(5, 5), classes(5, 5))!;
    expect([low < -0.3, high > 0.3]).toEqual([true, true]);
  });

  test('of numbers is that of the mean absolute errors: less is better', () => {
    const large = Array.from({ length: 50 }, (_, at) => 3 + (at % 5));
    const small = large.map((error) => error - 2);
    expect(impactOf(numbers(large), numbers(small))).toMatchObject({
      ...{ metric: 'mae', before: 5, after: 3, difference: -2, verdict: 'better' },
    });
    expect(impactOf(numbers(small), numbers(large))?.verdict).toBe('worse');
  });

  test('is not told from too few outcomes, or outcomes of two kinds', () => {
    expect(impactOf(classes(1, 1), classes(5, 5))).toBeNull();
    expect(impactOf(classes(0, 0), classes(5, 5))).toBeNull();
    expect(impactOf(classes(5, 5), numbers([1, 2, 3]))).toBeNull();
    expect(impactOf(numbers([2, 2]), numbers([2, 2]))).toBeNull();
  });
});

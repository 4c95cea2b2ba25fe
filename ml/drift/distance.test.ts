import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hellingerDistance, jensenShannonDistance } from './distance.ts';

const reference = [16, 18, 16, 14, 12, 12];
const actual = [16, 16, 16, 16, 16, 8];
const threeHistograms = fc.array(fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)), {
  minLength: 2,
  maxLength: 8,
});

describe('hellingerDistance', () => {
  test('of a known pair', () => {
    expect(hellingerDistance(reference, actual)).toBeCloseTo(0.06812774370983345, 14);
  });
});

describe('jensenShannonDistance', () => {
  // SciPy 1.17.1: scipy.spatial.distance.jensenshannon(p, q, base=2)
  test.each([
    [reference, actual, 0.08173421330573742],
    [[120, 340, 90, 15, 435], [60, 150, 71, 22, 197], 0.10604135727456694],
    [[1, 0, 3], [2, 2, 0], 0.8097154205210412],
  ])('%j and %j', (p, q, distance) => {
    expect(jensenShannonDistance(p, q)).toBeCloseTo(distance, 14);
  });
});

describe.each([
  { name: 'hellingerDistance', distance: hellingerDistance },
  { name: 'jensenShannonDistance', distance: jensenShannonDistance },
])('$name', ({ distance }) => {
  test('is 0 for equal shares and 1 without anything in common', () => {
    expect(distance([1, 2, 0], [2, 4, 0])).toBe(0);
    expect(distance([1, 0, 2], [0, 5, 0])).toBeCloseTo(1, 12);
  });

  test('is a metric within [0, 1]', () => {
    fc.assert(
      fc.property(threeHistograms, (bins) => {
        const [a, b, c] = [0, 1, 2].map((i) => bins.map((row) => row[i]!));
        fc.pre([a, b, c].every((counts) => counts!.some((count) => count > 0)));
        const [ab, bc, ac] = [distance(a!, b!), distance(b!, c!), distance(a!, c!)];
        expect(ab).toBeGreaterThanOrEqual(0);
        expect(ab).toBeLessThanOrEqual(1);
        expect(distance(b!, a!)).toBeCloseTo(ab, 7);
        expect(ac).toBeLessThanOrEqual(ab + bc + 1e-7);
      }),
    );
  });
});

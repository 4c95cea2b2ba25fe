import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { categoricalHistogram, histogram, quantileEdges } from './histogram.ts';

const finite = fc.double({ min: -1e300, max: 1e300, noNaN: true });
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

describe('histogram', () => {
  test('puts a value on an edge into the bin above it', () => {
    expect(histogram([0, 1, 1.5, 2, 2.5, 3], [0, 1, 2, 3])).toEqual([1, 2, 3]);
  });

  test('counts what is out of range in the outer bins', () => {
    expect(histogram([-9, Number.NEGATIVE_INFINITY, 9, Number.POSITIVE_INFINITY], [0, 1, 2, 3])).toEqual([
      2, 0, 2,
    ]);
  });

  test('counts every value once, in the bin a linear search finds', () => {
    const edges = fc.uniqueArray(finite, { minLength: 2, maxLength: 20 }).map((e) => e.sort((a, b) => a - b));
    fc.assert(
      fc.property(edges, fc.array(finite), (edges, values) => {
        const inner = edges.slice(1, -1);
        const slow = new Array<number>(edges.length - 1).fill(0);
        for (const value of values) slow[inner.filter((edge) => edge <= value).length]!++;
        expect(histogram(values, edges)).toEqual(slow);
      }),
    );
  });

  test('refuses NaN and a lone edge', () => {
    expect(() => histogram([Number.NaN], [0, 1])).toThrow(expect.objectContaining({ code: 'value' }));
    expect(() => histogram([1], [0])).toThrow(expect.objectContaining({ code: 'edges' }));
  });
});

describe('categoricalHistogram', () => {
  test('counts in the order of the categories', () => {
    expect(categoricalHistogram(['b', 'a', 'b'], ['a', 'b', 'c'])).toEqual([1, 2, 0]);
  });

  test('refuses a value that is no category', () => {
    expect(() => categoricalHistogram(['d'], ['a', 'b'])).toThrow(
      expect.objectContaining({ code: 'category' }),
    );
  });
});

describe('quantileEdges', () => {
  test('equals NumPy', () => {
    // NumPy 2.4.6: np.quantile(v, [.2, .4, .6, .8]), between min and max
    const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9];
    const edges = quantileEdges(values, 5);
    [1, 2.8000000000000003, 4.6000000000000005, 5.4, 8.200000000000001, 9].forEach((edge, i) => {
      expect(edges[i]).toBeCloseTo(edge, 14);
    });
    expect(edges).toHaveLength(6);
    expect(values[0]).toBe(3); // left as it was
  });

  test('gives equal parts of distinct values', () => {
    const values = Array.from({ length: 1000 }, (_, i) => i ** 2);
    expect(histogram(values, quantileEdges(values, 10))).toEqual(new Array(10).fill(100));
  });

  test('merges quantiles that coincide', () => {
    const values = [...new Array(60).fill(0), ...Array.from({ length: 40 }, (_, i) => i + 1)];
    const counts = histogram(values, quantileEdges(values, 10));
    expect(counts[0]).toBeGreaterThanOrEqual(60);
    expect(counts.every((count) => count > 0)).toBe(true);
  });

  test('keeps a heavy greatest value in a bin of its own', () => {
    const values = [0.1, 0.2, 0.3, ...new Array(17).fill(1)];
    expect(histogram(values, quantileEdges(values, 4))).toEqual([3, 17]);
  });

  test.each([0, 1, -3.5, 1e-300, 1e300])('sees a constant %d begin to move', (value) => {
    const edges = quantileEdges([value, value], 10);
    const step = Math.max(Math.abs(value), 1) / 1000;
    expect(histogram([value], edges)).toEqual([0, 1, 0]);
    expect(histogram([value - step, value, value + step], edges)).toEqual([1, 1, 1]);
  });

  test('leaves no reference bin empty unless the sample is constant, and ascends', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 2 }), fc.integer({ min: 1, max: 20 }), (values, bins) => {
        fc.pre(new Set(values).size > 1);
        const edges = quantileEdges(values, bins);
        const counts = histogram(values, edges);
        expect(sum(counts)).toBe(values.length);
        expect(counts[0]).toBeGreaterThan(0);
        expect(counts.length).toBeLessThanOrEqual(bins);
        const inner = edges.slice(1, -1);
        expect(inner.every((edge, i) => i === 0 || edge > inner[i - 1]!)).toBe(true);
      }),
    );
  });

  test('refuses samples without quantiles', () => {
    expect(() => quantileEdges([], 10)).toThrow(expect.objectContaining({ code: 'empty' }));
    expect(() => quantileEdges([1, Number.NaN], 10)).toThrow(expect.objectContaining({ code: 'value' }));
    expect(() => quantileEdges([Number.POSITIVE_INFINITY], 9)).toThrow(
      expect.objectContaining({ code: 'value' }),
    );
  });
});

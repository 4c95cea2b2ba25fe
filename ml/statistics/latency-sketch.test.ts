import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import {
  bucketOf,
  countAbove,
  EMPTY_SKETCH,
  edgeOf,
  mergeSketches,
  sizeOf,
  sketchOf,
  sketchQuantile,
} from './latency-sketch.ts';

const latency = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
const code = (code: string) => expect.objectContaining({ code });

describe('a latency sketch', () => {
  test('has a bucket for each latency, 0.8 % wide, in the order of latencies', () => {
    fc.assert(
      fc.property(latency, latency, (a, b) => {
        const [low, high] = [edgeOf(bucketOf(a)), edgeOf(bucketOf(a) + 1)];
        expect(low <= a && a < high).toBe(true);
        expect(high / low - 1).toBeLessThan(0.008);
        expect(Math.sign(bucketOf(a) - bucketOf(b)) * Math.sign(a - b)).toBeGreaterThanOrEqual(0);
      }),
    );
    expect([0, -0, 1, 1.9999].map(bucketOf)).toEqual([0, 0, 130944, 131071]);
  });

  test('merges into the sketch of all latencies', () => {
    fc.assert(
      fc.property(fc.array(latency), fc.array(latency), (a, b) => {
        const both = mergeSketches([sketchOf(a), sketchOf(b), EMPTY_SKETCH]);
        expect(both).toEqual(sketchOf([...a, ...b]));
        expect(sizeOf(both)).toBe(a.length + b.length);
      }),
    );
  });

  test('has quantiles within 0.8 % of those of the latencies', () => {
    const random = seededRandom(1);
    const values = Array.from({ length: 5000 }, () => Math.exp(3 * random()) / random());
    const sorted = values.toSorted((a, b) => a - b);
    const sketch = sketchOf(values);
    for (const q of [0, 0.01, 0.5, 0.95, 0.99, 1]) {
      expect(
        Math.abs(sketchQuantile(sketch, q) / sorted[Math.max(Math.ceil(q * 5000), 1) - 1]! - 1),
      ).toBeLessThan(0.008);
    }
    const above = values.filter((value) => bucketOf(value) > bucketOf(20)).length;
    expect(countAbove(sketch, 20)).toBe(above);
  });

  test('refuses what is no latency, and quantiles of nothing', () => {
    for (const broken of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => sketchOf([broken])).toThrow(code('value'));
    }
    expect(() => sketchQuantile(EMPTY_SKETCH, 0.5)).toThrow(code('empty'));
  });
});

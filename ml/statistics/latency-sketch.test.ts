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
import { quantileEstimate, rankedSamples, rankedSketch } from './quantile.ts';

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
    const samples = rankedSamples(values);
    const sketch = sketchOf(values);
    for (const q of [0, 0.01, 0.5, 0.95, 0.99, 1]) {
      expect(Math.abs(sketchQuantile(sketch, q) / samples.valueOf(Math.ceil(q * 5000)) - 1)).toBeLessThan(
        0.008,
      );
    }
    const above = values.filter((value) => bucketOf(value) > bucketOf(20)).length;
    expect(countAbove(sketch, 20)).toBe(above);
    const [exact, rough] = [quantileEstimate(samples, 0.95), quantileEstimate(rankedSketch(sketch), 0.95)];
    expect(Math.abs(rough.standardError / exact.standardError - 1)).toBeLessThan(0.1);
  });

  test('refuses what is no latency, and quantiles of nothing', () => {
    for (const broken of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => sketchOf([broken])).toThrow(code('value'));
    }
    expect(() => sketchQuantile(EMPTY_SKETCH, 0.5)).toThrow(code('empty'));
    expect(() => quantileEstimate(rankedSketch(EMPTY_SKETCH), 0.5)).toThrow(code('empty'));
  });
});

describe('quantileEstimate', () => {
  test('says how many values it needs', () => {
    expect(() => quantileEstimate(rankedSamples([1, 2, 3]), 0.95)).toThrow(/73 are needed/);
    const values = Array.from({ length: 73 }, (_, at) => at);
    expect(quantileEstimate(rankedSamples(values), 0.95)).toMatchObject({ value: 69, interval: [64, 72] });
    expect(() => rankedSamples([1, Number.NaN])).toThrow(code('value'));
  });

  test('has the quantile in its interval as often as it says', () => {
    const random = seededRandom(9);
    let covered = 0;
    for (let round = 0; round < 400; round++) {
      const { interval } = quantileEstimate(rankedSamples(Array.from({ length: 300 }, () => random())), 0.9);
      if (interval[0] <= 0.9 && interval[1] >= 0.9) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.92);
    expect(covered / 400).toBeLessThan(0.99);
  });
});

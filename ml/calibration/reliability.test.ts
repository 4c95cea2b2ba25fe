import { expect, test } from 'vitest';
import { calibrationError } from '../metrics/probabilistic.ts';
import { reliabilityCurve } from './reliability.ts';

const CONFIDENCE = Float64Array.of(0.55, 0.6, 0.61, 0.95, 1, 0.2);
const HITS = [1, 0, 1, 1, 1, 0];

test('each confidence is in one bin, its upper end included, and empty bins are left out', () => {
  const curve = reliabilityCurve(CONFIDENCE, HITS, 5);
  expect(curve.map(({ lower, samples, accuracy }) => [lower, samples, accuracy])).toEqual([
    [0, 1, 0],
    [0.4, 2, 0.5],
    [0.6, 1, 1],
    [0.8, 2, 1],
  ]);
  expect(curve[1]!.confidence).toBeCloseTo(0.575, 12);
});

test('the gaps of its bins, weighted by their samples, are the calibration error', () => {
  const gaps = reliabilityCurve(CONFIDENCE, HITS).map(
    ({ samples, confidence, accuracy }) => (samples / HITS.length) * Math.abs(confidence - accuracy),
  );
  const sum = gaps.reduce((total, gap) => total + gap, 0);
  expect(sum).toBeCloseTo(calibrationError(CONFIDENCE, HITS, new Float64Array(6).fill(1)), 12);
});

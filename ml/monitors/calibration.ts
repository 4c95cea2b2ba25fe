import { z } from 'zod';
import { probability } from '../metrics/format.ts';
import { normalTail } from '../statistics/distributions.ts';
import type { MonitorKind } from './monitor.ts';

/** Answers whose confidence falls into one of ten bins of equal width, and that have a true label. */
export interface CalibrationRow {
  readonly samples: number;
  readonly correct: number;
  /** sum of the confidences, and of c (1 − c) */
  readonly confidence: number;
  readonly variance: number;
}

/**
 * The expected calibration error of bins (Naeini, Cooper, Hauskrecht 2015) with its mean and deviation where the confidences are
 * right: each gap is then about half-normal, so that few samples alone make the error larger than 0.
 */
export function calibrationOf(rows: readonly CalibrationRow[]): {
  samples: number;
  error: number;
  expected: number;
  pValue: number;
} {
  const samples = rows.reduce((sum, row) => sum + row.samples, 0);
  let [error, expected, variance] = [0, 0, 0];
  for (const row of rows) {
    error += Math.abs(row.correct - row.confidence) / samples;
    expected += Math.sqrt((2 / Math.PI) * row.variance) / samples;
    variance += ((1 - 2 / Math.PI) * row.variance) / samples ** 2;
  }
  const pValue =
    variance === 0 ? Number(error <= expected) : normalTail((error - expected) / Math.sqrt(variance));
  return { samples, error, expected, pValue };
}

/** How far the confidences are from how often answers are right, on predictions with a true label. */
export const kind: MonitorKind<CalibrationRow> = {
  trigger: 'outcomes',
  streams: ['predictions', 'outcomes'],
  unit: 'share',
  options: z.strictObject({}),
  judge(rows, { limit, clear, significance, minimumSamples }) {
    const { samples, error: value, expected, pValue } = calibrationOf(rows);
    if (samples < minimumSamples) return undefined;
    const isBad = value > limit && (significance === null || pValue < significance);
    const reason =
      `calibration error ${value.toFixed(3)} on ${samples} labelled predictions` +
      ` (limit ${limit}, ${expected.toFixed(3)} expected by chance, p ${probability(pValue)})`;
    return { value, samples, state: isBad ? 'bad' : value <= clear ? 'good' : 'between', reason };
  },
};

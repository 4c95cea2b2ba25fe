import { expect, test } from 'vitest';
import type { DenseMatrix } from '../matrix.ts';
import { logLoss } from '../metrics/probabilistic.ts';
import { fitTemperature, softmaxRows, TEMPERATURE_RANGE } from './temperature.ts';

// biome-ignore format: one sample a line
const MARGINS: DenseMatrix = {
  rows: 8,
  columns: 3,
  values: Float64Array.of(
    1.2, -0.4, -0.9,
    -0.3, 0.5, -0.2,
    0.1, 0.2, -0.6,
    -1.1, -0.2, 0.8,
    0.4, 0.3, -0.5,
    -0.7, 0.9, 0.1,
    0.6, -0.8, -0.1,
    -0.2, -0.3, 0.2,
  ),
};
const LABELS = Int32Array.of(0, 1, 0, 2, 1, 1, 0, 2);

// SciPy 1.17.1: minimize_scalar(loss, bounds=(0.01, 100), method="bounded", options={"xatol": 1e-12})
test('the temperature is the one that SciPy finds', () => {
  const temperature = fitTemperature(MARGINS, LABELS);
  expect(temperature).toBeCloseTo(0.1812580170409085, 7);
  expect(logLoss(softmaxRows(MARGINS, temperature), LABELS)).toBeCloseTo(0.2819219237762268, 12);
});

test('does not depend on the scale of the margins', () => {
  const scaled = { ...MARGINS, values: MARGINS.values.map((margin) => 40 * margin) };
  expect(fitTemperature(scaled, LABELS) / 40).toBeCloseTo(fitTemperature(MARGINS, LABELS), 8);
});

test('stays in its range when all margins are right, or all wrong', () => {
  const margins = { rows: 2, columns: 2, values: Float64Array.of(1, -1, -1, 1) };
  expect(fitTemperature(margins, Int32Array.of(0, 1))).toBeCloseTo(TEMPERATURE_RANGE.lowest, 9);
  expect(fitTemperature(margins, Int32Array.of(1, 0))).toBeCloseTo(TEMPERATURE_RANGE.highest, 5);
});

test('no samples leave the margins as they are', () => {
  expect(fitTemperature({ rows: 0, columns: 2, values: new Float64Array() }, new Int32Array())).toBe(1);
});

test('softmax rows sum to one, also for margins whose exponential overflows', () => {
  const { values } = softmaxRows({ rows: 1, columns: 3, values: Float64Array.of(1000, 999, -1000) });
  expect(values[0]! + values[1]! + values[2]!).toBeCloseTo(1, 12);
  expect(values[0]! / values[1]!).toBeCloseTo(Math.E, 9);
});

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

// SciPy 1.17.1: minimize_scalar(loss, bounds=(0.01, 100), method="bounded", options={"xatol": 1e-12}), the loss against
// targets of 8/9 for the label and 1/27 more for each of the three
test('the temperature is the one that SciPy finds', () => {
  const temperature = fitTemperature(MARGINS, LABELS);
  expect(temperature).toBeCloseTo(0.3521940950313747, 7);
  expect(logLoss(softmaxRows(MARGINS, temperature), LABELS)).toBeCloseTo(0.34744045076962904, 8);
});

test('does not depend on the scale of the margins', () => {
  const scaled = { ...MARGINS, values: MARGINS.values.map((margin) => 40 * margin) };
  expect(fitTemperature(scaled, LABELS) / 40).toBeCloseTo(fitTemperature(MARGINS, LABELS), 8);
});

const separated = (rows: number): [DenseMatrix, Int32Array] => [
  { rows, columns: 2, values: Float64Array.from({ length: 2 * rows }, (_, at) => (at % 2 === 0 ? 1 : -1)) },
  new Int32Array(rows),
];

test('rows that are all right give the confidence that so many of them can bear out', () => {
  for (const rows of [1, 2, 50, 1000]) {
    const temperature = fitTemperature(...separated(rows));
    const { values } = softmaxRows({ rows: 1, columns: 2, values: Float64Array.of(1, -1) }, temperature);
    expect(values[1]).toBeCloseTo(1 / (2 * (rows + 1)), 9);
  }
});

test('stays in its range when all margins are wrong', () => {
  const margins = { rows: 2, columns: 2, values: Float64Array.of(1, -1, -1, 1) };
  expect(fitTemperature(margins, Int32Array.of(1, 0))).toBeCloseTo(TEMPERATURE_RANGE.highest, 5);
});

test('margins that tell no label from another stay as they are', () => {
  const values = Float64Array.of(0.1, 0.1, 0.1, -7, -7, -7);
  expect(fitTemperature({ rows: 2, columns: 3, values }, Int32Array.of(0, 2))).toBe(1);
});

test('no samples leave the margins as they are', () => {
  expect(fitTemperature({ rows: 0, columns: 2, values: new Float64Array() }, new Int32Array())).toBe(1);
});

test('softmax rows sum to one, also for margins whose exponential overflows', () => {
  const { values } = softmaxRows({ rows: 1, columns: 3, values: Float64Array.of(1000, 999, -1000) });
  expect(values[0]! + values[1]! + values[2]!).toBeCloseTo(1, 12);
  expect(values[0]! / values[1]!).toBeCloseTo(Math.E, 9);
});

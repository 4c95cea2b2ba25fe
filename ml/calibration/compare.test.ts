import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { compareCalibrations } from './compare.ts';
import { fitIsotonic, isotonicValue } from './isotonic.ts';
import { softmaxRows } from './temperature.ts';

const random = seededRandom(2);
const ROWS = 2_000;
const margins = {
  rows: ROWS,
  columns: 3,
  values: Float64Array.from({ length: 3 * ROWS }, () => 3 * random()),
};
const truth = softmaxRows(margins);
const labels = Int32Array.from({ length: ROWS }, (_, row) => {
  const [a = 0, b = 0] = truth.values.subarray(3 * row);
  const draw = random();
  return draw < a ? 0 : draw < a + b ? 1 : 2;
});

test('probabilities that are too sure are mended by each method, on samples that it was not fitted on', () => {
  const [none, ...methods] = compareCalibrations(softmaxRows(margins, 0.3), labels);
  expect(none).toMatchObject({ method: 'none' });
  expect(none!.calibrationError).toBeGreaterThan(0.15);
  expect(methods.map(({ method }) => method)).toEqual(['temperature', 'platt', 'isotonic']);
  for (const { calibrationError, brier, logLoss } of methods) {
    expect(calibrationError).toBeLessThan(0.06);
    expect(brier).toBeLessThan(none!.brier);
    expect(logLoss).toBeLessThan(none!.logLoss);
  }
});

test('good probabilities are not made worse by much, and few samples say nothing', () => {
  const [none, temperature] = compareCalibrations(truth, labels);
  expect(temperature!.logLoss - none!.logLoss).toBeLessThan(0.002);
  expect(compareCalibrations({ ...truth, rows: 19 }, labels.subarray(0, 19))).toEqual([]);
});

test('an isotonic function of equal scores is their mean', () => {
  const fitted = fitIsotonic(Float64Array.of(1, 1, 2, 3), [0, 1, 0, 1]);
  expect(isotonicValue(fitted, 0)).toBeCloseTo(1 / 3, 12);
  expect(isotonicValue(fitted, 1.5)).toBeCloseTo(1 / 3, 12);
  expect(isotonicValue(fitted, 2.5)).toBeCloseTo(2 / 3, 12);
  expect(isotonicValue(fitted, 9)).toBe(1);
});

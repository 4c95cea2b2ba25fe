import { argmaxRows, type DenseMatrix } from '../matrix.ts';
import { brierLosses, calibrationError, confidences, logLoss } from '../metrics/probabilistic.ts';
import { fitIsotonic, isotonicValue } from './isotonic.ts';
import { fitPlatt, plattProbability } from './platt.ts';
import { fitTemperature, softmaxRows } from './temperature.ts';

/** How good probabilities are after a calibration that was fitted on other samples. */
export interface CalibrationResult {
  readonly method: 'none' | 'temperature' | 'platt' | 'isotonic';
  readonly calibrationError: number;
  readonly brier: number;
  readonly logLoss: number;
}

type Calibrate = (fitted: DenseMatrix, labels: Int32Array) => (scores: DenseMatrix) => DenseMatrix;

const SMALLEST = 1e-7;
const clipped = (p: number) => Math.min(Math.max(p, SMALLEST), 1 - SMALLEST);

/** Each class against all others, the probabilities then brought to a sum of 1, as scikit-learn's CalibratedClassifierCV. */
const oneVsRest =
  (learn: (scores: Float64Array, isOwn: Uint8Array) => (score: number) => number): Calibrate =>
  (fitted, labels) => {
    const functions = Array.from({ length: fitted.columns }, (_, column) =>
      learn(
        columnOf(fitted, column),
        Uint8Array.from(labels, (label) => Number(label === column)),
      ),
    );
    return ({ rows, columns, values }) => {
      const calibrated = Float64Array.from(values, (value, at) => functions[at % columns]!(value));
      for (let row = 0; row < rows; row++) normalise(calibrated.subarray(row * columns, (row + 1) * columns));
      return { rows, columns, values: calibrated };
    };
  };

const METHODS: Readonly<Record<CalibrationResult['method'], Calibrate>> = {
  none: () => (scores) => scores,
  temperature: (fitted, labels) => {
    const temperature = fitTemperature(logsOf(fitted), labels);
    return (scores) => softmaxRows(logsOf(scores), temperature);
  },
  platt: oneVsRest((scores, isOwn) => {
    const odds = (p: number) => Math.log(clipped(p) / (1 - clipped(p)));
    const scaling = fitPlatt(scores.map(odds), isOwn);
    return (p) => plattProbability(scaling, odds(p));
  }),
  isotonic: oneVsRest((scores, isOwn) => {
    const fitted = fitIsotonic(scores, isOwn);
    return (p) => isotonicValue(fitted, p);
  }),
};

/**
 * Would another calibration help? Every second sample fits it, the others are measured, and the other way round.
 *
 * @returns nothing with fewer than 20 samples
 */
export function compareCalibrations(scores: DenseMatrix, labels: Int32Array): CalibrationResult[] {
  if (scores.rows < 20) return [];
  const halves = [0, 1].map((side) =>
    Int32Array.from({ length: scores.rows }, (_, row) => row).filter((row) => row % 2 === side),
  );
  return Object.entries(METHODS).map(([method, calibrate]) => {
    const values = new Float64Array(scores.values.length);
    for (const [side, rows] of halves.entries()) {
      const others = halves[1 - side]!;
      const apply = calibrate(
        rowsOf(scores, others),
        others.map((row) => labels[row]!),
      );
      const calibrated = apply(rowsOf(scores, rows));
      for (const [at, row] of rows.entries())
        values.set(
          calibrated.values.subarray(at * scores.columns, (at + 1) * scores.columns),
          row * scores.columns,
        );
    }
    const calibrated = { ...scores, values };
    const predicted = argmaxRows(calibrated);
    const losses = brierLosses(calibrated, labels);
    return {
      method: method as CalibrationResult['method'],
      calibrationError: calibrationError(
        confidences(calibrated),
        predicted.map((label, row) => Number(label === labels[row])),
        new Float64Array(scores.rows).fill(1),
      ),
      brier: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
      logLoss: logLoss(calibrated, labels),
    };
  });
}

const columnOf = ({ rows, columns, values }: DenseMatrix, column: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) => values[row * columns + column]!);

function rowsOf({ columns, values }: DenseMatrix, rows: Int32Array): DenseMatrix {
  const chosen = new Float64Array(rows.length * columns);
  for (const [at, row] of rows.entries())
    chosen.set(values.subarray(row * columns, (row + 1) * columns), at * columns);
  return { rows: rows.length, columns, values: chosen };
}

const logsOf = (scores: DenseMatrix): DenseMatrix => ({
  ...scores,
  values: Float64Array.from(scores.values, (p) => Math.log(clipped(p))),
});

/** To a sum of 1; where all are 0, each the same. */
function normalise(row: Float64Array): void {
  const total = row.reduce((sum, value) => sum + value, 0);
  for (const at of row.keys()) row[at] = total === 0 ? 1 / row.length : row[at]! / total;
}

import type { DenseMatrix } from '../matrix.ts';

/** Margins are divided by a temperature in this range, however well or badly they separate the classes. */
export const TEMPERATURE_RANGE = { lowest: 0.01, highest: 100 } as const;

const TOLERANCE = 1e-10;
const MAX_STEPS = 100;

/**
 * Temperature scaling (Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks",
 * §4.2): the T that minimises the log loss of softmax(margins / T). In the inverse 1/T the loss is convex
 * (its second derivative is a variance), so Newton's method finds the minimum; a step that leaves the bracket
 * of the minimum is replaced by bisection.
 *
 * Where the margins separate the rows without an error, that loss has no minimum: it falls for ever as T does. So one
 * more observation than there are rows says nothing about the label, as in the targets of Platt (1999, "Probabilistic
 * outputs for support vector machines", §2.2): of n rows each is its label by n / (n + 1), and any label alike by the rest.
 *
 * @param labels the right column of each row
 * @returns T within `TEMPERATURE_RANGE`; 1 for no rows, and for margins that tell no label from another
 */
export function fitTemperature(margins: DenseMatrix, labels: Int32Array): number {
  if (margins.rows === 0) return 1;
  let low = 1 / TEMPERATURE_RANGE.highest;
  let high = 1 / TEMPERATURE_RANGE.lowest;
  let inverse = 1;
  for (let step = 0; step < MAX_STEPS; step++) {
    const { slope, curvature } = logLossDerivatives(margins, labels, inverse);
    if (slope === 0) break;
    if (slope > 0) high = inverse;
    else low = inverse;
    const newton = inverse - slope / curvature;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - inverse) <= TOLERANCE * inverse) return 1 / next;
    inverse = next;
  }
  return 1 / inverse;
}

/**
 * Of the mean log loss in the inverse temperature: E[m] − m(target), and the variance of m, over softmax(m/T). Margins
 * count from the largest of their row, so that equal ones give exactly zero.
 */
function logLossDerivatives({ rows, columns, values }: DenseMatrix, labels: Int32Array, inverse: number) {
  const unknown = 1 / (rows + 1);
  let slope = 0;
  let curvature = 0;
  for (let row = 0; row < rows; row++) {
    const [start, end] = [row * columns, (row + 1) * columns];
    let peak = -Infinity;
    for (let at = start; at < end; at++) peak = Math.max(peak, values[at]!);
    let total = 0;
    let first = 0;
    let second = 0;
    let plain = 0;
    for (let at = start; at < end; at++) {
      const margin = values[at]! - peak;
      const weight = Math.exp(margin * inverse);
      total += weight;
      first += weight * margin;
      second += weight * margin * margin;
      plain += margin;
    }
    const mean = first / total;
    const right = values[start + labels[row]!]! - peak;
    slope += mean - (1 - unknown) * right - (unknown * plain) / columns;
    curvature += second / total - mean * mean;
  }
  return { slope: slope / rows, curvature: curvature / rows };
}

/** softmax(margins / temperature), row by row. */
export function softmaxRows({ rows, columns, values }: DenseMatrix, temperature = 1): DenseMatrix {
  const probabilities = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let peak = -Infinity;
    for (let at = start; at < start + columns; at++) peak = Math.max(peak, values[at]!);
    let total = 0;
    for (let at = start; at < start + columns; at++) {
      probabilities[at] = Math.exp((values[at]! - peak) / temperature);
      total += probabilities[at]!;
    }
    for (let at = start; at < start + columns; at++) probabilities[at]! /= total;
  }
  return { rows, columns, values: probabilities };
}

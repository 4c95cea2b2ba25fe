import { fitTemperature, softmaxRows } from '../calibration/temperature.ts';
import { argmaxRows, type DenseMatrix } from '../matrix.ts';
import { logLoss } from '../metrics/probabilistic.ts';

/** How the probabilities of two models become one: their logarithms, weighted, divided by a temperature. */
export interface Blend {
  /** weight of the first model; the second has the rest */
  readonly share: number;
  readonly temperature: number;
  /** Of a cascade: from this probability of its first label on, the first model answers alone. Above 1: never. */
  readonly threshold?: number;
}

/** Without samples to choose by. */
const DEFAULT: Blend = { share: 0.55, temperature: 1 };
const STEPS = 20;

/**
 * The blend with the least log loss, its share a multiple of 1/20.
 *
 * @param first logarithms of probabilities, as `second`
 * @param labels the right column of each row
 */
export function fitBlend(first: DenseMatrix, second: DenseMatrix, labels: Int32Array): Blend {
  if (labels.length === 0) return DEFAULT;
  const blends = Array.from({ length: STEPS + 1 }, (_, step) => {
    const share = step / STEPS;
    const margins = blended(first, second, share);
    const temperature = fitTemperature(margins, labels);
    return { share, temperature, loss: logLoss(softmaxRows(margins, temperature), labels) };
  });
  const { share, temperature } = blends.reduce((best, blend) => (blend.loss < best.loss ? blend : best));
  return { share, temperature };
}

/** A blend that was chosen, with what it makes of the samples that it was chosen by: logarithms of probabilities. */
export interface ChosenBlend {
  readonly blend: Blend;
  readonly scores: DenseMatrix;
}

/** A blend, see `fitBlend`, and of a cascade its threshold, see `fitThreshold`. */
export function chooseBlend(
  first: DenseMatrix,
  second: DenseMatrix,
  labels: Int32Array,
  { cascade, cascadeTolerance }: { readonly cascade: boolean; readonly cascadeTolerance: number },
): ChosenBlend {
  const blend = fitBlend(first, second, labels);
  const scores = logProbabilities(blended(first, second, blend.share), blend.temperature);
  if (!cascade) return { blend, scores };
  const threshold = fitThreshold(first, scores, labels, cascadeTolerance);
  return { blend: { ...blend, threshold }, scores: cascaded(first, scores, threshold) };
}

/** The rows of the first where it is sure, else those of the blend. */
function cascaded(first: DenseMatrix, blend: DenseMatrix, threshold: number): DenseMatrix {
  const { columns } = first;
  const values = Float64Array.from(blend.values);
  for (const [row, top] of topsOf(first).entries()) {
    const [start, end] = [row * columns, (row + 1) * columns];
    if (isSure(top, threshold)) values.set(first.values.subarray(start, end), start);
  }
  return { ...blend, values };
}

/** share · first + (1 − share) · second. */
export function blended(first: DenseMatrix, second: DenseMatrix, share: number): DenseMatrix {
  const values = Float64Array.from(
    first.values,
    (value, at) => share * value + (1 - share) * second.values[at]!,
  );
  return { ...first, values };
}

/** log softmax(margins / temperature), row by row. */
export function logProbabilities(margins: DenseMatrix, temperature: number): DenseMatrix {
  const { rows, columns, values } = margins;
  const logs = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    let peak = -Infinity;
    for (const margin of own) peak = Math.max(peak, margin / temperature);
    let total = 0;
    for (const margin of own) total += Math.exp(margin / temperature - peak);
    const normaliser = peak + Math.log(total);
    for (const [k, margin] of own.entries()) logs[row * columns + k] = margin / temperature - normaliser;
  }
  return { rows, columns, values: logs };
}

/**
 * The lowest threshold of a cascade, a multiple of 1/100, with which it gets as many samples right as the blend, and no more
 * log loss than it may; 2, so that the first model never answers alone, where there is none.
 *
 * @param first logarithms of probabilities, as `blend`
 * @param labels the right column of each row
 * @param tolerance log loss that it may have more than the blend, as a share of that: right answers alone are too few to choose
 *   by
 */
export function fitThreshold(
  first: DenseMatrix,
  blend: DenseMatrix,
  labels: Int32Array,
  tolerance: number,
): number {
  if (labels.length === 0) return 2;
  const [own, together] = [argmaxRows(first), argmaxRows(blend)];
  const tops = topsOf(first);
  const rows = Array.from(labels, (label, row) => {
    const at = row * first.columns + label;
    return {
      top: tops[row]!,
      gain: Number(own[row] === label) - Number(together[row] === label),
      loss: blend.values[at]! - first.values[at]!,
    };
  });
  const allowed =
    -tolerance * labels.reduce((sum, label, row) => sum + blend.values[row * blend.columns + label]!, 0);
  const isAsGood = (threshold: number) => {
    const sure = rows.filter(({ top }) => isSure(top, threshold));
    const gain = sure.reduce((sum, row) => sum + row.gain, 0);
    return gain >= 0 && sure.reduce((sum, row) => sum + row.loss, 0) <= allowed;
  };
  return Array.from({ length: 50 }, (_, step) => (50 + step) / 100).find(isAsGood) ?? 2;
}

/** The logarithm of the largest probability of each row. */
export const topsOf = (matrix: DenseMatrix): Float64Array =>
  Float64Array.from(argmaxRows(matrix), (column, row) => matrix.values[row * matrix.columns + column]!);

/** @param top a logarithm of a probability; compared as the graph compares it, in 32 bits */
export const isSure = (top: number, threshold: number): boolean =>
  Math.fround(top) >= Math.fround(Math.log(threshold));

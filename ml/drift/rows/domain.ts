import type { SparseMatrix } from '../../matrix.ts';
import { type Random, shuffle } from '../../random.ts';
import { normalTail } from '../../statistics/distributions.ts';
import { matrixOf, type Row } from './encode.ts';

const FOLDS = 4;
/** Permutations of the rows that mean and variance are estimated from. */
const DEALS = 100;
/** Added to the variance of each column as a fraction of the mean variance: rare values must not decide alone. */
const RIDGE = 1;

export interface DomainTest {
  /** how often a row of the window gets a higher score than one of the reference: 0.5 when they cannot be told apart */
  readonly auroc: number;
  /** its mean when nothing drifts */
  readonly expected: number;
  /** the probability of an AUROC at least this large when nothing drifts */
  readonly pValue: number;
  /** by row of the reference, then of the window: by a model that did not see the row; larger means more like the window */
  readonly scores: Float64Array;
}

/**
 * Whether a classifier can tell the rows of a window from those of the reference (classifier two-sample test, Lopez-Paz and Oquab
 * 2017): a linear discriminant with a diagonal covariance and a ridge, cross-fitted in four folds, so that each row is scored by a model
 * that never saw it. AUROCs of folds are of models that share rows, so the variance by Mann and Whitney is too small; here mean and
 * variance are those of 100 random deals of all rows to the two sides, and the tail is normal.
 */
export function domainTest(reference: readonly Row[], actual: readonly Row[], random: Random): DomainTest {
  const matrix = scaled(matrixOf(reference, actual));
  const roles = rolesOf(reference.length, actual.length, random);
  const rows = Int32Array.from(roles, (_, row) => row);
  const scores = scoresOf(matrix, rows, roles);
  const auroc = aurocOf(scores, roles);
  const dealt = Array.from({ length: DEALS }, () =>
    aurocOf(scoresOf(matrix, shuffle(rows, random), roles), roles),
  );
  const expected = dealt.reduce((sum, one) => sum + one, 0) / DEALS;
  const variance = dealt.reduce((sum, one) => sum + (one - expected) ** 2, 0) / (DEALS - 1);
  const pValue = variance > 0 ? normalTail((auroc - expected) / Math.sqrt(variance)) : 1;
  return { auroc, expected, pValue, scores: centred(scores, roles) };
}

/** Less the mean of their fold, so that scores of several models can be in one histogram. */
function centred(scores: Float64Array, roles: Int32Array): Float64Array {
  const [sums, counts] = [new Float64Array(FOLDS), new Float64Array(FOLDS)];
  for (let i = 0; i < scores.length; i++) {
    sums[roles[i]! >> 1]! += scores[i]!;
    counts[roles[i]! >> 1]! += 1;
  }
  return scores.map((score, i) => score - sums[roles[i]! >> 1]! / counts[roles[i]! >> 1]!);
}

/**
 * The AUROC of the classifier alone, without what chance gives.
 *
 * @param roles by row, 2 × fold, and 1 more in the window
 */
export function crossFittedAuroc(matrix: SparseMatrix, roles: Int32Array): number {
  const rows = Int32Array.from(roles, (_, row) => row);
  return aurocOf(scoresOf(scaled(matrix), rows, roles), roles);
}

/** 2 × fold, and 1 more in the window: of the rows of the reference, then of the window, as many of each side in each fold. */
function rolesOf(references: number, actuals: number, random: Random): Int32Array {
  const dealt = (count: number, side: number) =>
    shuffle(
      Int32Array.from({ length: count }, (_, i) => 2 * (i % FOLDS) + side),
      random,
    );
  return Int32Array.of(...dealt(references, 0), ...dealt(actuals, 1));
}

/** Each column divided by its standard deviation and the ridge: distances between means are then discriminants. */
function scaled(matrix: SparseMatrix): SparseMatrix {
  const { rows, columns, indices, values } = matrix;
  const [sums, squares] = [new Float64Array(columns), new Float64Array(columns)];
  for (let at = 0; at < indices.length; at++) {
    sums[indices[at]!]! += values[at]!;
    squares[indices[at]!]! += values[at]! ** 2;
  }
  const variances = squares.map((square, column) => square / rows - (sums[column]! / rows) ** 2);
  const ridge = (RIDGE * variances.reduce((sum, one) => sum + one, 0)) / Math.max(1, columns);
  const factors = variances.map((variance) => 1 / Math.sqrt(variance + ridge || 1));
  return { ...matrix, values: values.map((value, at) => value * factors[indices[at]!]!) };
}

/**
 * The score of the row in each role, by means of the rows in other folds.
 *
 * @param rows by role
 */
function scoresOf(matrix: SparseMatrix, rows: Int32Array, roles: Int32Array): Float64Array {
  const { columns, offsets, indices, values } = matrix;
  const sums = new Float64Array(2 * FOLDS * columns);
  const counts = new Float64Array(2 * FOLDS);
  for (let i = 0; i < rows.length; i++) {
    const [row, role] = [rows[i]!, roles[i]!];
    counts[role]! += 1;
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++)
      sums[role * columns + indices[at]!]! += values[at]!;
  }
  const weights = discriminants(sums, counts, columns);
  const scores = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const [row, own] = [rows[i]!, (roles[i]! >> 1) * columns];
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++)
      scores[i]! += values[at]! * weights[own + indices[at]!]!;
  }
  return scores;
}

/** By fold, the difference of the means without it. Scores are compared within a fold, so that no threshold is needed. */
function discriminants(sums: Float64Array, counts: Float64Array, columns: number): Float64Array {
  const weights = new Float64Array(FOLDS * columns);
  for (const side of [0, 1]) {
    const totals = new Float64Array(columns);
    let rows = 0;
    for (let role = side; role < 2 * FOLDS; role += 2) {
      rows += counts[role]!;
      for (let column = 0; column < columns; column++) totals[column]! += sums[role * columns + column]!;
    }
    for (let fold = 0; fold < FOLDS; fold++) {
      const role = 2 * fold + side;
      const factor = (side === 1 ? 1 : -1) / Math.max(1, rows - counts[role]!);
      for (let column = 0; column < columns; column++)
        weights[fold * columns + column]! += factor * (totals[column]! - sums[role * columns + column]!);
    }
  }
  return weights;
}

/** Of pairs within a fold, a tie by half: models of two folds have no scale in common. */
function aurocOf(scores: Float64Array, roles: Int32Array): number {
  const byRole = Array.from({ length: 2 * FOLDS }, (): number[] => []);
  for (let i = 0; i < scores.length; i++) byRole[roles[i]!]!.push(scores[i]!);
  let [above, pairs] = [0, 0];
  for (let fold = 0; fold < FOLDS; fold++) {
    const references = Float64Array.from(byRole[2 * fold]!).sort();
    const actuals = Float64Array.from(byRole[2 * fold + 1]!).sort();
    let [below, notAbove] = [0, 0];
    for (let i = 0; i < actuals.length; i++) {
      while (references[below]! < actuals[i]!) below += 1;
      while (references[notAbove]! <= actuals[i]!) notAbove += 1;
      above += (below + notAbove) / 2;
    }
    pairs += references.length * actuals.length;
  }
  return pairs > 0 ? above / pairs : 0.5;
}

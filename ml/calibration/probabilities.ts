import type { DenseMatrix } from '../matrix.ts';
import type { LearningProblem } from '../problem.ts';
import { fitTemperature, softmaxRows } from './temperature.ts';

/**
 * What margins mean at a temperature: of one label each a softmax over the labels, of several labels a sigmoid of each.
 *
 * @param task whose answers are labels
 */
export const probabilitiesOf = (
  { type }: Pick<LearningProblem, 'type'>,
  margins: DenseMatrix,
  temperature = 1,
): DenseMatrix =>
  type === 'multilabel' ? sigmoids(margins, temperature) : softmaxRows(margins, temperature);

/** 1 / (1 + exp(−margin / temperature)). */
export const sigmoids = ({ rows, columns, values }: DenseMatrix, temperature = 1): DenseMatrix => ({
  rows,
  columns,
  values: Float64Array.from(values, (margin) => 1 / (1 + Math.exp(-margin / temperature))),
});

/**
 * The temperature of the least log loss of sigmoids, one for all labels: that of a softmax over `has it not` and `has it`.
 *
 * @param sets the columns of the labels of each row
 */
export function fitSigmoidTemperature(margins: DenseMatrix, sets: readonly (readonly number[])[]): number {
  const { rows, columns, values } = margins;
  const pairs = new Float64Array(2 * rows * columns);
  for (let at = 0; at < values.length; at++) pairs[2 * at + 1] = values[at]!;
  const has = new Int32Array(rows * columns);
  for (const [row, own] of sets.entries()) for (const column of own) has[row * columns + column] = 1;
  return fitTemperature({ rows: rows * columns, columns: 2, values: pairs }, has);
}

import { labelSet } from './label-sets.ts';
import { argmaxRows, type DenseMatrix } from './matrix.ts';
import type { ClassificationProblem, LearningProblem, MultilabelProblem } from './problem.ts';

const EVEN = 0.5;

/** The probability from which on a model answers with a label, where it may answer with any number of them. */
export const thresholdOf = ({ threshold = EVEN }: MultilabelProblem): number => threshold;

/** The column of the label that a classifier answers with: the most probable one, or of two what the threshold says. */
export function answeredClasses(
  { threshold }: Pick<ClassificationProblem, 'threshold'>,
  probabilities: DenseMatrix,
): Int32Array {
  const { rows, columns, values } = probabilities;
  if (threshold === undefined || columns !== 2) return argmaxRows(probabilities);
  return Int32Array.from({ length: rows }, (_, row) => Number(values[2 * row + 1]! >= threshold));
}

/** What is answered to each row, as targets are written: a label, a set of them, or a number. */
export function answersTo(task: LearningProblem, scores: DenseMatrix): (string | number)[] {
  const { rows, columns, values } = scores;
  if (task.type === 'regression') return [...values];
  if (task.type === 'classification')
    return Array.from(answeredClasses(task, scores), (column) => task.labels[column]!);
  const threshold = thresholdOf(task);
  return Array.from({ length: rows }, (_, row) =>
    labelSet(task.labels.filter((_, column) => values[row * columns + column]! >= threshold)),
  );
}

/**
 * How sure a model is of each answer: the probability of its label; of several labels that of its least sure decision, on a label
 * that it gives or on one that it does not.
 */
export function confidencesIn(
  task: ClassificationProblem | MultilabelProblem,
  scores: DenseMatrix,
): Float64Array {
  const { rows, columns, values } = scores;
  if (task.type === 'classification')
    return Float64Array.from(answeredClasses(task, scores), (column, row) => values[row * columns + column]!);
  const threshold = thresholdOf(task);
  return Float64Array.from({ length: rows }, (_, row) => {
    const own = values.subarray(row * columns, (row + 1) * columns);
    return Math.min(...Array.from(own, (p) => (p >= threshold ? p : 1 - p)));
  });
}

import type { DenseMatrix } from '../matrix.ts';
import { classesOf, type Example, type LearningProblem, labelSetsOf, numbersOf } from '../problem.ts';

/**
 * The gradient of the mean loss of a model at its own answers: of the log loss in the logits, (p − y) / n; of the squared error
 * in the number, 2 (ŷ − y) / n. It is what every training step begins with: where it is 0, NaN or infinite, nothing can be learnt.
 */
export function outputGradient(
  task: LearningProblem,
  { rows, columns, values }: DenseMatrix,
  examples: readonly Example[],
): Float64Array {
  if (task.type === 'regression') {
    const actual = numbersOf(examples);
    return Float64Array.from(values, (value, row) => (2 * (value - actual[row]!)) / rows);
  }
  if (task.type === 'multilabel') {
    const sets = labelSetsOf(examples, task.labels);
    return Float64Array.from(
      values,
      (p, at) => (p - Number(sets[Math.floor(at / columns)]!.includes(at % columns))) / rows,
    );
  }
  const actual = classesOf(examples, task.labels);
  return Float64Array.from(
    values,
    (p, at) => (p - Number(actual[Math.floor(at / columns)] === at % columns)) / rows,
  );
}

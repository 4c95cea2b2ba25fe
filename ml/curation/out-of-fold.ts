import { stratifiedFolds } from '../dataset/folds.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import { predictLinear } from '../linear/model.ts';
import { linearParameters } from '../linear/parameters.ts';
import { trainLinear } from '../linear/train.ts';
import type { DenseMatrix } from '../matrix.ts';
import type { ClassificationProblem, Example } from '../problem.ts';

/** One of so many training examples is held back, to calibrate the probabilities. */
const CALIBRATION = 10;

/**
 * The probabilities of each class of every example, by a linear model that did not learn from the example: one model for each
 * of some stratified folds. Yields after each model how many there are.
 *
 * @throws InvalidInput `folds` where a class has fewer examples than there are folds
 */
export function* outOfFold(
  task: ClassificationProblem,
  schema: InstanceSchema,
  examples: readonly Example[],
  folds: number,
  seed: number,
): Generator<number, DenseMatrix> {
  const columns = task.labels.length;
  const values = new Float64Array(examples.length * columns);
  const parameters = linearParameters.parse({});
  const divided = stratifiedFolds(
    examples.map(({ target }) => target),
    folds,
    seed,
  );
  for (const [fold, { train, test }] of divided.entries()) {
    const [learnt, held]: [Example[], Example[]] = [[], []];
    train.forEach((row, at) => {
      (at % CALIBRATION === 0 ? held : learnt).push(examples[row]!);
    });
    const training = trainLinear({ task, schema, train: learnt, validation: held, parameters, seed });
    let step = training.next();
    while (!step.done) step = training.next();
    const scores = predictLinear(
      step.value,
      Array.from(test, (row) => examples[row]!.instance),
    );
    for (const [at, row] of test.entries())
      values.set(scores.values.subarray(at * columns, (at + 1) * columns), row * columns);
    yield fold + 1;
  }
  return { rows: examples.length, columns, values };
}

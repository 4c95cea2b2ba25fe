import { answeredClasses, thresholdOf } from '../answers.ts';
import type { DenseMatrix } from '../matrix.ts';
import { classesOf, type Example, type LearningProblem, labelSetsOf, numbersOf } from '../problem.ts';
import { meanOf } from '../statistics/paired.ts';
import { type ClassificationMetrics, classificationMetrics } from './classification.ts';
import { logLosses, zeroOneLosses } from './losses.ts';
import {
  labelOutcomesOf,
  type MultilabelMetrics,
  multilabelMetrics,
  multilabelNumbers,
} from './multilabel.ts';
import { classificationNumbers, outcomesOf } from './outcomes.ts';
import { type RegressionMetrics, regressionMetrics, regressionNumbers } from './regression.ts';

/** All that is measured of a model on labelled samples. */
export type Measures =
  | ({ readonly type: 'classification' } & ClassificationMetrics)
  | ({ readonly type: 'multilabel' } & MultilabelMetrics)
  | ({ readonly type: 'regression' } & RegressionMetrics);

/**
 * @param scores one row per example: the probability of each label, or the number
 * @throws InvalidInput `shape`; `unknown-label` or `targets`, naming the example
 */
export function measure(task: LearningProblem, scores: DenseMatrix, examples: readonly Example[]): Measures {
  if (task.type === 'regression') {
    return { type: 'regression', ...regressionMetrics(scores.values, numbersOf(examples)) };
  }
  const { labels } = task;
  if (task.type === 'multilabel') {
    const outcomes = labelOutcomesOf(scores, labelSetsOf(examples, labels), thresholdOf(task));
    return { type: 'multilabel', ...multilabelMetrics(outcomes, labels) };
  }
  const metrics = classificationMetrics(
    scores,
    classesOf(examples, labels),
    labels,
    labelColumns(examples, labels),
    answeredClasses(task, scores),
  );
  return { type: 'classification', ...metrics };
}

/** Of each example the columns of its label and of the other ones that it has. */
export function labelColumns(examples: readonly Example[], labels: readonly string[]): number[][] {
  const columns = new Map<string | number, number>(labels.map((label, column) => [label, column]));
  return examples.map(({ target, otherLabels = [] }) =>
    [...new Set([target, ...otherLabels])].flatMap((name) => columns.get(name) ?? []),
  );
}

/** The metrics that are one number, by the name they have in the catalogue; without those that are not defined. */
export const numbersIn = ({ samples: _, ...measures }: Measures): Record<string, number> =>
  definedNumbers(measures);

/** The same metrics of examples that count so many times each: a function of their weights, which may be asked often. */
export function weightedNumbers(
  task: LearningProblem,
  scores: DenseMatrix,
  examples: readonly Example[],
): (weights: Float64Array) => Record<string, number> {
  if (task.type === 'regression') {
    const actual = numbersOf(examples);
    return (weights) => ({ ...regressionNumbers(scores.values, actual, weights) });
  }
  const { labels } = task;
  if (task.type === 'multilabel') {
    const outcomes = labelOutcomesOf(scores, labelSetsOf(examples, labels), thresholdOf(task));
    return (weights) => definedNumbers(multilabelNumbers(outcomes, weights));
  }
  const outcomes = outcomesOf(
    scores,
    classesOf(examples, labels),
    labelColumns(examples, labels),
    answeredClasses(task, scores),
  );
  return (weights) => definedNumbers(classificationNumbers(outcomes, weights));
}

const definedNumbers = (values: object): Record<string, number> =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );

/** The loss on each example, by the metric that is its mean, or the root of that. */
export function lossesOf(
  task: LearningProblem,
  scores: DenseMatrix,
  examples: readonly Example[],
): ReadonlyMap<string, Float64Array> {
  if (task.type === 'regression') {
    const errors = numbersOf(examples).map((actual, row) => scores.values[row]! - actual);
    return new Map([
      ['rmse', errors.map((error) => error * error)],
      ['mae', errors.map(Math.abs)],
    ]);
  }
  if (task.type === 'multilabel') {
    const { exact, wrong, labels, logLosses } = labelOutcomesOf(
      scores,
      labelSetsOf(examples, task.labels),
      thresholdOf(task),
    );
    return new Map([
      ['subsetAccuracy', exact.map((hit) => 1 - hit)],
      ['hammingLoss', wrong.map((count) => count / labels)],
      ['logLoss', logLosses],
    ]);
  }
  const actual = classesOf(examples, task.labels);
  return new Map([
    ['accuracy', zeroOneLosses(scores, actual, answeredClasses(task, scores))],
    ['logLoss', logLosses(scores, actual)],
  ]);
}

/** The standard error of each metric that is the mean of losses, or the root of one (delta method). */
export function standardErrorsOf(losses: ReadonlyMap<string, Float64Array>): Record<string, number> {
  return Object.fromEntries(
    [...losses].map(([metric, values]) => {
      const { mean, standardError } = meanOf(values);
      if (metric !== 'rmse') return [metric, standardError];
      return [metric, mean === 0 ? 0 : standardError / (2 * Math.sqrt(mean))];
    }),
  );
}

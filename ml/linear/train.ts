import type { TrainingData } from '../engines/engine.ts';
import { InvalidInput } from '../errors.ts';
import { kindOf } from '../instance/schema.ts';
import type { DenseMatrix } from '../matrix.ts';
import { classesOf, type Example, type LearningProblem, labelSetsOf, numbersOf } from '../problem.ts';
import { seedsOf } from '../training/seeds.ts';
import { classWeightsOf } from './class-weights.ts';
import { fitLinear, type LinearEpoch, type LinearFit, type LinearState, type LinearTargets } from './fit.ts';
import { type LinearModel, scoresOfRows } from './model.ts';
import type { LinearParameters } from './parameters.ts';
import { startWeights } from './start.ts';
import { fitTable, standardise } from './table.ts';
import { fitText } from './text.ts';

export interface TrainedLinear extends LinearModel, Omit<LinearFit, 'weights' | 'temperature'> {
  /** one row for each validation example; see `predictLinear` */
  readonly validationScores: DenseMatrix;
}

export interface LinearData extends Omit<TrainingData, 'parameters'> {
  readonly parameters: LinearParameters;
}

/**
 * Trains a linear model. Of texts by TF-IDF, of tables by standardised numbers with indicators of missing ones and
 * one-hot categories. Classes by one-vs-rest support vector machines (the default of texts) or multinomial logistic
 * regression (that of tables), several labels by one-vs-rest logistic regression, all with temperature scaling; numbers by ridge regression; all of them with an elastic net
 * where L1 has a share. See `fitLinear` for what it yields and for `after`.
 *
 * @throws InvalidInput `parameter`, `unknown-label`, `too-few-labels`, `targets`, `no-samples` `empty-vocabulary` or `start`
 */
export function* trainLinear(
  { task, schema, train, validation, parameters, seed, seeds, start }: LinearData,
  after?: LinearState,
): Generator<{ report: LinearEpoch; state: () => LinearState }, TrainedLinear> {
  if (!Number.isSafeInteger(seed))
    throw new InvalidInput('parameter', `the seed must be a whole number, not ${seed}`);
  if (train.length === 0) throw new InvalidInput('no-samples', 'there are no samples to train on');
  const targets = linearTargets(task, train, validation, parameters);
  const instances = train.map(({ instance }) => instance);
  const { encoder, features } =
    kindOf(schema) === 'table'
      ? fitTable(schema, instances, parameters)
      : fitText(schema, instances, parameters);
  const standard = targets.type === 'regression' ? targets.standard : { mean: 0, deviation: 1 };
  const problem = {
    isSparse: encoder.kind === 'text',
    train: features,
    validation: encoder.encode(validation.map(({ instance }) => instance)),
    targets,
    ...(start && { start: startWeights(start, { task, encoder, standard }) }),
  };
  const fit = yield* fitLinear(problem, parameters, seedsOf(seed, seeds).shuffle, after);
  const model = { task, encoder, standard, ...fit };
  return { ...model, validationScores: scoresOfRows(model, problem.validation) };
}

/** @throws InvalidInput as `trainLinear` */
export function linearTargets(
  task: LearningProblem,
  train: readonly Example[],
  validation: readonly Example[],
  { loss, classWeights }: Pick<LinearParameters, 'loss' | 'classWeights'>,
): LinearTargets {
  if (task.type === 'regression') {
    if (loss !== 'auto') throw ofClasses(`loss '${loss}' is`);
    if (classWeights !== 'none') throw ofClasses('classWeights are');
    const numbers = numbersOf(train);
    const standard = standardise([...numbers]);
    return {
      type: 'regression',
      train: numbers.map((number) => (number - standard.mean) / standard.deviation),
      validation: numbersOf(validation),
      standard,
    };
  }
  const { labels } = task;
  if (labels.length < 2) throw new InvalidInput('too-few-labels', `${labels.length} labels; two are needed`);
  if (task.type === 'multilabel') {
    if (loss === 'squaredHinge')
      throw new InvalidInput(
        'parameter',
        'loss squaredHinge gives no probabilities of several labels: take logistic',
      );
    if (classWeights !== 'none')
      throw new InvalidInput('parameter', 'classWeights are for one label each, and this task has several');
    const sides = new Int8Array(train.length * labels.length).fill(-1);
    for (const [row, own] of labelSetsOf(train, labels).entries())
      for (const column of own) sides[row * labels.length + column] = 1;
    return { type: 'multilabel', classes: labels.length, sides, validation: labelSetsOf(validation, labels) };
  }
  return {
    type: 'classification',
    classes: labels.length,
    sides: classSides(train, labels),
    weights: classWeightsOf(classWeights, labels, classesOf(train, labels)),
    validation: classesOf(validation, labels),
  };
}

const ofClasses = (what: string) =>
  new InvalidInput('parameter', `${what} for classes, and this task learns a number`);

/** Samples × labels: for its own label, not at all for the others it has, against the rest. */
function classSides(samples: readonly Example[], labels: readonly string[]): Int8Array {
  const own = classesOf(samples, labels);
  const sides = new Int8Array(samples.length * labels.length).fill(-1);
  for (const [row, { otherLabels = [] }] of samples.entries()) {
    const start = row * labels.length;
    for (const other of otherLabels) {
      const column = labels.indexOf(other);
      if (column >= 0) sides[start + column] = 0;
    }
    sides[start + own[row]!] = 1;
  }
  return sides;
}

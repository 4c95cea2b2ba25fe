import { didYouMean } from '../../kernel/nearest.ts';
import type { Column } from '../adapters/tabular.ts';
import { InvalidInput } from '../errors.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import { classWeightsOf } from '../linear/class-weights.ts';
import { classesOf, type Example, type LearningProblem } from '../problem.ts';
import type { TreesParameters } from './parameters.ts';

const NO_COLUMN = 'none';
const ENTRY = /^(.+)=(increasing|decreasing)$/;

/** A schema without the column that weighs rows. @throws InvalidInput `parameter` when that is no column of numbers */
export function withoutColumn(schema: InstanceSchema, weight: string): InstanceSchema {
  if (weight === NO_COLUMN) return schema;
  const { [weight]: own, ...fields } = schema.fields;
  if (own?.type === 'number') return { fields };
  const numbers = Object.keys(schema.fields).filter((field) => schema.fields[field]!.type === 'number');
  throw refused('sampleWeight', `'${weight}' is no column of numbers${didYouMean(weight, numbers)}`);
}

/**
 * How much each row counts: its class, times the number in the column that weighs rows. Undefined where all count alike.
 *
 * @throws InvalidInput `parameter` for weights of classes and no classes, or a row without a weight from 0 on
 */
export function rowWeights(
  task: LearningProblem,
  { fields }: InstanceSchema,
  train: readonly Example[],
  { classWeights, sampleWeight }: Pick<TreesParameters, 'classWeights' | 'sampleWeight'>,
): (examples: readonly Example[]) => Float64Array | undefined {
  if (classWeights === 'none' && sampleWeight === NO_COLUMN) return () => undefined;
  const ofColumn = sampleWeight !== NO_COLUMN && Object.hasOwn(fields, sampleWeight);
  const ofClass = classFactors(task, train, classWeights);
  return (examples) =>
    Float64Array.from(ofClass(examples), (factor, row) => {
      if (!ofColumn) return factor;
      const weight = examples[row]!.instance[sampleWeight];
      if (typeof weight === 'number' && weight >= 0) return factor * weight;
      throw refused(
        'sampleWeight',
        `a row has ${weight ?? 'nothing'} in '${sampleWeight}', not a number from 0 on`,
      );
    });
}

function classFactors(
  task: LearningProblem,
  train: readonly Example[],
  given: TreesParameters['classWeights'],
): (examples: readonly Example[]) => Float64Array {
  if (given === 'none') return ({ length }) => new Float64Array(length).fill(1);
  if (task.type === 'regression')
    throw refused('classWeights', 'are for classes, and this task learns a number');
  if (task.type === 'multilabel')
    throw refused('classWeights', 'are for one label each, and this task has several');
  const weights = classWeightsOf(given, task.labels, classesOf(train, task.labels));
  return (examples) => Float64Array.from(classesOf(examples, task.labels), (label) => weights[label]!);
}

/**
 * By column, 1 where the score may only rise with it and −1 where it may only fall; undefined where none is bound.
 *
 * @param monotone such as `hour=increasing`
 * @throws InvalidInput `parameter` for an entry of another form, no column of numbers, or more than two classes
 */
export function directionsOf(
  columns: readonly Column[],
  task: LearningProblem,
  monotone: readonly string[],
): Int8Array | undefined {
  if (monotone.length === 0) return undefined;
  if (task.type === 'multilabel' || (task.type === 'classification' && task.labels.length > 2))
    throw refused('monotone', `is for numbers and for two labels, and there are ${task.labels.length}`);
  const directions = new Int8Array(columns.length);
  const names = columns.map(({ kind, field }) => (kind === 'number' ? field : ''));
  for (const entry of monotone) {
    const [, name = '', direction] = ENTRY.exec(entry) ?? [];
    if (!direction) throw refused('monotone', `takes column=increasing or column=decreasing, not '${entry}'`);
    const at = names.indexOf(name);
    if (at < 0)
      throw refused('monotone', `names '${name}', which is no column of numbers${didYouMean(name, names)}`);
    directions[at] = direction === 'increasing' ? 1 : -1;
  }
  return directions;
}

const refused = (parameter: string, reason: string) =>
  new InvalidInput('parameter', `${parameter} ${reason}`);

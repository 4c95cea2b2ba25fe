import { z } from 'zod';
import { InvalidInput } from './errors.ts';
import type { Instance } from './instance/schema.ts';
import { labelsIn } from './label-sets.ts';
import type { DenseMatrix } from './matrix.ts';

const threshold = z.number().gt(0).lt(1).optional();

/**
 * What a model learns: which one of the labels an instance has, which of them, or a number. Its records are those of a task
 * (tasks/).
 */
export const problemSchema = z.discriminatedUnion('type', [
  z.strictObject({
    name: z.string(),
    type: z.literal('classification'),
    labels: z.array(z.string()).min(2),
    /** of two labels: the second is the answer from this probability on; without it where it is the more probable one */
    threshold,
  }),
  z.strictObject({
    name: z.string(),
    type: z.literal('multilabel'),
    labels: z.array(z.string()).min(2),
    /** a label is part of the answer from this probability on; 0.5 without it */
    threshold,
  }),
  z.strictObject({
    name: z.string(),
    type: z.literal('regression'),
    unit: z.string().optional(),
    /** of the numbers that there are; an answer of the model beyond them is the nearest of them */
    minimum: z.number().optional(),
    maximum: z.number().optional(),
  }),
]);

export type LearningProblem = z.infer<typeof problemSchema>;
export type ProblemType = LearningProblem['type'];

export type ClassificationProblem = Extract<LearningProblem, { type: 'classification' }>;
export type MultilabelProblem = Extract<LearningProblem, { type: 'multilabel' }>;

/** The labels that a model gives probabilities, in the order of its scores; undefined where it answers with a number. */
export const labelsOf = (task: LearningProblem): readonly string[] | undefined =>
  task.type === 'regression' ? undefined : task.labels;

/** Scores for each instance: a probability for each label, or the one number. */
export const scoresOf = (task: LearningProblem): number => labelsOf(task)?.length ?? 1;

/** Whether the answer to an instance can be this one: a label of the task, a set of them, or a number within its range. */
export function isTargetOf(task: LearningProblem, target: string | number): boolean {
  if (task.type === 'multilabel')
    return typeof target === 'string' && labelsIn(target).every((label) => task.labels.includes(label));
  if (task.type === 'classification') return typeof target === 'string' && task.labels.includes(target);
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = task;
  return typeof target === 'number' && target >= minimum && target <= maximum;
}

/** The number of the task that is nearest to another: at the end of its range when that is beyond it. */
export function nearestNumber(
  {
    minimum = Number.NEGATIVE_INFINITY,
    maximum = Number.POSITIVE_INFINITY,
  }: LearningProblem & { type: 'regression' },
  value: number,
): number {
  return Math.min(Math.max(value, minimum), maximum);
}

/** What a model says, kept to what its task has. */
export function withinTask(task: LearningProblem, scores: DenseMatrix): DenseMatrix {
  if (task.type !== 'regression') return scores;
  return { ...scores, values: scores.values.map((value) => nearestNumber(task, value)) };
}

/** An instance whose target is known. */
export interface Example {
  readonly instance: Instance;
  /** a label of the task; a set of them as one text, see `labelSet`; a number for regression */
  readonly target: string | number;
  /** labels that it also has: it is no example against those */
  readonly otherLabels?: readonly string[];
}

/** The column of each example's label. @throws InvalidInput `unknown-label` */
export function classesOf(examples: readonly Example[], labels: readonly string[]): Int32Array {
  const columns = new Map<string | number, number>(labels.map((label, column) => [label, column]));
  return Int32Array.from(examples, ({ target }, row) => {
    const column = columns.get(target);
    if (column !== undefined) return column;
    throw new InvalidInput('unknown-label', `'${target}' of example ${row}; there are ${labels.join(', ')}`);
  });
}

/** The columns of the labels of each example, whose target is a set of them. @throws InvalidInput `unknown-label` */
export function labelSetsOf(examples: readonly Example[], labels: readonly string[]): number[][] {
  const columns = new Map(labels.map((label, column) => [label, column]));
  return examples.map(({ target }, row) =>
    labelsIn(String(target)).map((label) => {
      const column = columns.get(label);
      if (column !== undefined) return column;
      throw new InvalidInput('unknown-label', `'${label}' of example ${row}; there are ${labels.join(', ')}`);
    }),
  );
}

/** The number of each example. @throws InvalidInput `targets` */
export function numbersOf(examples: readonly Example[]): Float64Array {
  return Float64Array.from(examples, ({ target }, row) => {
    if (typeof target === 'number' && Number.isFinite(target)) return target;
    throw new InvalidInput(
      'targets',
      `the target of example ${row} is ${target}, which is not a finite number`,
    );
  });
}

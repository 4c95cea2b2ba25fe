import type { LearningProblem } from '../ml/problem.ts';
import type { Task } from './task.ts';

type Regression = Extract<LearningProblem, { type: 'regression' }>;

/** What a model of a task learns: a number, one of the classes given, or any number of them (what is known of them, where a task names none). */
export function problemOf<Labels>(
  { name, target }: Pick<Task, 'name' | 'target'>,
  labels: Labels,
): Regression | { name: string; type: 'classification' | 'multilabel'; labels: Labels } {
  if (target.type !== 'regression') return { name, type: target.type, labels };
  const { unit, minimum, maximum } = target;
  return {
    name,
    type: 'regression',
    ...(unit !== null && { unit }),
    ...(minimum !== null && { minimum }),
    ...(maximum !== null && { maximum }),
  };
}

import type { LearningProblem } from '../ml/problem.ts';
import type { Task } from './task.ts';

type Regression = Extract<LearningProblem, { type: 'regression' }>;

/** What a model of a task learns: a number, or one of the classes given (what is known of them, where a task names none). */
export function problemOf<Labels>(
  { name, target }: Pick<Task, 'name' | 'target'>,
  labels: Labels,
): Regression | { name: string; type: 'classification'; labels: Labels } {
  if (target.type === 'classification') return { name, type: 'classification', labels };
  const { unit, minimum, maximum } = target;
  return {
    name,
    type: 'regression',
    ...(unit !== null && { unit }),
    ...(minimum !== null && { minimum }),
    ...(maximum !== null && { maximum }),
  };
}

import { z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { identifier, LIMITS } from '../../kernel/texts.ts';
import { labelSet } from '../../ml/label-sets.ts';
import { classesIn, faultOfLabel, unknownClassIn } from '../../tasks/labels.ts';
import type { Task } from '../../tasks/task.ts';
import type { ApiContext } from './settings.ts';

type Query = ApiContext['query'];

/** A label as a request gives it: of several labels a list. */
export const label = z.union([identifier, z.array(identifier).max(LIMITS.parameters), z.number()]);

/** Classes that a label may name: those of the task, or else those that there are. */
export async function classesOf(query: Query, task: Task): Promise<readonly string[]> {
  if ('labels' in task.target && task.target.labels) return task.target.labels;
  const rows = await query<{ label: string }>('labels/classes', { task: task.name });
  return classesIn(
    task,
    rows.map(({ label }) => label),
  );
}

/** INPUT_INVALID for a class that no sample has: a misspelt one would be another class. */
export async function assertKnown(query: Query, task: Task, label: string | number): Promise<void> {
  const known = await classesOf(query, task);
  const unknown = unknownClassIn(task, label, known);
  if (unknown === undefined) return;
  throw new EpochlogError(
    'INPUT_INVALID',
    `body.label: no sample of ${task.name} is '${unknown}'; ${suggestion(unknown, known)} Send newClass: true if it is a class of its own`,
  );
}

/** What a label is in an event; INPUT_INVALID where the task cannot learn it. */
export function targetOf(task: Task, given: z.infer<typeof label>, where: string): string | number {
  const target = Array.isArray(given) ? labelSet(given) : given;
  const isMisplaced = Array.isArray(given) && task.target.type !== 'multilabel';
  const fault = isMisplaced
    ? `${task.name} has one label for a sample, not a list`
    : faultOfLabel(task, target);
  if (fault === undefined) return target;
  throw new EpochlogError('INPUT_INVALID', `${where}: ${fault}`);
}

import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { identifier } from '../../kernel/texts.ts';
import { labelSet } from '../../ml/label-sets.ts';
import { NUMBER } from '../../ml/records/csv.ts';
import { declaredModels, declaredTasks } from '../../operations/declared.ts';
import type { Session } from '../../operations/session.ts';
import { classesIn, faultOfLabel, unknownClassIn } from '../../tasks/labels.ts';
import { taskNamed } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import { checked } from '../arguments.ts';

/** The task of a declared model. NOT_FOUND for a model that is not declared. */
export async function taskOf({ events }: Pick<Session, 'events'>, model: string): Promise<Task> {
  const models = await declaredModels(events);
  const declared = models.get(model);
  if (declared) return taskNamed(await declaredTasks(events), declared.task);
  throw new EpochlogError('NOT_FOUND', `there is no model ${model}; ${suggestion(model, models.keys())}`);
}

/** Classes that a label may name: those of the task, or else those that samples have; none of a number. */
export async function classesOf({ query }: Session, task: Task): Promise<readonly string[]> {
  if ('labels' in task.target && task.target.labels) return task.target.labels;
  const rows = await query<{ label: string }>('labels/classes', { task: task.name });
  return classesIn(
    task,
    rows.map(({ label }) => label),
  );
}

/** The label in an argument. INPUT_INVALID where the task cannot learn it. */
export function labelIn(task: Task, text: string): string | number {
  const target = readAs(task.target.type, text);
  const fault = faultOfLabel(task, target);
  if (fault === undefined) return target;
  throw new EpochlogError('INPUT_INVALID', fault);
}

function readAs(type: Task['target']['type'], text: string): string | number {
  if (type === 'regression') return NUMBER.test(text) ? Number(text) : text;
  if (type === 'classification') return checked('label', identifier)(text);
  const labels = text.split(',').map((label) => label.trim());
  return labelSet(labels.filter((label) => label !== ''));
}

/** INPUT_INVALID for a class that no sample has: a misspelt one would be another class. */
export async function assertClass(session: Session, task: Task, label: string | number): Promise<void> {
  if (task.target.type === 'regression' || task.target.labels) return; // the curator knows those
  await session.quiet();
  const known = await classesOf(session, task);
  const unknown = unknownClassIn(task, label, known);
  if (unknown === undefined) return;
  throw new EpochlogError(
    'INPUT_INVALID',
    `no sample of ${task.name} is '${unknown}'; ${suggestion(unknown, known)} Add --new-class if it is a class of its own`,
  );
}

/** What `--expected-labels` takes. */
export function wholeNumber(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new EpochlogError(
    'INPUT_INVALID',
    `--expected-labels takes a whole number from 0 to 999, not '${text}'`,
  );
}

import { EpochlogError } from '../kernel/errors.ts';
import { suggestion } from '../kernel/nearest.ts';
import { declaredTask } from './declared/declared.ts';
import type { Task } from './task.ts';

interface Declaration {
  readonly task: string;
  /** the whole YAML file */
  readonly file: string;
}

/** The tasks that a service knows: those that come with epochlog, and those that were declared. */
export type Tasks = ReadonlyMap<string, Task>;

/**
 * The tasks after a declaration. One that is invalid, or has the name of a task with code, changes nothing: who declares
 * is told before, and an event must not stop a service.
 */
export function withDeclared(tasks: Tasks, shipped: Tasks, { task: name, file }: Declaration): Tasks {
  if (shipped.has(name)) return tasks;
  try {
    return new Map(tasks).set(name, declaredTask(`${name}.yaml`, file));
  } catch (error) {
    if (error instanceof EpochlogError) return tasks;
    throw error;
  }
}

/** The tasks after these declarations, in their order. */
export const withAllDeclared = (shipped: Tasks, declarations: readonly Declaration[]): Tasks =>
  declarations.reduce<Tasks>((tasks, declaration) => withDeclared(tasks, shipped, declaration), shipped);

/** The task of a name; TASK_UNKNOWN names those that there are. */
export function taskNamed(tasks: Tasks, name: string): Task {
  const task = tasks.get(name);
  if (task) return task;
  throw new EpochlogError(
    'TASK_UNKNOWN',
    `there is no task '${name}'; ${suggestion(name, tasks.keys())} Declare one with \`epochlog task declare FILE.yaml\``,
  );
}

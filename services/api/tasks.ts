import type { NamedQuery } from '../../kernel/ports/warehouse.ts';
import { jsonSchemaOf } from '../../ml/instance/json-schema.ts';
import type { EventReader } from '../../schemas/catalogue.ts';
import { loadTasks } from '../../tasks/load.ts';
import { type Tasks, withDeclared } from '../../tasks/registry.ts';

/** The tasks that come with epochlog. */
export const shipped: Tasks = await loadTasks();

/** These, and those that were declared, as the projections have them. */
export async function projectedTasks(query: NamedQuery): Promise<Tasks> {
  const declared = await query<{ task: string; file: string }>('models/tasks', {});
  return declared.reduce<Tasks>((known, row) => withDeclared(known, shipped, row), shipped);
}

/** The same by the log itself: a task that was declared a moment ago is there. */
export async function loggedTasks(events: EventReader): Promise<Tasks> {
  let tasks = shipped;
  for await (const { data } of events.scan(['TaskDeclared'])) tasks = withDeclared(tasks, shipped, data);
  return tasks;
}

/** What an instance of each task is, for the documentation of the API. */
export const documentedInstances = (tasks: Tasks): Record<string, object> =>
  Object.fromEntries(
    Array.from(tasks.values(), ({ name, description, schema }) => [
      name,
      { title: `an instance of ${name}`, description, ...jsonSchemaOf(schema) },
    ]),
  );

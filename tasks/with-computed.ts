import type { FieldValue, Instance } from '../ml/instance/schema.ts';
import type { Fields } from './rows.ts';
import type { ReadRecord, Task } from './task.ts';

/** Numbers that were computed of other records when a dataset was sealed, with what they are of. */
export type Computed = readonly (readonly [name: string, what: string])[];

/**
 * A task whose rows have numbers beside its columns: those that a version was trained with, and that its task alone does not
 * say. A file must have them, since a record by itself does not show the records before it: as columns of a table, or in each line
 * of JSON. An empty cell, or null, says that there was no earlier record.
 *
 * @param computed of the schema of a package, or of several
 */
export function withComputed(task: Task, computed: Computed): Task {
  if (computed.length === 0) return task;
  const names = computed.map(([name]) => name);
  const { columns } = task;
  return {
    ...task,
    columns: {
      ...columns,
      types: { ...columns.types, ...Object.fromEntries(names.map((name) => [name, 'number'])) },
      required: [...columns.required, ...names],
      empty: names,
      meanings: Object.fromEntries(computed.map(([name, what]) => [name, adviceOn(what)])),
    },
    read: (row) => withNumbers(row, task.read(without(row, names)), computed),
    clean: (instance) => ({
      ...task.clean(without(instance, names) as Instance),
      ...only(instance, names),
    }),
  };
}

const adviceOn = (what: string): string => `the ${what}; empty where there is none`;

function withNumbers(row: Fields, read: ReadRecord, computed: Computed): ReadRecord {
  if (!read.record) return read;
  const numbers: Record<string, FieldValue> = {};
  for (const [name, what] of computed) {
    const value = row[name];
    if (value === undefined)
      return fault(`${name} is not there: give the ${what}, or null where there is none`);
    if (value !== null && (typeof value !== 'number' || !Number.isFinite(value)))
      return fault(`${name} must be a number, not ${JSON.stringify(value)?.slice(0, 100)}`);
    numbers[name] = value;
  }
  return { record: { ...read.record, instance: { ...read.record.instance, ...numbers } } };
}

const fault = (reason: string): ReadRecord => ({ fault: { code: 'invalid', reason } });

const without = (row: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));

const only = (instance: Instance, names: readonly string[]): Instance =>
  Object.fromEntries(names.flatMap((name) => (name in instance ? [[name, instance[name]!]] : [])));

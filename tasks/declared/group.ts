import { labelFault, labelSet, labelsIn } from '../../ml/label-sets.ts';
import type { Task } from '../task.ts';
import type { TaskFile } from './schema.ts';
import { textIn, Unreadable } from './unreadable.ts';

/** The column that says which groups a record is in; undefined where the task has none. */
export const groupColumn = ({ group }: Pick<TaskFile, 'group'>): string | undefined =>
  typeof group === 'string' ? group : group?.column;

/**
 * The group in a row, null without one. Several are one text, as several labels are: in alphabetical order with `|` between them.
 *
 * @throws Unreadable
 */
export function groupIn(
  row: Readonly<Record<string, unknown>>,
  { group }: Pick<TaskFile, 'group'>,
): string | null {
  if (group === undefined) return null;
  if (typeof group === 'string') return textIn(row, group);
  const { column, separator } = group;
  const value = row[column] ?? null;
  if (value === null) return null;
  const given = typeof value === 'string' ? value.split(separator) : value;
  if (!Array.isArray(given) || !given.every((name) => typeof name === 'string')) {
    throw new Unreadable(
      'wrong_type',
      `${column} must be a list of groups, or a text with '${separator}' between them`,
    );
  }
  const names = given.map((name) => name.trim()).filter((name) => name !== '');
  const fault = names.map(labelFault).find((found) => found !== undefined);
  if (fault !== undefined) throw new Unreadable('bad_group', `${column}: ${fault.slice(0, 200)}`);
  return names.length === 0 ? null : labelSet(names);
}

/** Of a task whose records may be in several groups, those of a sample. */
export const groupsOfFile = ({ group }: Pick<TaskFile, 'group'>): Pick<Task, 'groupsOf'> =>
  typeof group === 'object'
    ? { groupsOf: (sample) => (sample.group === null ? [] : labelsIn(sample.group)) }
    : {};

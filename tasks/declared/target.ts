import { labelFault, labelSet, labelsIn } from '../../ml/label-sets.ts';
import type { Fault, Target } from '../task.ts';
import type { TaskFile } from './schema.ts';
import { textIn, Unreadable } from './unreadable.ts';

/** What a task file says is learnt. */
export function targetOf({ target }: TaskFile): Target {
  if ('classes' in target) {
    return { type: 'classification', labels: target.classes === 'from data' ? null : target.classes };
  }
  if ('labels' in target)
    return { type: 'multilabel', labels: target.labels === 'from data' ? null : target.labels };
  const { unit = null, minimum = null, maximum = null } = target;
  return { type: 'regression', unit, minimum, maximum };
}

/** The target in a row, null where it is not known. @throws Unreadable */
export function targetIn(
  row: Readonly<Record<string, unknown>>,
  target: TaskFile['target'],
): string | number | null {
  if ('classes' in target) return textIn(row, target.column);
  if ('labels' in target) return labelsOfRow(row, target);
  const value = row[target.column] ?? null;
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new Unreadable(
    'wrong_type',
    `${target.column} must be a number, not ${JSON.stringify(value).slice(0, 60)}`,
  );
}

/** Labels in a list, or in a text with a separator between them; null where nothing is known of them. */
function labelsOfRow(
  row: Readonly<Record<string, unknown>>,
  { column, separator }: Extract<TaskFile['target'], { labels: unknown }>,
): string | null {
  const value = row[column] ?? null;
  if (value === null) return null;
  const given = typeof value === 'string' ? value.split(separator) : value;
  if (!Array.isArray(given) || !given.every((label) => typeof label === 'string')) {
    throw new Unreadable(
      'wrong_type',
      `${column} must be a list of labels, or a text with '${separator}' between them`,
    );
  }
  const labels = given.map((label) => label.trim()).filter((label) => label !== '');
  const fault = labels.map(labelFault).find((found) => found !== undefined);
  if (fault !== undefined) throw new Unreadable('bad_label', `${column}: ${fault.slice(0, 200)}`);
  return labelSet(labels);
}

/** Why a target cannot be learnt from; undefined when it can. */
export function targetFault(target: string | number | null, declared: TaskFile['target']): Fault | undefined {
  if (target === null) return { code: 'no_target', reason: `${declared.column} is empty` };
  if ('classes' in declared) {
    if (declared.classes === 'from data' || declared.classes.includes(String(target))) return undefined;
    return unknownLabel(String(target), declared.classes);
  }
  if ('labels' in declared) {
    const { labels } = declared;
    if (labels === 'from data') return undefined;
    const unknown = labelsIn(String(target)).find((label) => !labels.includes(label));
    return unknown === undefined ? undefined : unknownLabel(unknown, labels);
  }
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY, column } = declared;
  if (Number(target) >= minimum && Number(target) <= maximum) return undefined;
  return { code: 'target_out_of_range', reason: `${column} is ${target}, not from ${minimum} to ${maximum}` };
}

const unknownLabel = (label: string, known: readonly string[]): Fault => ({
  code: 'unknown_label',
  reason: `'${label.slice(0, 60)}' is not one of ${known.join(', ')}`,
});

import { suggestion } from '../kernel/nearest.ts';
import { labelFault, labelSet, labelsIn } from '../ml/label-sets.ts';
import type { Target, Task } from './task.ts';

/** What is wrong with a label that a person gives to a sample of a task; undefined where it can be learnt. */
export function faultOfLabel({ name, target: learnt }: Task, label: string | number): string | undefined {
  if (learnt.type === 'regression') return faultOfNumber(name, learnt, label);
  if (typeof label === 'number') return `${name} has classes: give one of them, not the number ${label}`;
  const { labels, type } = learnt;
  const given = type === 'multilabel' ? labelsIn(label) : [label];
  if (type === 'multilabel' && labelSet(given) !== label)
    return `'${label.slice(0, 60)}' is no set of labels: write them in alphabetical order with a bar between them`;
  const fault = given.map(labelFault).find((found) => type === 'multilabel' && found !== undefined);
  if (fault !== undefined) return fault;
  if (type === 'classification' && label === '') return 'the label is empty';
  const unknown = labels && given.find((one) => !labels.includes(one));
  return unknown
    ? `${name} has no class '${unknown.slice(0, 60)}'; ${suggestion(unknown, labels)}`
    : undefined;
}

function faultOfNumber(
  name: string,
  { minimum, maximum }: Extract<Target, { type: 'regression' }>,
  label: string | number,
): string | undefined {
  if (typeof label === 'string') return `the target of ${name} is a number, not '${label.slice(0, 60)}'`;
  const [least, most] = [minimum ?? Number.NEGATIVE_INFINITY, maximum ?? Number.POSITIVE_INFINITY];
  return Number.isFinite(label) && label >= least && label <= most
    ? undefined
    : `the target of ${name} is a number from ${least} to ${most}, not ${label}`;
}

/** A label that the task would take, whatever it means: with it a record tells whether it lacks nothing else. */
export function anyLabelOf({ target }: Task): string | number {
  if (target.type === 'regression') return target.minimum ?? target.maximum ?? 0;
  return target.labels?.[0] ?? 'label';
}

/** The classes in texts that samples of a task have as labels, each once; none of a number. */
export function classesIn({ target: { type } }: Task, labels: readonly string[]): string[] {
  if (type === 'regression') return [];
  return [...new Set(type === 'multilabel' ? labels.flatMap(labelsIn) : labels)].sort();
}

/** A class of a label that is none of the known ones: it may be misspelt. */
export const unknownClassIn = (task: Task, label: string | number, known: readonly string[]) =>
  typeof label === 'number' ? undefined : classesIn(task, [label]).find((one) => !known.includes(one));

/*
 * A target of several labels is one text: its labels in alphabetical order with a bar between them, such as `billing|urgent`; of no
 * label it is empty. So equal sets are equal texts, wherever a target or an answer is kept.
 */

const BAR = '|';

/** Stands for all sets that are not named, where sets are counted. */
export const OTHER_SETS = 'all others|';

/** The text of a set of labels, whatever their order, each once. */
export const labelSet = (labels: Iterable<string>): string => [...new Set(labels)].sort().join(BAR);

/** The labels of a set. */
export const labelsIn = (set: string): string[] => (set === '' ? [] : set.split(BAR));

/** Why a text cannot be one of several labels; undefined when it can. */
export function labelFault(label: string): string | undefined {
  if (label === '') return 'a label is empty';
  return label.includes(BAR) ? `'${label}' holds the bar that is between labels` : undefined;
}

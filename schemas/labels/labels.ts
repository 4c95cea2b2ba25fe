import type {
  LabelCorrected,
  LabelCorrectionUndone,
  LabelRecorded,
  LabelSourceChanged,
} from '../events.generated.ts';

/** The facts that say which labels a sample has beside that of its source. */
export const LABEL_FACTS = [
  'LabelRecorded',
  'LabelCorrected',
  'LabelCorrectionUndone',
  'LabelSourceChanged',
] as const;

/** Such a fact. */
export type LabelFact =
  | { type: 'LabelRecorded'; data: LabelRecorded }
  | { type: 'LabelCorrected'; data: LabelCorrected }
  | { type: 'LabelCorrectionUndone'; data: LabelCorrectionUndone }
  | { type: 'LabelSourceChanged'; data: LabelSourceChanged };

/** A class, a set of labels as one text, or a number. */
export type Label = string | number;

/** What is known of the label of a sample that was corrected, or that people have labelled. */
export interface SampleLabels {
  /** of its source; null where it has none */
  readonly original: Label | null;
  /** which replaces that of the source; null where nothing does */
  readonly corrected: Label | null;
  /** of people, one each, in the order in which they were given */
  readonly votes: readonly Vote[];
}

export interface Vote {
  readonly annotator: string;
  readonly target: Label;
}

/** Folds a fact of one sample. */
export function withLabelFact(before: SampleLabels | undefined, { type, data }: LabelFact): SampleLabels {
  const { original = null, corrected = null, votes = [] } = before ?? {};
  switch (type) {
    case 'LabelRecorded': {
      const { requestedBy: annotator, target } = data;
      const others = votes.filter((vote) => vote.annotator !== annotator);
      return { original: data.original, corrected, votes: [...others, { annotator, target }] };
    }
    case 'LabelCorrected':
      return { original: data.original, corrected: data.target, votes };
    case 'LabelCorrectionUndone':
      return { original, corrected: null, votes };
    case 'LabelSourceChanged':
      return { original: data.original, corrected: null, votes };
  }
}

/** How the label of a dataset follows from all that were given to a sample. */
export interface LabelRule {
  /** people who must have labelled it before their label counts */
  readonly minimumLabels: number;
  /** original or excluded */
  readonly labelTies: string;
}

/**
 * The label that a sample has in a dataset. Of enough people: the class that most of them gave, or the median of their numbers.
 * Of fewer, or where as many say one class as another and ties are for the original: the corrected label, or else that of the
 * source. Undefined where the sample is left out.
 */
export function labelOf(
  { original, corrected, votes }: SampleLabels,
  { minimumLabels, labelTies }: LabelRule,
): Label | undefined {
  const own = corrected ?? original ?? undefined;
  if (votes.length === 0 || votes.length < minimumLabels) return own;
  const numbers = votes.flatMap(({ target }) => (typeof target === 'number' ? [target] : []));
  if (numbers.length === votes.length) return medianOf(numbers);
  const [first, second] = [...Map.groupBy(votes, ({ target }) => target)].sort(
    ([, one], [, other]) => other.length - one.length,
  );
  const isTie = second !== undefined && second[1].length === first![1].length;
  if (!isTie) return first![0];
  return labelTies === 'excluded' ? undefined : own;
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The label that a sample without one of its source is accepted with: that of most people, of several the one given first. */
export function firstLabelOf({ votes }: SampleLabels): Label | undefined {
  let best: { target: Label; count: number } | undefined;
  for (const [target, { length: count }] of Map.groupBy(votes, (vote) => vote.target))
    if (!best || count > best.count) best = { target, count };
  return best?.target;
}

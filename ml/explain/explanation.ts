import { InvalidInput } from '../errors.ts';
import type { FieldValue, Instance } from '../instance/schema.ts';
import { type LearningProblem, labelsOf } from '../problem.ts';

/** What one feature of an instance adds to the score. */
export interface Contribution {
  /** a field, or a term of a text */
  readonly feature: string;
  readonly value: FieldValue;
  readonly contribution: number;
}

/** Why a model answers what it does: `base` and all contributions add up to `score`, but for the method `occlusion`. */
export interface Explanation {
  readonly method: 'linear' | 'tree-shap' | 'sampled-shapley' | 'occlusion';
  /** that is explained; null of a number */
  readonly label: string | null;
  /**
   * Of `linear` and `tree-shap` the log-odds of the label: its logit, less the mean of the other labels' ones where only one can be
   * right; of the other methods its
   * probability. Of a number the number.
   */
  readonly score: number;
  readonly base: number;
  /** the largest first, by absolute value */
  readonly contributions: readonly Contribution[];
}

/** What each feature of an instance adds to each logit (one column for each label), or to the number. */
export interface Margins {
  readonly base: Float64Array;
  readonly parts: readonly {
    readonly feature: string;
    readonly value: FieldValue;
    readonly margins: Float64Array;
  }[];
}

/** Explains a model from the inside, exactly. */
export interface MarginExplainer {
  readonly method: 'linear' | 'tree-shap';
  /** @param instance valid and clean */
  marginsOf(instance: Instance): Margins;
}

/**
 * @param label one of the task; without it the one that is answered, of several the most probable one
 * @throws InvalidInput `label` when there is none of that name
 */
export function explain(
  explainer: MarginExplainer,
  task: LearningProblem,
  instance: Instance,
  label?: string,
): Explanation {
  const { base, parts } = explainer.marginsOf(instance);
  const totals = base.map((start, score) => parts.reduce((sum, { margins }) => sum + margins[score]!, start));
  const chosen = label === undefined ? answeredColumn(task, totals) : columnOf(task, label);
  const odds = (margins: Float64Array) =>
    task.type === 'multilabel' ? margins[chosen]! : oddsOf(margins, chosen);
  return {
    method: explainer.method,
    label: labelsOf(task)?.[chosen] ?? null,
    score: odds(totals),
    base: odds(base),
    contributions: ranked(
      parts.map(({ feature, value, margins }) => ({ feature, value, contribution: odds(margins) })),
    ),
  };
}

/** The column that is answered: by a threshold of two labels, else that of the largest logit. */
function answeredColumn(task: LearningProblem, logits: Float64Array): number {
  if (task.type !== 'classification' || task.threshold === undefined)
    return logits.indexOf(Math.max(...logits));
  return Number(1 / (1 + Math.exp(logits[0]! - logits[1]!)) >= task.threshold);
}

/** The column of a label. @throws InvalidInput `label` */
export function columnOf(task: LearningProblem, label: string): number {
  if (task.type === 'regression')
    throw new InvalidInput('label', `the model answers with a number: it has no label '${label}'`);
  const column = task.labels.indexOf(label);
  if (column >= 0) return column;
  throw new InvalidInput('label', `there is no label '${label}'; there are: ${task.labels.join(', ')}`);
}

/** The logit of a label less the mean of the others: of two labels the log-odds. */
function oddsOf(margins: Float64Array, chosen: number): number {
  const own = margins[chosen]!;
  if (margins.length === 1) return own;
  const total = margins.reduce((sum, margin) => sum + margin, 0);
  return own - (total - own) / (margins.length - 1);
}

export const ranked = (contributions: readonly Contribution[]): Contribution[] =>
  contributions.toSorted(
    (a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || (a.feature < b.feature ? -1 : 1),
  );

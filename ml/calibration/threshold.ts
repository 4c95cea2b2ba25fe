import { InvalidInput } from '../errors.ts';
import type { DenseMatrix } from '../matrix.ts';
import { classesOf, type Example, type LearningProblem, labelSetsOf } from '../problem.ts';

/** What a threshold is tuned for: F1, Youden's J (recall + specificity − 1), or the least cost of errors. */
export const TUNED_FOR = ['f1', 'youden', 'cost'] as const;
export type TunedFor = (typeof TUNED_FOR)[number];

/** How a model decides, as the parameters of its engine say it. */
export interface DecisionParameters {
  /** a probability, what it is tuned for, or even: the more probable answer */
  readonly threshold: number | TunedFor | 'even';
  /** of a label that is missed, where one that is given wrongly costs 1 */
  readonly falseNegativeCost: number;
}

/**
 * What the parameters of an engine say of decisions; undefined where they say nothing.
 *
 * @throws InvalidInput `parameter` where there is no threshold: of a number, or of one of more than two labels
 */
export function decisionOf(
  parameters: Readonly<Record<string, unknown>>,
  task: LearningProblem,
): DecisionParameters | undefined {
  const { threshold = 'even', falseNegativeCost = 1 } = parameters as Partial<DecisionParameters>;
  if (threshold === 'even') return undefined;
  if (task.type === 'multilabel' || (task.type === 'classification' && task.labels.length === 2))
    return { threshold, falseNegativeCost };
  const what = task.type === 'regression' ? 'a number' : `one of ${task.labels.length} labels`;
  throw new InvalidInput(
    'parameter',
    `threshold is for two labels, or for several at once, and this model answers with ${what}: leave it out`,
  );
}

/**
 * The task with the threshold that was asked for: as given, or tuned on these examples. Of several labels every decision on one
 * counts alike, and all have one threshold.
 *
 * @param scores a row of probabilities for each example
 */
export function withThreshold(
  task: LearningProblem,
  scores: DenseMatrix,
  examples: readonly Example[],
  parameters: Readonly<Record<string, unknown>>,
): LearningProblem {
  const decision = decisionOf(parameters, task);
  if (!decision || task.type === 'regression') return task;
  const { threshold, falseNegativeCost } = decision;
  if (typeof threshold === 'number') return { ...task, threshold };
  if (threshold === 'even') return task;
  const { probabilities, isPositive } = decisionsIn(task, scores, examples);
  return { ...task, threshold: tunedThreshold(probabilities, isPositive, threshold, falseNegativeCost) };
}

function decisionsIn(
  task: Exclude<LearningProblem, { type: 'regression' }>,
  { columns, values }: DenseMatrix,
  examples: readonly Example[],
): { probabilities: Float64Array; isPositive: Uint8Array } {
  if (task.type === 'classification') {
    const isPositive = Uint8Array.from(classesOf(examples, task.labels));
    return { probabilities: Float64Array.from(isPositive, (_, row) => values[2 * row + 1]!), isPositive };
  }
  const isPositive = new Uint8Array(values.length);
  for (const [row, own] of labelSetsOf(examples, task.labels).entries())
    for (const column of own) isPositive[row * columns + column] = 1;
  return { probabilities: Float64Array.from(values), isPositive };
}

const SMALLEST = 1e-6;

/**
 * The probability from which on to answer yes, so that these decisions are the best: half-way between the lowest probability that
 * is answered yes and the highest that is not. Of thresholds that are as good the one nearest 0.5 is taken.
 *
 * @returns 0.5 where one side has no example, and nothing can be told
 */
export function tunedThreshold(
  probabilities: Float64Array,
  isPositive: Uint8Array,
  rule: TunedFor,
  falseNegativeCost = 1,
): number {
  const positives = isPositive.reduce((sum, is) => sum + is, 0);
  const negatives = isPositive.length - positives;
  if (positives === 0 || negatives === 0) return 0.5;
  const order = Int32Array.from(probabilities.keys()).sort((a, b) => probabilities[b]! - probabilities[a]!);
  const gainOf = (hits: number, alarms: number): number => {
    if (rule === 'f1') return (2 * hits) / (hits + alarms + positives);
    if (rule === 'youden') return hits / positives - alarms / negatives;
    return -(alarms + falseNegativeCost * (positives - hits));
  };
  const highest = probabilities[order[0]!]!;
  const canRefuseAll = highest < 1 - SMALLEST;
  let best = { gain: canRefuseAll ? gainOf(0, 0) : -Infinity, threshold: middle(1, highest) };
  let hits = 0;
  for (const [place, row] of order.entries()) {
    hits += isPositive[row]!;
    const [own, next] = [probabilities[row]!, probabilities[order[place + 1] ?? -1] ?? 0];
    if (own === next && place + 1 < order.length) continue; // equal ones are answered alike
    if (own < SMALLEST) break; // no threshold is as low
    const gain = gainOf(hits, place + 1 - hits);
    const threshold = middle(own, next);
    const isNearer = gain === best.gain && Math.abs(threshold - 0.5) < Math.abs(best.threshold - 0.5);
    if (gain > best.gain || isNearer) best = { gain, threshold };
  }
  return best.threshold;
}

/** Half-way, and within what a threshold may be. */
const middle = (high: number, low: number): number =>
  Math.min(Math.max((high + low) / 2, SMALLEST), 1 - SMALLEST);

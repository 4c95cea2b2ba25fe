import { answeredClasses, thresholdOf } from '../answers.ts';
import type { DenseMatrix } from '../matrix.ts';
import { bootstrapIntervals } from '../metrics/intervals.ts';
import { labelOutcomesOf } from '../metrics/multilabel.ts';
import {
  type ClassificationProblem,
  classesOf,
  type Example,
  type LearningProblem,
  labelSetsOf,
  type MultilabelProblem,
  numbersOf,
} from '../problem.ts';

/** Fewer samples of a group say too little of it. */
const MIN_SAMPLES = 20;

/** One group of samples. */
export interface GroupRates {
  readonly group: string;
  readonly samples: number;
  /** of a classifier the accuracy, of a number the mean absolute error */
  readonly quality: number;
  /** by label: the share of samples that are predicted as it; of a number its mean, under `mean` */
  readonly predicted: Readonly<Record<string, number>>;
  /** by label: the share of its samples that are predicted as it; none of a number */
  readonly recall: Readonly<Record<string, number>>;
}

/** How differently a model treats the groups of a field. */
export interface Fairness {
  readonly field: string;
  readonly groups: readonly GroupRates[];
  /** groups of fewer than 20 samples, which are left out */
  readonly tooSmall: readonly string[];
  readonly demographicParity: number;
  /** null of a number, and where no label has samples in two groups */
  readonly equalOpportunity: number | null;
  /** 95 %, by the bootstrap, of the difference between the two groups, in the label, that differ most */
  readonly intervals: Readonly<Record<string, readonly [number, number]>>;
}

/**
 * Demographic parity and equal opportunity of the groups of a field (Hardt, Price and Srebro 2016). Demographic parity: the
 * largest difference between two groups in the share of samples that get a label; equal opportunity: the same of the share of a
 * label's own samples that get it (recall). Of two labels the second counts; of more the label with the largest difference.
 * Of a number: the difference of the mean answers. 0 is equal.
 *
 * @param groupOf the group of each sample; null leaves it out
 * @returns undefined unless two groups have 20 samples or more
 */
export async function fairnessOf(
  field: string,
  groupOf: readonly (string | null)[],
  task: LearningProblem,
  scores: DenseMatrix,
  examples: readonly Example[],
): Promise<Fairness | undefined> {
  const sizes = Map.groupBy(
    groupOf.filter((group) => group !== null),
    (group) => group,
  );
  const groups = [...sizes.keys()].filter((group) => sizes.get(group)!.length >= MIN_SAMPLES).sort();
  if (groups.length < 2) return undefined;
  const numbers = new Map(groups.map((group, at) => [group, at]));
  const own = Int32Array.from(groupOf, (group) => numbers.get(group ?? '') ?? -1);
  const rates = ratesOf(task, scores, examples);
  const ratesBy = (weights: Float64Array) =>
    groups.map((group, at) => ({
      group,
      ...rates(weights.map((weight, row) => (own[row] === at ? weight : 0))),
    }));
  const counted = ratesBy(new Float64Array(examples.length).fill(1));
  const labels = comparedLabels(task);
  const parity = widest(labels, counted, 'predicted');
  const opportunity = widest(labels, counted, 'recall');
  const { lower, upper } = await bootstrapIntervals((weights) => {
    const again = ratesBy(weights);
    return {
      ...gapAgain('demographicParity', parity, again),
      ...gapAgain('equalOpportunity', opportunity, again),
    };
  }, examples.length);
  return {
    field,
    groups: counted,
    tooSmall: [...sizes.keys()].filter((group) => !numbers.has(group)).sort(),
    demographicParity: parity?.difference ?? 0,
    equalOpportunity: opportunity?.difference ?? null,
    intervals: Object.fromEntries(
      Object.keys(lower).map((name) => [name, [lower[name]!, upper[name]!] as const]),
    ),
  };
}

/** Of two classes the second alone: the rates of the first say the same. */
function comparedLabels(task: LearningProblem): readonly string[] {
  if (task.type === 'regression') return ['mean'];
  const { type, labels } = task;
  return type === 'classification' && labels.length === 2 ? labels.slice(1) : labels;
}

function ratesOf(task: LearningProblem, scores: DenseMatrix, examples: readonly Example[]): Rates {
  if (task.type === 'regression') return numberRates(scores, examples);
  return task.type === 'multilabel' ? setRates(task, scores, examples) : labelRates(task, scores, examples);
}

type Rates = (weights: Float64Array) => Omit<GroupRates, 'group'>;

/** The largest difference of a rate between two groups. */
interface Gap {
  readonly of: 'predicted' | 'recall';
  readonly label: string;
  /** places of the groups with the highest and the lowest rate */
  readonly high: number;
  readonly low: number;
  readonly difference: number;
}

/** Undefined where no label has a rate in two groups. */
function widest(labels: readonly string[], groups: readonly GroupRates[], of: Gap['of']): Gap | undefined {
  const gaps = labels.flatMap((label) => {
    const known = groups.flatMap((group, at) => {
      const rate = group[of][label];
      return rate === undefined ? [] : [{ at, rate }];
    });
    if (known.length < 2) return [];
    const [low, high] = [
      known.reduce((a, b) => (b.rate < a.rate ? b : a)),
      known.reduce((a, b) => (b.rate > a.rate ? b : a)),
    ];
    return [{ of, label, high: high.at, low: low.at, difference: high.rate - low.rate }];
  });
  return gaps.reduce<Gap | undefined>(
    (most, gap) => (most && most.difference >= gap.difference ? most : gap),
    undefined,
  );
}

/** The same difference, of the same label and groups, in other samples: the largest of all would be biased upwards. */
function gapAgain(name: string, gap: Gap | undefined, groups: readonly GroupRates[]): Record<string, number> {
  if (!gap) return {};
  const [high, low] = [groups[gap.high]![gap.of][gap.label], groups[gap.low]![gap.of][gap.label]];
  return high === undefined || low === undefined ? {} : { [name]: high - low };
}

/** Of several labels: each by itself; the quality is the share of the labels of samples that are right. */
function setRates(task: MultilabelProblem, scores: DenseMatrix, examples: readonly Example[]): Rates {
  const { labels } = task;
  const { actual, predicted, wrong } = labelOutcomesOf(
    scores,
    labelSetsOf(examples, labels),
    thresholdOf(task),
  );
  return (weights) => {
    const [answers, own, right] = [0, 0, 0].map(() => new Float64Array(labels.length));
    let [samples, errors] = [0, 0];
    for (const [row, weight] of weights.entries()) {
      if (weight === 0) continue;
      samples += weight;
      errors += weight * wrong[row]!;
      for (let label = 0; label < labels.length; label++) {
        const at = row * labels.length + label;
        answers![label]! += weight * predicted[at]!;
        own![label]! += weight * actual[at]!;
        right![label]! += weight * actual[at]! * predicted[at]!;
      }
    }
    return {
      samples,
      quality: samples === 0 ? 0 : 1 - errors / (samples * labels.length),
      predicted: samples === 0 ? {} : byLabel(labels, (label) => answers![label]! / samples),
      recall: byLabel(labels, (label) => (own![label] === 0 ? undefined : right![label]! / own![label]!)),
    };
  };
}

function labelRates(task: ClassificationProblem, scores: DenseMatrix, examples: readonly Example[]): Rates {
  const { labels } = task;
  const actual = classesOf(examples, labels);
  const predicted = answeredClasses(task, scores);
  return (weights) => {
    const [answers, own, right] = [0, 0, 0].map(() => new Float64Array(labels.length));
    let [samples, hits] = [0, 0];
    for (const [row, weight] of weights.entries()) {
      if (weight === 0) continue;
      const isRight = actual[row] === predicted[row];
      samples += weight;
      answers![predicted[row]!]! += weight;
      own![actual[row]!]! += weight;
      if (isRight) right![actual[row]!]! += weight;
      if (isRight) hits += weight;
    }
    return {
      samples,
      quality: samples === 0 ? 0 : hits / samples,
      predicted: samples === 0 ? {} : byLabel(labels, (label) => answers![label]! / samples),
      recall: byLabel(labels, (label) => (own![label] === 0 ? undefined : right![label]! / own![label]!)),
    };
  };
}

function numberRates({ values }: DenseMatrix, examples: readonly Example[]): Rates {
  const actual = numbersOf(examples);
  return (weights) => {
    let [samples, sum, errors] = [0, 0, 0];
    for (const [row, weight] of weights.entries()) {
      samples += weight;
      sum += weight * values[row]!;
      errors += weight * Math.abs(values[row]! - actual[row]!);
    }
    if (samples === 0) return { samples, quality: 0, predicted: {}, recall: {} };
    return { samples, quality: errors / samples, predicted: { mean: sum / samples }, recall: {} };
  };
}

const byLabel = (
  labels: readonly string[],
  of: (label: number) => number | undefined,
): Record<string, number> =>
  Object.fromEntries(
    labels.flatMap((label, at) => {
      const value = of(at);
      return value === undefined ? [] : [[label, value]];
    }),
  );

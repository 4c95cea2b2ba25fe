import { didYouMean } from '../../kernel/nearest.ts';
import { InvalidInput } from '../errors.ts';
import type { ProblemType } from '../problem.ts';

/** What a metric says of a model, and which value of it is better. */
export interface Metric {
  readonly appliesTo: readonly ProblemType[];
  /** which value is better */
  readonly better: 'higher' | 'lower';
  /**
   * A `fraction` is shown in per cent, a `score` as it is; `target` is the unit of the target or its square, `nats` are those
   * of log loss.
   */
  readonly unit: 'fraction' | 'score' | 'nats' | 'target';
  readonly description: string;
}

const ofClasses = (better: Metric['better'], unit: Metric['unit'], description: string): Metric => ({
  appliesTo: ['classification'],
  better,
  unit,
  description,
});
const ofSets = (better: Metric['better'], unit: Metric['unit'], description: string): Metric => ({
  appliesTo: ['multilabel'],
  better,
  unit,
  description,
});
/** Of classes, and of sets of labels likewise. */
const ofBoth = (better: Metric['better'], unit: Metric['unit'], description: string): Metric => ({
  appliesTo: ['classification', 'multilabel'],
  better,
  unit,
  description,
});
const ofNumbers = (better: Metric['better'], unit: Metric['unit'], description: string): Metric => ({
  appliesTo: ['regression'],
  better,
  unit,
  description,
});

/** Every metric that an evaluation measures, by name: each is one number for a model on a set of samples. */
export const METRICS: Readonly<Record<string, Metric>> = {
  accuracy: ofClasses('higher', 'fraction', 'samples whose label is the predicted one'),
  balancedAccuracy: ofClasses('higher', 'fraction', 'mean recall of the classes'),
  macroF1: ofBoth('higher', 'fraction', 'mean F1 of the classes'),
  macroPrecision: ofBoth('higher', 'fraction', 'mean precision of the classes'),
  macroRecall: ofBoth(
    'higher',
    'fraction',
    'mean recall of the classes, those that are only predicted included',
  ),
  macroJaccard: ofClasses('higher', 'fraction', 'mean Jaccard index of the classes'),
  weightedF1: ofBoth('higher', 'fraction', 'mean F1 of the classes, weighted by their samples'),
  weightedPrecision: ofBoth('higher', 'fraction', 'mean precision of the classes, weighted by their samples'),
  precision: ofClasses('higher', 'fraction', 'of two classes: precision of the second'),
  recall: ofClasses('higher', 'fraction', 'of two classes: recall of the second'),
  specificity: ofClasses('higher', 'fraction', 'of two classes: recall of the first'),
  f1: ofClasses('higher', 'fraction', 'of two classes: F1 of the second'),
  mcc: ofClasses('higher', 'score', 'Matthews correlation coefficient'),
  kappa: ofClasses('higher', 'score', "Cohen's kappa"),
  rocAuc: ofBoth(
    'higher',
    'score',
    'area under the ROC curve; of more than two classes the mean of each against all others',
  ),
  rocAucOvo: ofClasses(
    'higher',
    'score',
    'of more than two classes: area under the ROC curve, mean over pairs of them',
  ),
  averagePrecision: ofBoth('higher', 'score', 'average precision; of more than two classes their mean'),
  labelRankingAp: ofBoth(
    'higher',
    'score',
    'average precision of the labels that a sample has, mean over the samples',
  ),
  logLoss: ofBoth('lower', 'nats', 'mean of -ln p(right class)'),
  brier: ofBoth('lower', 'score', 'Brier score: mean squared error of the probabilities'),
  calibrationError: ofClasses('lower', 'fraction', 'expected calibration error, 15 bins'),
  anyLabelAccuracy: ofClasses('higher', 'fraction', 'samples that have the predicted label among theirs'),
  top2Accuracy: ofClasses('higher', 'fraction', 'samples whose label is among the two most probable'),
  top3Accuracy: ofClasses('higher', 'fraction', 'samples whose label is among the three most probable'),
  subsetAccuracy: ofSets('higher', 'fraction', 'samples whose set of labels is the predicted one'),
  hammingLoss: ofSets('lower', 'fraction', 'labels of samples that are wrong'),
  jaccard: ofSets('higher', 'fraction', 'Jaccard index of the set of labels, mean over the samples'),
  microF1: ofSets('higher', 'fraction', 'F1 over all labels of all samples'),
  microPrecision: ofSets('higher', 'fraction', 'precision over all labels of all samples'),
  microRecall: ofSets('higher', 'fraction', 'recall over all labels of all samples'),
  samplesF1: ofSets('higher', 'fraction', 'F1 of the set of labels, mean over the samples'),
  coverageError: ofSets('lower', 'score', 'labels by probability until all of a sample are covered, mean'),
  rankingLoss: ofSets('lower', 'fraction', 'pairs of a label and another one in the wrong order'),
  rmse: ofNumbers('lower', 'target', 'root mean squared error'),
  mse: ofNumbers('lower', 'target', 'mean squared error'),
  mae: ofNumbers('lower', 'target', 'mean absolute error'),
  medianAbsoluteError: ofNumbers('lower', 'target', 'median absolute error'),
  maxError: ofNumbers('lower', 'target', 'largest absolute error'),
  mape: ofNumbers('lower', 'fraction', 'mean absolute error as a fraction of the actual number'),
  r2: ofNumbers('higher', 'fraction', 'fraction of the variance that is explained'),
  explainedVariance: ofNumbers('higher', 'fraction', 'the same, with a constant error forgiven'),
  pinball10: ofNumbers('lower', 'target', 'pinball loss of the 0.1 quantile'),
  pinball90: ofNumbers('lower', 'target', 'pinball loss of the 0.9 quantile'),
};

/** What models are compared by unless their policy names another metric. */
export const PRIMARY_METRIC: Readonly<Record<ProblemType, string>> = {
  classification: 'accuracy',
  multilabel: 'microF1',
  regression: 'rmse',
};

/** @throws InvalidInput `metric` when there is none of that name; it says which there are */
export function metricNamed(name: string): Metric {
  const metric = Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
  if (metric) return metric;
  const known = Object.keys(METRICS);
  throw new InvalidInput(
    'metric',
    `there is no metric '${name}'${didYouMean(name, known)}; there are: ${known.join(', ')}`,
  );
}

/**
 * By how much a value is better than another: above 0 when it is better, whichever direction that is. A difference; of a
 * metric in the unit of the target the difference as a fraction of the other value, so that one margin fits any unit.
 *
 * @throws InvalidInput `metric`
 */
export function gainOf(name: string, value: number, other: number): number {
  const { better, unit } = metricNamed(name);
  const difference = better === 'higher' ? value - other : other - value;
  if (unit !== 'target' || difference === 0) return difference;
  return other === 0 ? Math.sign(difference) * Number.POSITIVE_INFINITY : difference / Math.abs(other);
}

/** Whether a value cannot be better: no error, or everything right. False for a metric that is not of the catalogue. */
export const isPerfect = (name: string, value: number): boolean =>
  Object.hasOwn(METRICS, name) && value === (METRICS[name]!.better === 'higher' ? 1 : 0);

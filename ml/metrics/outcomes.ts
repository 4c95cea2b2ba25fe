import { argmaxRows, type DenseMatrix } from '../matrix.ts';
import {
  averagesOf,
  type ClassAverages,
  type ConfusionMatrix,
  classMetrics,
  cohensKappa,
  matthewsCorrelation,
} from './confusion.ts';
import { logLosses } from './losses.ts';
import { rankingPrecisions } from './multilabel.ts';
import { brierLosses, calibrationError, ranksOfRight } from './probabilistic.ts';
import { type Ranking, type RankingMetrics, rankingMetrics, rankingOf } from './ranking.ts';
import { meanWith } from './weighted-mean.ts';

/** What a classifier did on each sample. Every metric is a sum over these, so another weighting of them is one more pass. */
export interface Outcomes {
  readonly classes: number;
  readonly actual: Int32Array;
  readonly predicted: Int32Array;
  /** of the predicted class */
  readonly confidence: Float64Array;
  readonly logLosses: Float64Array;
  readonly brierLosses: Float64Array;
  /** 1 where the prediction is right, else 0 */
  readonly hits: Uint8Array;
  readonly anyLabelHits: Uint8Array;
  readonly top2Hits: Uint8Array;
  readonly top3Hits: Uint8Array;
  /** average precision of the labels of the sample among all labels by probability */
  readonly labelPrecisions: Float64Array;
  /** by class */
  readonly rankings: readonly Ranking[];
}

/** The metrics that are one number. Those that are null are not defined on these samples. */
export interface ClassificationNumbers extends ClassAverages, RankingMetrics {
  readonly accuracy: number;
  readonly logLoss: number;
  /** see `brierLosses` */
  readonly brier: number;
  /** Expected calibration error, 15 bins. */
  readonly calibrationError: number;
  /** The prediction is any label that the sample itself bears. */
  readonly anyLabelAccuracy: number;
  readonly top2Accuracy: number;
  readonly top3Accuracy: number;
  /** mean average precision of the labels that samples have, among all labels by probability (scikit-learn's LRAP) */
  readonly labelRankingAp: number;
  readonly mcc: number;
  readonly kappa: number | null;
  /** of the second class of two; null of more */
  readonly precision: number | null;
  readonly recall: number | null;
  readonly specificity: number | null;
  readonly f1: number | null;
}

/**
 * @param acceptable for each sample, every column of its labels
 * @param predicted the column answered for each, where that is not the most probable one
 */
export function outcomesOf(
  probabilities: DenseMatrix,
  actual: Int32Array,
  acceptable: readonly (readonly number[])[],
  predicted: Int32Array = argmaxRows(probabilities),
): Outcomes {
  const ranks = ranksOfRight(probabilities, actual);
  return {
    classes: probabilities.columns,
    actual,
    predicted,
    confidence: Float64Array.from(
      predicted,
      (label, row) => probabilities.values[row * probabilities.columns + label]!,
    ),
    logLosses: logLosses(probabilities, actual),
    brierLosses: brierLosses(probabilities, actual),
    hits: Uint8Array.from(actual, (label, row) => Number(predicted[row] === label)),
    anyLabelHits: Uint8Array.from(predicted, (label, row) => Number(acceptable[row]!.includes(label))),
    top2Hits: Uint8Array.from(ranks, (rank) => Number(rank < 2)),
    top3Hits: Uint8Array.from(ranks, (rank) => Number(rank < 3)),
    labelPrecisions: rankingPrecisions(probabilities, acceptable),
    rankings: Array.from({ length: probabilities.columns }, (_, column) => rankingOf(probabilities, column)),
  };
}

/** Metrics of samples that count so many times each; all shares and means over no samples are 0. */
export function classificationNumbers(outcomes: Outcomes, weights: Float64Array): ClassificationNumbers {
  const mean = meanWith(weights);
  const { classes, actual } = outcomes;
  const confusion = weightedConfusion(outcomes, weights);
  return {
    accuracy: mean(outcomes.hits),
    ...averagesOf(confusion),
    mcc: matthewsCorrelation(confusion),
    kappa: cohensKappa(confusion),
    logLoss: mean(outcomes.logLosses),
    brier: mean(outcomes.brierLosses),
    calibrationError: calibrationError(outcomes.confidence, outcomes.hits, weights),
    anyLabelAccuracy: mean(outcomes.anyLabelHits),
    top2Accuracy: mean(outcomes.top2Hits),
    top3Accuracy: mean(outcomes.top3Hits),
    labelRankingAp: mean(outcomes.labelPrecisions),
    ...rankingMetrics(outcomes.rankings, { actual, classes, weights }),
    ...secondOfTwo(confusion),
  };
}

function secondOfTwo(
  confusion: ConfusionMatrix,
): Pick<ClassificationNumbers, 'precision' | 'recall' | 'specificity' | 'f1'> {
  const [first, second, ...more] = classMetrics(confusion);
  if (!first || !second || more.length > 0)
    return { precision: null, recall: null, specificity: null, f1: null };
  const { precision, recall, f1 } = second;
  return { precision, recall, specificity: first.recall, f1 };
}

function weightedConfusion({ classes, actual, predicted }: Outcomes, weights: Float64Array): ConfusionMatrix {
  const counts = new Float64Array(classes * classes);
  for (let row = 0; row < actual.length; row++)
    counts[actual[row]! * classes + predicted[row]!]! += weights[row]!;
  return { classes, counts };
}

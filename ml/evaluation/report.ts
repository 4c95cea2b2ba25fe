import { answeredClasses, confidencesIn } from '../answers.ts';
import { type CalibrationResult, compareCalibrations } from '../calibration/compare.ts';
import { type ReliabilityBin, reliabilityCurve } from '../calibration/reliability.ts';
import type { DenseMatrix } from '../matrix.ts';
import { type CurvePoint, curveOf, thinned } from '../metrics/ranking.ts';
import { classesOf, type Example, type LearningProblem, labelSetsOf } from '../problem.ts';

export const REPORT_FORMAT = 'epochlog-evaluation-1';

const CURVE_POINTS = 200;
/** More classes are not drawn. */
const MAX_CURVES = 50;

/** What an evaluation says beyond its numbers. It is the artifact of an EvaluationCompleted, as JSON. */
export interface EvaluationReport {
  readonly format: typeof REPORT_FORMAT;
  readonly samples: number;
  /** of each class that has samples beside others: points of its ROC and precision–recall curve, from the highest threshold */
  readonly curves: readonly { readonly label: string; readonly points: readonly CurvePoint[] }[];
  /** of a classifier, by confidence */
  readonly reliability: readonly ReliabilityBin[];
  /** of a classifier: would another calibration help? */
  readonly calibrations: readonly CalibrationResult[];
}

/** @param scores one row per example: the probability of each label, or the number */
export function reportOf(
  task: LearningProblem,
  scores: DenseMatrix,
  examples: readonly Example[],
): EvaluationReport {
  const common = { format: REPORT_FORMAT, samples: examples.length } as const;
  if (task.type === 'regression') return { ...common, curves: [], reliability: [], calibrations: [] };
  const { labels } = task;
  if (task.type === 'multilabel') return { ...common, ...ofSets(labels, scores, examples) };
  const actual = classesOf(examples, labels);
  const predicted = answeredClasses(task, scores);
  const hits = actual.map((label, row) => Number(label === predicted[row]));
  return {
    ...common,
    curves: labels.slice(0, MAX_CURVES).flatMap((label, column) => {
      const points = curveOf(scores, column, actual);
      return points ? [{ label, points: thinned(points, CURVE_POINTS) }] : [];
    }),
    reliability: reliabilityCurve(confidencesIn(task, scores), hits),
    calibrations: compareCalibrations(scores, actual),
  };
}

/** Of several labels: the curve of each, and the reliability of all their probabilities. */
function ofSets(
  labels: readonly string[],
  scores: DenseMatrix,
  examples: readonly Example[],
): Pick<EvaluationReport, 'curves' | 'reliability' | 'calibrations'> {
  const sets = labelSetsOf(examples, labels);
  const has = (row: number, column: number) => Number(sets[row]!.includes(column));
  const hits = Int32Array.from(scores.values, (_, at) =>
    has(Math.floor(at / labels.length), at % labels.length),
  );
  return {
    curves: labels.slice(0, MAX_CURVES).flatMap((label, column) => {
      const own = Int32Array.from(examples, (_, row) => (has(row, column) === 1 ? column : -1));
      const points = curveOf(scores, column, own);
      return points ? [{ label, points: thinned(points, CURVE_POINTS) }] : [];
    }),
    reliability: reliabilityCurve(Float64Array.from(scores.values), hits),
    calibrations: [],
  };
}

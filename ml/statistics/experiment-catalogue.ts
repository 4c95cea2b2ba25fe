import type { ProblemType } from '../problem.ts';

/** A metric by which the arms of an experiment are compared. */
export interface ExperimentMetricInfo {
  /** of the answers of a model; null: of any */
  readonly appliesTo: ProblemType | null;
  readonly better: 'higher' | 'lower';
  readonly unit: 'fraction' | 'ms' | 'target';
  /** how much worse a guardrail may be unless the experiment says otherwise; null: it has to say so */
  readonly margin: number | null;
  readonly description: string;
}

const metric = (
  appliesTo: ProblemType | null,
  better: 'higher' | 'lower',
  unit: ExperimentMetricInfo['unit'],
  margin: number | null,
  description: string,
): ExperimentMetricInfo => ({ appliesTo, better, unit, margin, description });

/** All metrics of experiments, by name. What is adjusted (CUPED) is the mean of units, with their own past beside it. */
export const EXPERIMENT_METRICS: Readonly<Record<string, ExperimentMetricInfo>> = {
  accuracy: metric(
    'classification',
    'higher',
    'fraction',
    0.01,
    'right answers, of those whose outcome came',
  ),
  macroF1: metric('classification', 'higher', 'fraction', 0.01, 'mean F1 of the classes'),
  mae: metric('regression', 'lower', 'target', null, 'mean absolute error'),
  errorRate: metric(
    null,
    'lower',
    'fraction',
    0.005,
    'requests that the version of the arm could not answer',
  ),
  confidence: metric('classification', 'higher', 'fraction', 0.1, 'mean probability of the label'),
  latency: metric(null, 'lower', 'ms', 5, 'mean latency'),
  p95Latency: metric(null, 'lower', 'ms', 10, '95th percentile of latency'),
  latencyRank: metric(
    null,
    'lower',
    'fraction',
    0.05,
    'probability that an answer takes longer than one of the control',
  ),
  adjustedAccuracy: metric(
    'classification',
    'higher',
    'fraction',
    0.01,
    'accuracy of units, adjusted by that of their past',
  ),
  adjustedConfidence: metric('classification', 'higher', 'fraction', 0.1, 'the same of confidence'),
  adjustedLatency: metric(null, 'lower', 'ms', 5, 'the same of latency'),
};

import { InvalidInput } from '../../ml/errors.ts';
import { METRICS } from '../../ml/metrics/catalogue.ts';
import type { ProblemType } from '../../ml/problem.ts';
import { EXPERIMENT_METRICS } from '../../ml/statistics/experiment-catalogue.ts';
import { EXPERIMENT_RULES } from '../../ml/statistics/experiment-rules.ts';
import { unitsForProportions } from '../../ml/statistics/power.ts';
import type { ExperimentRequested, ExperimentStarted } from '../../schemas/events.generated.ts';
import type { Policy } from '../../schemas/models/policy.ts';
import type { RegisteredVersion } from './state.ts';

const MINIMUM_TUNING = 1_000;

/** The type of target of a version, by the metric that it was evaluated by. */
export const problemOf = ({ primaryMetric }: RegisteredVersion): ProblemType =>
  METRICS[primaryMetric]?.appliesTo[0] ?? 'classification';

type Metric = ExperimentStarted['metrics'][number];

/**
 * The metrics of a request, complete: where none decides, accuracy or the error does; where it names none at all, answers
 * must not fail or take longer either.
 */
export function metricsOf({ metrics }: ExperimentRequested, problem: ProblemType): Metric[] {
  const usualOnes = (role: string, ...names: string[]) =>
    names.map((metric) => ({ metric, role, better: null, margin: null }));
  const primary = usualOnes('primary', problem === 'classification' ? 'accuracy' : 'mae');
  const given: readonly Metric[] = [
    ...(metrics.some(({ role }) => role === 'primary') ? [] : primary),
    ...(metrics.length > 0 ? metrics : usualOnes('guardrail', 'errorRate', 'latency')),
  ];
  return given.map(({ metric, role, better, margin }) => {
    const usual = EXPERIMENT_METRICS[metric];
    return {
      metric,
      role,
      better: better ?? usual?.better ?? null,
      margin: role === 'guardrail' ? (margin ?? usual?.margin ?? null) : null,
    };
  });
}

/** What an experiment is judged by: what its request says, else the policy. */
export function rulesOf(request: ExperimentRequested, { experiments: policy }: Pick<Policy, 'experiments'>) {
  return {
    minimumUnits: request.minimumUnits ?? policy.minimumUnits,
    minimumImprovement: request.minimumImprovement ?? policy.minimumImprovement,
    significance: request.significance ?? policy.significance,
    analyseEvery: request.analyseEvery ?? policy.analyseEvery,
    maximumDuration: request.maximumDuration ?? policy.maximumDuration,
    promotes: request.promotes ?? policy.promotes,
    sampleRatioSignificance: EXPERIMENT_RULES.sampleRatioSignificance,
  };
}

/**
 * The units that the control needs, as the evaluation of its version lets expect: where the first primary metric is
 * accuracy. Null where that cannot be said. Sequential intervals are narrowest at that size.
 */
export function sizeOf(
  arms: ExperimentStarted['arms'],
  metrics: readonly Metric[],
  { minimumImprovement, significance }: Pick<ExperimentStarted, 'minimumImprovement' | 'significance'>,
  control: RegisteredVersion,
): Pick<ExperimentStarted, 'baseline' | 'neededUnits' | 'tuning'> {
  const primary = metrics.find(({ role }) => role === 'primary')?.metric ?? '';
  const baseline = control.metrics[primary] ?? null;
  const smallest = Math.min(...arms.slice(1).map(({ share }) => share));
  const ratio = smallest / arms[0]!.share;
  const neededUnits =
    primary === 'accuracy' && baseline !== null
      ? unitsNeeded(baseline, minimumImprovement, { significance, ratio })
      : null;
  const both = neededUnits === null ? EXPERIMENT_RULES.tuning : Math.round(neededUnits * (1 + ratio));
  return { baseline, neededUnits, tuning: Math.max(both, MINIMUM_TUNING) };
}

function unitsNeeded(
  baseline: number,
  effect: number,
  options: { significance: number; ratio: number },
): number | null {
  try {
    return unitsForProportions(baseline, effect, options);
  } catch (error) {
    if (error instanceof InvalidInput) return null; // no share can be so much better
    throw error;
  }
}

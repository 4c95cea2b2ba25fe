import { InvalidInput } from '../errors.ts';
import type { Belief } from './bayes.ts';
import { benjaminiHochberg, holm } from './corrections.ts';
import type { Comparison, MetricRole, Subject, Unmeasured } from './experiment-comparison.ts';
import { compareArms, type MetricData } from './experiment-metrics.ts';
import { EXPERIMENT_RULES, type ExperimentArm, type ExperimentRules } from './experiment-rules.ts';
import { type ExperimentVerdict, verdictOf } from './experiment-verdict.ts';
import { type SampleRatio, sampleRatio } from './sample-ratio.ts';

export type ExperimentMetric = MetricData & {
  readonly name: string;
  readonly role: MetricRole;
  readonly better: 'higher' | 'lower';
  /** of a guardrail: how much worse is tolerated, in the metric's unit; 0 */
  readonly margin?: number;
  /** the part of the units that it was counted in: a reading in segments is secondary */
  readonly segment?: string;
};

export interface ExperimentAnalysis extends ExperimentVerdict {
  readonly sampleRatio: SampleRatio;
  readonly comparisons: readonly (Comparison | Unmeasured)[];
}

/**
 * Analyses an experiment: the sample ratio first, then each metric in each treatment beside the control, then a verdict.
 *
 * @param arms control first
 * @param metrics at least one of them primary
 * @throws InvalidInput `too-few-arms`; `empty` when no arm has units; `no-primary`; `count`, `impossible` as chi-square
 */
export function analyseExperiment(
  arms: readonly ExperimentArm[],
  metrics: readonly ExperimentMetric[],
  rules: ExperimentRules = EXPERIMENT_RULES,
): ExperimentAnalysis {
  const ratio = sampleRatio(
    arms.map(({ weight }) => weight),
    arms.map(({ units }) => units),
    rules.sampleRatioSignificance,
  );
  if (!metrics.some(isPrimary)) {
    throw new InvalidInput('no-primary', 'an experiment is decided by a primary metric, and has none');
  }
  const compared = metrics.flatMap((metric) =>
    arms.slice(1).map(({ name }, at) => compare(metric, name, at + 1, rules)),
  );
  const comparisons = corrected(compared);
  return { ...verdictOf(arms, ratio, comparisons, rules), sampleRatio: ratio, comparisons };
}

function compare(
  metric: ExperimentMetric,
  arm: string,
  treatment: number,
  rules: ExperimentRules,
): Comparison | Unmeasured {
  const { name, segment = null, role, margin = 0 } = metric;
  const subject: Subject = { metric: name, role: segment === null ? role : 'secondary', segment, arm };
  try {
    const confidence = 1 - rules.significance;
    const { belief, ...compared } = compareArms(metric, treatment, { ...rules, confidence });
    const decisive = rules.isSequential
      ? compared.sequential
      : { interval: compared.interval, pValue: compared.pValue };
    const isHigher = metric.better === 'higher';
    const [low, high] = decisive.interval;
    return {
      ...subject,
      ...compared,
      isMeasured: true,
      decisive,
      correctedPValue: decisive.pValue,
      improvement: isHigher ? compared.difference : -compared.difference,
      improvementInterval: isHigher ? [low, high] : [-high, -low],
      belief: isHigher ? belief : reversed(belief),
      margin,
    };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { ...subject, isMeasured: false, code: error.code, message: error.message };
  }
}

const isPrimary = ({ role, segment }: ExperimentMetric): boolean =>
  role === 'primary' && segment === undefined;

const reversed = ({ winProbability, lossOfControl, lossOfTreatment }: Belief): Belief => ({
  winProbability: 1 - winProbability,
  lossOfTreatment: lossOfControl,
  lossOfControl: lossOfTreatment,
});

/** Corrects p-values within each role. Those of guardrails stay: there a missed harm is the worse mistake. */
function corrected(compared: readonly (Comparison | Unmeasured)[]): (Comparison | Unmeasured)[] {
  const byComparison = new Map<Comparison | Unmeasured, number>();
  for (const [role, correct] of [
    ['primary', holm],
    ['secondary', benjaminiHochberg],
  ] as const) {
    const family = compared.filter((one): one is Comparison => one.isMeasured && one.role === role);
    const pValues = correct(family.map(({ correctedPValue }) => correctedPValue));
    for (const [at, one] of family.entries()) byComparison.set(one, pValues[at]!);
  }
  return compared.map((one) =>
    one.isMeasured ? { ...one, correctedPValue: byComparison.get(one) ?? one.correctedPValue } : one,
  );
}

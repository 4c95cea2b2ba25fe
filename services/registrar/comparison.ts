import { gainOf, metricNamed } from '../../ml/metrics/catalogue.ts';
import { marginText, measure, probability } from '../../ml/metrics/format.ts';
import type { EvaluationCompleted } from '../../schemas/events.generated.ts';
import type { Policy } from '../../schemas/models/policy.ts';

const ROUNDING = 1e-12; // 0.8 − 0.798 is not quite 0.002

/** A candidate beside the version in production, on the same samples. */
export interface Comparison {
  /** by how much it is better, see `gainOf`; below 0 when it is worse */
  readonly gain: number;
  /** of the paired test of the metric, where there is one: the probability of such losses if it were no better */
  readonly pValue: number | undefined;
  /** both values and what was asked for, for people */
  readonly summary: string;
}

/** Undefined when one of the two was not measured by the metric. */
export function compare(
  { metrics, samples }: Pick<EvaluationCompleted, 'metrics' | 'samples'>,
  baseline: NonNullable<EvaluationCompleted['baseline']>,
  metric: string,
  { margin, significance }: Policy['promotion'],
): Comparison | undefined {
  const [own, rivals] = [metrics[metric], baseline.metrics[metric]];
  if (own === undefined || rivals === undefined) return undefined;
  const pValue = baseline.paired.find((difference) => difference.metric === metric)?.pValue;
  const { better } = metricNamed(metric);
  const notes = [
    ...(better === 'lower' ? ['lower is better'] : []),
    `a gain of ${marginText(metric, margin)} is asked for`,
    ...(pValue === undefined
      ? []
      : [
          `paired p ${probability(pValue)}${significance === null ? '' : `, below ${significance} is asked for`}`,
        ]),
  ];
  return {
    gain: gainOf(metric, own, rivals),
    pValue,
    summary:
      `${metric} ${measure(metric, own, 2)} against ${measure(metric, rivals, 2)} of ${baseline.version}` +
      ` on the same ${samples} samples (${notes.join('; ')})`,
  };
}

/**
 * Whether a candidate is better by the margin, which is a difference, or a fraction where the metric is in the target's unit;
 * and significantly so, where the policy asks for that.
 */
export const isBetter = (
  { gain, pValue = 1 }: Comparison,
  { margin, significance }: Policy['promotion'],
): boolean => gain >= margin - ROUNDING && (significance === null || pValue < significance);

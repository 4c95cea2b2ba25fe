import { gainOf, metricNamed } from '../../ml/metrics/catalogue.ts';
import { marginText, measure, probability } from '../../ml/metrics/format.ts';
import { type Judgement, judge } from '../../ml/statistics/judgement.ts';
import type { EvaluationCompleted } from '../../schemas/events.generated.ts';
import type { Policy } from '../../schemas/models/policy.ts';

const ROUNDING = 1e-12; // 0.8 − 0.798 is not quite 0.002

/** A candidate beside the version in production, on the same samples. */
export interface Comparison {
  /** by how much it is better, see `gainOf`; below 0 when it is worse */
  readonly gain: number;
  /** of the paired test of the metric, where there is one: the probability of such losses if it were no better */
  readonly pValue: number | undefined;
  /** by the paired losses, where the policy asks for standard errors and they were compared */
  readonly judgement: Judgement | undefined;
  /** both values and what was asked for, for people */
  readonly summary: string;
}

/** Undefined when one of the two was not measured by the metric. */
export function compare(
  { metrics, samples }: Pick<EvaluationCompleted, 'metrics' | 'samples'>,
  { version, metrics: others, paired, pairedRecent }: NonNullable<EvaluationCompleted['baseline']>,
  metric: string,
  promotion: Policy['promotion'],
): Comparison | undefined {
  const [own, rivals] = [metrics[metric], others[metric]];
  if (own === undefined || rivals === undefined) return undefined;
  const { standardErrors, significance } = promotion;
  const pValue = paired.find((difference) => difference.metric === metric)?.pValue;
  const judgement =
    standardErrors === null ? undefined : judge([paired, pairedRecent], metric, standardErrors);
  const asked = significance === null ? '' : `, below ${significance} is asked for`;
  const notes = [
    ...(metricNamed(metric).better === 'lower' ? ['lower is better'] : []),
    ...(standardErrors === null ? [] : judgementNotes(judgement, standardErrors)),
    ...(asksForMargin(promotion) ? [`a gain of ${marginText(metric, promotion.margin)} is asked for`] : []),
    ...(pValue === undefined ? [] : [`paired p ${probability(pValue)}${asked}`]),
  ];
  return {
    gain: gainOf(metric, own, rivals),
    pValue,
    judgement,
    summary:
      `${metric} ${measure(metric, own, 2)} against ${measure(metric, rivals, 2)} of ${version}` +
      ` on the same ${samples} samples (${notes.join('; ')})`,
  };
}

/** With a paired test a margin of 0 asks for nothing more; without, for a metric that is not worse. */
const asksForMargin = ({ margin, standardErrors }: Policy['promotion']) =>
  margin > 0 || standardErrors === null;

const PARTS = ['on all', 'on the recent ones'];

function judgementNotes(judgement: Judgement | undefined, standardErrors: number): string[] {
  if (!judgement) return ['no losses were compared sample by sample, so nothing shows that it is better'];
  const loss = judgement.parts[0]!.loss;
  const ahead = judgement.parts.map(
    (part, at) => `${part.ahead.toFixed(1)} ${at === 0 ? 'standard errors ' : ''}${PARTS[at]}`,
  );
  const worse = judgement.parts.flatMap((part, at) =>
    part.worse.map((name) => `significantly worse by ${name} ${PARTS[at]}`),
  );
  return [`paired ${loss} better by ${ahead.join(', ')}, more than ${standardErrors} is asked for`, ...worse];
}

/**
 * Whether a candidate is better as the policy asks: by the paired losses, by the margin, which is a difference, or a fraction
 * where the metric is in the target's unit, and significantly so.
 */
export const isBetter = (
  { gain, pValue = 1, judgement }: Comparison,
  promotion: Policy['promotion'],
): boolean =>
  (promotion.standardErrors === null || judgement?.isBetter === true) &&
  (!asksForMargin(promotion) || gain >= promotion.margin - ROUNDING) &&
  (promotion.significance === null || pValue < promotion.significance);

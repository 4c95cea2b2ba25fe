import { gainOf, METRICS } from '../../ml/metrics/catalogue.ts';
import { difference, percent, probability } from '../../ml/metrics/format.ts';
import { wilsonInterval } from '../../ml/statistics/proportions.ts';
import type {
  ContributionCheckedAgreement as Agreement,
  DeltaMeasuredDelta as Delta,
  EvaluationCompleted,
} from '../../schemas/events.generated.ts';
import type { Policy } from '../../schemas/models/policy.ts';

const Z_95 = 1.96;

/** Why a contribution is refused. */
export interface Refusal {
  readonly code: 'LABELS_DOUBTFUL' | 'NOT_BETTER' | 'METRIC_MISSING';
  readonly reason: string;
}

/**
 * How often the baseline gives the labels of the contribution, with Wilson's 95 % interval, beside how often it gives those of
 * its own test split: honest labels of the same kind agree about as often, flipped ones hardly ever.
 */
export function agreementOf(onContribution: EvaluationCompleted, benchmark: number): Agreement | null {
  const { accuracy } = onContribution.metrics;
  if (accuracy === undefined) return null;
  const records = onContribution.samples;
  const successes = Math.round(accuracy * records);
  const [low, high] = wilsonInterval({ successes, trials: records });
  return { records, share: accuracy, low, high, benchmark, evaluationId: onContribution.evaluationId };
}

/** A refusal where the labels agree so seldom that chance does not explain it. */
export function doubt(
  { records, share, high, benchmark }: Agreement,
  { minimumAgreement }: Policy['contributions'],
): Refusal | undefined {
  const least = minimumAgreement * benchmark;
  if (high >= least) return undefined;
  const reason =
    `the baseline gives the contributed label for ${percent(share)} of ${records} new records (at most ${percent(high)}), and for ` +
    `${percent(benchmark)} of its test split; at least ${percent(least)} is asked for: the labels look flipped or shuffled`;
  return { code: 'LABELS_DOUBTFUL', reason };
}

/** The improvement of each metric on the benchmark: above 0 is better. With an interval where samples are compared in pairs. */
export function deltasOf({ metrics, baseline }: EvaluationCompleted): Delta[] {
  return Object.entries(metrics).flatMap(([metric, contribution]) => {
    const rival = baseline?.metrics[metric];
    if (rival === undefined || !Object.hasOwn(METRICS, metric)) return [];
    const improvement = METRICS[metric]!.better === 'higher' ? contribution - rival : rival - contribution;
    const paired = baseline?.paired.find((pair) => pair.metric === metric);
    // of squared errors a² − b² = (a − b)(a + b)
    const scale = metric === 'rmse' ? contribution + rival : 1;
    const half = paired && scale > 0 ? (Z_95 * paired.standardError) / scale : null;
    return [
      {
        ...{ metric, baseline: rival, contribution, improvement },
        low: half === null ? null : improvement - half,
        high: half === null ? null : improvement + half,
      },
    ];
  });
}

/** Whether the model that learnt the contribution too is good enough beside the baseline; else why not. */
export function judge(
  evaluation: EvaluationCompleted,
  { promotion, contributions }: Pick<Policy, 'promotion' | 'contributions'>,
): { refusal: Refusal | undefined; summary: string } {
  const metric = promotion.metric ?? evaluation.primaryMetric;
  const [own, rival] = [evaluation.metrics[metric], evaluation.baseline?.metrics[metric]];
  if (own === undefined || rival === undefined) {
    const reason = `${metric} was not measured of both`;
    return { refusal: { code: 'METRIC_MISSING', reason }, summary: reason };
  }
  const gain = gainOf(metric, own, rival);
  const pValue = evaluation.baseline?.paired.find((pair) => pair.metric === metric)?.pValue;
  const p = pValue === undefined ? '' : `, paired p ${probability(pValue)}`;
  const summary = `${metric} ${difference(metric, own - rival, 2)} on ${evaluation.samples} samples of the benchmark${p}`;
  if (gain >= contributions.minimumImprovement - 1e-12) return { refusal: undefined, summary };
  const reason = `${summary}; the policy asks for a gain of ${contributions.minimumImprovement}`;
  return { refusal: { code: 'NOT_BETTER', reason }, summary };
}

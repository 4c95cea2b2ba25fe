import type { EvaluationCompleted } from '../../schemas/events.generated.ts';

/** What the last evaluation of a version measured, as far as gates ask for it. */
export interface Evidence {
  readonly evaluationId: string;
  /** metrics and costs by name */
  readonly values: Readonly<Record<string, number>>;
  /** of each class in the samples; empty where the target is a number */
  readonly shares: readonly number[];
  /** the version beside which it was measured */
  readonly baseline: { readonly version: string; readonly values: Readonly<Record<string, number>> } | null;
}

export const evidenceOf = ({
  evaluationId,
  metrics,
  operational,
  perClass,
  samples,
  baseline,
  primaryMetric,
  suites,
}: EvaluationCompleted): Evidence => ({
  evaluationId,
  values: {
    ...metrics,
    ...operational,
    ...Object.fromEntries(suites.map(({ suite, score }) => [`${suite}.${primaryMetric}`, score])),
  },
  shares: perClass.map(({ support }) => support / Math.max(1, samples)),
  baseline: baseline && {
    version: baseline.version,
    values: { ...baseline.metrics, ...baseline.operational },
  },
});

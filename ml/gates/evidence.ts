type Numbers = Readonly<Record<string, number>>;

/** What gates need of an evaluation. */
interface Evaluated {
  readonly evaluationId: string;
  readonly metrics: Numbers;
  readonly operational: Numbers;
  readonly perClass: readonly { readonly support: number }[];
  readonly samples: number;
  readonly baseline: {
    readonly version: string;
    readonly metrics: Numbers;
    readonly operational: Numbers;
  } | null;
  readonly primaryMetric: string;
  readonly suites: readonly { readonly suite: string; readonly score: number }[];
}

/** What the last evaluation of a version measured, as far as gates ask for it. */
export interface Evidence {
  readonly evaluationId: string;
  /** metrics and costs by name */
  readonly values: Numbers;
  /** of each class in the samples; empty where the target is a number */
  readonly shares: readonly number[];
  /** the version beside which it was measured */
  readonly baseline: { readonly version: string; readonly values: Numbers } | null;
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
}: Evaluated): Evidence => ({
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

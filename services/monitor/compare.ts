import { histogram } from '../../ml/drift/histogram.ts';
import { psiTest } from '../../ml/drift/psi.ts';
import { OTHER_SETS } from '../../ml/label-sets.ts';
import type {
  DriftMeasuredFeatureDrift as FeatureDrift,
  DatasetSealedHistogram as Histogram,
  PredictionServed,
} from '../../schemas/events.generated.ts';
import type { Policy } from '../../schemas/models/policy.ts';

/** What is monitored of the answer, beside the features of the instance. */
const ANSWER: Readonly<Record<string, (served: PredictionServed) => number | string | null>> = {
  confidence: ({ confidence }) => confidence,
  predicted_class: ({ label }) => label,
  predicted_value: ({ value }) => value,
};

export const isOfAnswer = (feature: string): boolean => feature in ANSWER;

/** A feature before it is known how many there are. */
export type Measured = Omit<FeatureDrift, 'adjustedPValue' | 'drifted'> & {
  /** whether it moved by more than the policy takes as small */
  readonly isLarge: boolean;
};

/** Compares one feature by its PSI. */
export function compareFeature(
  { feature, edges, categories, ...reference }: Histogram,
  window: readonly PredictionServed[],
  bounds: Policy['drift'],
): Measured {
  const counts = countLike({ feature, edges, categories, ...reference }, window);
  const { expected, ...tested } = psiTest(counts.referenceCounts, counts.windowCounts);
  return {
    feature,
    edges,
    categories,
    ...counts,
    ...tested,
    expectedPsi: expected,
    slice: null,
    auroc: null,
    expectedAuroc: null,
    isLarge: tested.psi >= bounds.psi,
  };
}

/** Counts the window in the bins of the reference. What is missing is a bin of its own, in both. */
function countLike(
  { feature, edges, categories, counts, missing }: Histogram,
  window: readonly PredictionServed[],
): Pick<FeatureDrift, 'referenceCounts' | 'windowCounts'> {
  const read = ANSWER[feature] ?? (({ features }: PredictionServed) => features[feature] ?? null);
  const values = window.map(read).filter((value) => value !== null);
  const absent = window.length - values.length;
  if (edges.length > 0) {
    return {
      referenceCounts: [...counts, missing],
      windowCounts: [...histogram(values.map(Number), edges), absent],
    };
  }
  const seen = Map.groupBy(values, String);
  const known = categories.map((name) => seen.get(name)?.length ?? 0);
  const unknown = values.length - known.reduce((sum, count) => sum + count, 0);
  if (categories.at(-1) === OTHER_SETS)
    return {
      referenceCounts: [...counts, 0, missing],
      windowCounts: [...known.with(-1, unknown), 0, absent],
    };
  return { referenceCounts: [...counts, 0, missing], windowCounts: [...known, unknown, absent] };
}

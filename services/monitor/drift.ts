import { histogram } from '../../ml/drift/histogram.ts';
import { psiTest } from '../../ml/drift/psi.ts';
import { OTHER_SETS } from '../../ml/label-sets.ts';
import { holm } from '../../ml/statistics/corrections.ts';
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

/**
 * Compares a window with every reference that has observations. Drift needs a PSI that is large and significant, also when the
 * p-value is corrected for the number of features.
 */
export function measureDrift(
  references: readonly Histogram[],
  window: readonly PredictionServed[],
  bounds: Policy['drift'],
): FeatureDrift[] {
  const measured = references
    .filter(({ counts, feature }) => counts.some((count) => count > 0) && isReported(feature, window))
    .map(({ feature, edges, categories, ...reference }) => {
      const counts = countLike({ feature, edges, categories, ...reference }, window);
      return {
        feature,
        edges,
        categories,
        ...counts,
        ...psiTest(counts.referenceCounts, counts.windowCounts),
      };
    });
  const adjusted = holm(measured.map(({ pValue }) => pValue));
  return measured.map(({ expected, ...feature }, i) => {
    const adjustedPValue = adjusted[i]!;
    const drifted = feature.psi >= bounds.psi && adjustedPValue < bounds.significance;
    return { ...feature, expectedPsi: expected, adjustedPValue, drifted };
  });
}

/** Whether a model says it at all: one of hashes does not know which words are rare. */
const isReported = (feature: string, window: readonly PredictionServed[]): boolean =>
  feature in ANSWER || window.some(({ features }) => feature in features);

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

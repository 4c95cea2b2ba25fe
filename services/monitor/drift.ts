import { histogram } from '../../ml/drift/histogram.ts';
import { psiTest } from '../../ml/drift/psi.ts';
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

/** Compares a window with every reference that has observations. Drift needs a PSI that is large and significant. */
export function measureDrift(
  references: readonly Histogram[],
  window: readonly PredictionServed[],
  bounds: Policy['drift'],
): FeatureDrift[] {
  return references.flatMap((reference) => {
    if (reference.counts.every((count) => count === 0)) return [];
    if (!isReported(reference.feature, window)) return [];
    const counts = countLike(reference, window);
    const { psi, expected, pValue } = psiTest(counts.reference, counts.window);
    const drifted = psi >= bounds.psi && pValue < bounds.significance;
    return [{ feature: reference.feature, psi, expectedPsi: expected, pValue, drifted }];
  });
}

/** Whether a model says it at all: one of hashes does not know which words are rare. */
const isReported = (feature: string, window: readonly PredictionServed[]): boolean =>
  feature in ANSWER || window.some(({ features }) => feature in features);

/** Counts the window in the bins of the reference. What is missing is a bin of its own, in both. */
function countLike(
  { feature, edges, categories, counts, missing }: Histogram,
  window: readonly PredictionServed[],
): { reference: readonly number[]; window: readonly number[] } {
  const read = ANSWER[feature] ?? (({ features }: PredictionServed) => features[feature] ?? null);
  const values = window.map(read).filter((value) => value !== null);
  const absent = window.length - values.length;
  if (edges.length > 0) {
    return { reference: [...counts, missing], window: [...histogram(values.map(Number), edges), absent] };
  }
  const seen = Map.groupBy(values, String);
  const known = categories.map((name) => seen.get(name)?.length ?? 0);
  const unknown = values.length - known.reduce((sum, count) => sum + count, 0);
  return { reference: [...counts, 0, missing], window: [...known, unknown, absent] };
}

import { histogram } from '../../ml/drift/histogram.ts';
import { psiTest } from '../../ml/drift/psi.ts';
import type {
  DriftMeasuredFeatureDrift as FeatureDrift,
  DatasetSealedHistogram as Histogram,
  PredictionServed,
} from '../../schemas/events.generated.ts';
import type { MonitorSettings } from './settings.ts';

/** Monitored features: inputs are compared with the dataset's histograms, outputs with the evaluation's. */
const NUMERIC: Readonly<Record<string, (served: PredictionServed) => number>> = {
  text_length: ({ textLength }) => textLength,
  rare_word_share: ({ rareWordShare }) => rareWordShare,
  confidence: ({ confidence }) => confidence,
};
const CATEGORICAL: Readonly<Record<string, (served: PredictionServed) => string>> = {
  predicted_class: ({ label }) => label,
};

/** Compares a window with every reference that has observations. Drift needs a PSI that is large and significant. */
export function measureDrift(
  references: readonly Histogram[],
  window: readonly PredictionServed[],
  { psiThreshold, driftSignificance }: MonitorSettings,
): FeatureDrift[] {
  return references.flatMap((reference) => {
    const counts = countLike(reference, window);
    if (!counts || reference.counts.every((count) => count === 0)) return [];
    const { psi, expected, pValue } = psiTest(counts.reference, counts.window);
    const drifted = psi >= psiThreshold && pValue < driftSignificance;
    return [{ feature: reference.feature, psi, expectedPsi: expected, pValue, drifted }];
  });
}

/** Counts the window in the bins of the reference; undefined for a feature that is not monitored. */
function countLike(
  { feature, edges, categories, counts }: Histogram,
  window: readonly PredictionServed[],
): { reference: readonly number[]; window: readonly number[] } | undefined {
  const number = NUMERIC[feature];
  if (number) return { reference: counts, window: histogram(window.map(number), edges) };
  const category = CATEGORICAL[feature];
  if (!category) return undefined;
  const seen = Map.groupBy(window, category);
  const known = categories.map((name) => seen.get(name)?.length ?? 0);
  const unknown = window.length - known.reduce((sum, count) => sum + count, 0);
  return { reference: [...counts, 0], window: [...known, unknown] };
}

import { holm } from '../../ml/statistics/corrections.ts';
import type {
  DriftMeasuredFeatureDrift as FeatureDrift,
  DatasetSealedHistogram as Histogram,
  PredictionServed,
} from '../../schemas/events.generated.ts';
import type { Policy } from '../../schemas/models/policy.ts';
import { compareFeature, isOfAnswer, type Measured } from './compare.ts';
import { measureRows, type ReferenceRows } from './rows.ts';
import { measureSlices } from './slices.ts';

/**
 * Compares a window with every reference that has observations, and with rows of the reference. Drift needs a change that is large and
 * significant, also when the p-value is corrected for the number of features.
 *
 * @param rows of the reference; undefined where there are none, or where another window was compared a moment ago
 */
export function measureDrift(
  references: readonly Histogram[],
  window: readonly PredictionServed[],
  bounds: Policy['drift'],
  rows?: { readonly reference: ReferenceRows; readonly window: number },
): FeatureDrift[] {
  const reported = references.filter(
    ({ counts, feature }) => counts.some((count) => count > 0) && isReported(feature, window),
  );
  const inputs = reported.filter(({ feature }) => !isOfAnswer(feature));
  const features = window.map((served) => served.features);
  const measured: readonly Measured[] = [
    ...reported.map((reference) => compareFeature(reference, window, bounds)),
    ...(rows ? measureRows(rows.reference, features, rows.window, bounds) : []),
    ...(rows ? measureSlices(inputs, rows.reference, window, bounds) : []),
  ];
  const adjusted = holm(measured.map(({ pValue }) => pValue));
  return measured.map(({ isLarge, ...feature }, i) => {
    const adjustedPValue = adjusted[i]!;
    return { ...feature, adjustedPValue, drifted: isLarge && adjustedPValue < bounds.significance };
  });
}

/** Whether a model says it at all: one of hashes does not know which words are rare. */
const isReported = (feature: string, window: readonly PredictionServed[]): boolean =>
  isOfAnswer(feature) || window.some(({ features }) => feature in features);

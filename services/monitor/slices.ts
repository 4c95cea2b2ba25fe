import { histogram } from '../../ml/drift/histogram.ts';
import type { Row } from '../../ml/drift/rows/encode.ts';
import type {
  DatasetSealedHistogram as Histogram,
  PredictionServed,
} from '../../schemas/events.generated.ts';
import type { Policy } from '../../schemas/models/policy.ts';
import { compareFeature, type Measured } from './compare.ts';
import { MIN_ROWS, type ReferenceRows } from './rows.ts';

/** Values of a column that are looked at by themselves: those most frequent in the reference. */
const MAX_VALUES = 10;

/**
 * The drift of the inputs in each value of the columns that the policy names, where reference and window have 50 of it or more: a
 * change within one value is diluted in all. The bins are those of the whole reference; its counts are of the sampled rows.
 */
export function measureSlices(
  references: readonly Histogram[],
  { rows }: ReferenceRows,
  window: readonly PredictionServed[],
  bounds: Policy['drift'],
): Measured[] {
  return bounds.slices.flatMap((column) => {
    const inReference = Map.groupBy(rows, (row) => row[column]);
    const inWindow = Map.groupBy(window, ({ features }) => features[column]);
    const values = [...inReference]
      .filter(([value, { length }]) => value !== undefined && length >= MIN_ROWS)
      .sort(([a, { length: many }], [b, { length: more }]) => more - many || (String(a) < String(b) ? -1 : 1))
      .slice(0, MAX_VALUES);
    return values.flatMap(([value, of]) => {
      const served = inWindow.get(value) ?? [];
      if (served.length < MIN_ROWS) return [];
      return references
        .filter(({ feature }) => feature !== column)
        .map((reference) => recounted(reference, of))
        .filter(({ counts }) => counts.some((count) => count > 0))
        .map((reference) => ({ ...compareFeature(reference, served, bounds), slice: `${column}=${value}` }));
    });
  });
}

/** A histogram of the same bins, of some rows. */
function recounted(reference: Histogram, rows: readonly Row[]): Histogram {
  const { feature, edges, categories } = reference;
  const values = rows.flatMap((row) => row[feature] ?? []);
  const missing = rows.length - values.length;
  if (edges.length > 0) return { ...reference, counts: histogram(values.map(Number), edges), missing };
  const seen = Map.groupBy(values, String);
  return { ...reference, counts: categories.map((name) => seen.get(name)?.length ?? 0), missing };
}

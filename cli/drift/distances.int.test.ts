import { expect, test } from 'vitest';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { compareHistograms } from '../../ml/drift/compare.ts';
import { type DriftWindow, driftReport } from '../../ml/drift/report.ts';
import { seededRandom } from '../../ml/random.ts';
import { sharedProjections } from '../../test/harness/shared-projections.ts';

const random = seededRandom(5);
const drawn = (bins: number, most: number) =>
  Array.from({ length: bins }, () => Math.floor(random() ** 2 * most));

/** Features of numbers and of categories, some bins empty, one of missing values alone. */
const features = Array.from({ length: 40 }, (_, i) => {
  const bins = 2 + (i % 9);
  const isNumber = i % 3 > 0;
  const edges = isNumber ? Array.from({ length: bins }, (_, edge) => edge ** 2 - 3) : [];
  const actual = i === 1 ? [...Array<number>(bins - 1).fill(0), 7] : drawn(bins, 40);
  return { feature: `f${String(i).padStart(2, '0')}`, edges, reference: drawn(bins, 500), actual };
}).filter(({ reference, actual }) =>
  [reference, actual].every((counts) => counts.some((count) => count > 0)),
);

test('the distances of SQL are those of TypeScript, and the report reads the same bins', async () => {
  await using warehouse = await sharedProjections();
  const time = '2026-03-01T00:00:00.000Z';
  const rows = features.map(({ feature, edges, reference, actual }, offset) => ({
    ...{ model: 'm', version: 'v1.0.0', window: 1, feature, predictions: 100 },
    ...{ psi: 0, expected_psi: 0, p_value: 1, drifted: false, adjusted_p_value: 1 },
    ...{ edges, categories: edges.length > 0 ? [] : reference.map(String).slice(2) },
    ...{ reference_counts: reference, window_counts: actual, policy_version: 0 },
    ...{ from_instant: time, to_instant: time, time, event_id: 'e', topic: 't', partition: 0, offset },
  }));
  await warehouse.insert('drift', rows, 'rows');

  const found = await warehouse.query<Record<string, number | null>>(
    'SELECT jensen_shannon, hellinger, chi_square, kolmogorov_smirnov, wasserstein FROM drift_distances ORDER BY feature',
  );
  for (const [i, feature] of features.entries()) {
    const values = new Map(compareHistograms(feature).map(({ distance, value }) => [distance, value]));
    const row = found[i]!;
    expectClose(row.jensen_shannon, values.get('jensenShannon'));
    expectClose(row.hellinger, values.get('hellinger'));
    expectClose(row.chi_square, values.get('chiSquare'));
    expectClose(row.kolmogorov_smirnov, values.get('kolmogorovSmirnov'));
    expectClose(row.wasserstein, values.get('wasserstein'));
  }

  const query = await namedQueries(warehouse, PROJECTIONS);
  const windows = await query<DriftWindow>('drift/windows', { model: 'm', version: null, limit: 5 });
  const [window] = driftReport('m', windows).windows;
  expect(window!.features.map(({ reference, actual }) => [reference, actual])).toEqual(
    features.map(({ reference, actual }) => [reference, actual]),
  );
});

function expectClose(actual: number | null | undefined, expected: number | undefined): void {
  if (expected === undefined) expect(actual).toBeNull();
  else expect(Math.abs(actual! - expected)).toBeLessThan(1e-9 * Math.max(1, expected));
}

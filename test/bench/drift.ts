import { parseArgs } from 'node:util';
import { psi, psiTest } from '../../ml/drift/psi.ts';
import { type Random, seededRandom } from '../../ml/random.ts';
import { holm } from '../../ml/statistics/corrections.ts';
import { chiSquareTail } from '../../ml/statistics/distributions.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

/**
 * How often the rule of drift raises a false alarm, and how often it finds a drift, beside the rule before it (PSI of 0.25 or more
 * and a p-value of the chi-square limit below 0.001, of each feature alone). Simulated windows; everything has a seed.
 */

const { values } = parseArgs({
  options: { windows: { type: 'string', default: '1000' }, features: { type: 'string', default: '10' } },
});
const WINDOWS = Number(values.windows);
const FEATURES = Number(values.features);
const REFERENCE = 1_000;
const SIZES = [50, 100, 300, 1_000];
const random = seededRandom(14);

/** Shares of bins without drift: ten equal ones, and classes of unequal size. */
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  'ten equal bins': Array<number>(10).fill(0.1),
  'classes from 40 % to 1 %': [0.4, 0.2, 0.12, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01],
};

/** So many per cent of the observations of every bin move to the first. */
const moved = (shares: readonly number[], share: number): number[] =>
  shares.map((p, bin) => p * (1 - share) + (bin === 0 ? share : 0));

function sample(shares: readonly number[], size: number, random: Random): number[] {
  const counts = new Array<number>(shares.length).fill(0);
  for (let i = 0; i < size; i++) {
    let [rest, bin] = [random(), 0];
    while (bin < counts.length - 1 && rest >= shares[bin]!) rest -= shares[bin++]!;
    counts[bin]!++;
  }
  return counts;
}

type Rule = (windows: readonly { readonly reference: number[]; readonly actual: number[] }[]) => boolean[];

const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);

const before: Rule = (windows) =>
  windows.map(({ reference, actual }) => {
    const value = psi(reference, actual);
    const bins = reference.filter((count, bin) => count + actual[bin]! > 0).length;
    const scale = 1 / sum(reference) + 1 / sum(actual);
    return value >= 0.25 && chiSquareTail(value / scale, bins - 1) < 0.001;
  });

const now: Rule = (windows) => {
  const { psi: limit, significance } = DEFAULT_POLICY.drift;
  const mayDrift = windows.some(({ reference, actual }) => psi(reference, actual) >= limit);
  if (!mayDrift) return windows.map(() => false); // saves the p-values
  const tests = windows.map(({ reference, actual }) => psiTest(reference, actual));
  const adjusted = holm(tests.map(({ pValue }) => pValue));
  return tests.map((tested, i) => tested.psi >= limit && adjusted[i]! < significance);
};

interface Row {
  readonly shape: string;
  readonly window: number;
  readonly movedPercent: number;
  /** of the first feature, per cent of the windows */
  readonly before: number;
  readonly now: number;
  /** any of the features, per cent of the windows */
  readonly anyNow: number;
}

/** One feature moves, or none; the others do not. */
function measured(shape: string, shares: readonly number[], window: number, share: number): Row {
  const hits = { before: 0, now: 0, anyNow: 0 };
  for (let i = 0; i < WINDOWS; i++) {
    const features = Array.from({ length: FEATURES }, (_, feature) => ({
      reference: sample(shares, REFERENCE, random),
      actual: sample(feature === 0 ? moved(shares, share) : shares, window, random),
    }));
    const judged = now(features);
    if (before(features)[0]) hits.before += 1;
    if (judged[0]) hits.now += 1;
    if (judged.includes(true)) hits.anyNow += 1;
  }
  const percent = (hits: number) => Math.round((10_000 * hits) / WINDOWS) / 100;
  return {
    shape,
    window,
    movedPercent: share * 100,
    before: percent(hits.before),
    now: percent(hits.now),
    anyNow: percent(hits.anyNow),
  };
}

const rows = Object.entries(SHAPES).flatMap(([shape, shares]) =>
  SIZES.flatMap((window) => [0, 0.1, 0.15, 0.25].map((share) => measured(shape, shares, window, share))),
);
process.stderr.write(
  `${WINDOWS} windows, ${FEATURES} features, ${REFERENCE} in the reference; per cent of windows\n`,
);
for (const row of rows) {
  process.stderr.write(
    `${row.shape.padEnd(26)} window ${`${row.window}`.padStart(5)}  moved ${`${row.movedPercent}`.padStart(2)} %` +
      `  before ${row.before.toFixed(2).padStart(6)}  now ${row.now.toFixed(2).padStart(6)}  any feature ${row.anyNow.toFixed(2).padStart(6)}\n`,
  );
}
console.log(JSON.stringify(rows));

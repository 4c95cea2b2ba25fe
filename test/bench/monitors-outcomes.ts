import { parseArgs } from 'node:util';
import { histogram, quantileEdges } from '../../ml/drift/histogram.ts';
import type { Row } from '../../ml/drift/rows/encode.ts';
import { kind as accuracyParity } from '../../ml/monitors/accuracy-parity.ts';
import { type Random, seededRandom } from '../../ml/random.ts';
import { holm } from '../../ml/statistics/corrections.ts';
import type { PredictionServed } from '../../schemas/events.generated.ts';
import { compareFeature } from '../../services/monitor/compare.ts';
import { compareQuality } from '../../services/monitor/quality.ts';
import { measureSlices } from '../../services/monitor/slices.ts';
import type { Labelled } from '../../services/monitor/state.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

/**
 * How long the monitors of true labels take to raise an alert after a change, and how often they do without one, by the default policy:
 * `quality` (accuracy of labels, error of numbers), `accuracyParity`; and how often drift is found within slices. Simulated; everything has
 * a seed.
 */

const { values } = parseArgs({ options: { runs: { type: 'string', default: '500' } } });
const RUNS = Number(values.runs);
const random = seededRandom(14);
const percentOf = (count: number, of = RUNS): number => (100 * count) / of;
const median = (numbers: readonly number[], quantile = 0.5): number | null =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * quantile)] ?? null;

const rows: object[] = [];
function told(row: object): void {
  rows.push(row);
  process.stderr.write(`${JSON.stringify(row)}\n`);
}

/** windows before the change and after it */
const WINDOWS = 20;

/** Predictions with their true labels, so many of which are right. */
const labels = (count: number, accuracy: number): Labelled[] =>
  Array.from({ length: count }, () => answered({ label: 'a' }, { label: random() < accuracy ? 'a' : 'b' }));
/** Numbers with an error of this deviation. */
const numbers = (count: number, deviation: number): Labelled[] =>
  Array.from({ length: count }, () => answered({ value: 0 }, { value: deviation * normal(random) }));

const answered = (served: object, truth: object) => ({ served, truth }) as Labelled;

/** Box and Muller. */
const normal = (uniform: Random): number =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

/** What the test split measured of a model that is as good as is said. */
const ofLabels = (accuracy: number, samples: number) => ({
  metrics: {
    accuracy:
      labels(samples, accuracy).filter(({ served, truth }) => served.label === truth.label).length / samples,
  },
  ...{ standardErrors: {}, reference: [], perClass: [] },
  samples,
});
function ofNumbers(deviation: number, samples: number) {
  const squares = numbers(samples, deviation).map(({ truth }) => truth.value! ** 2);
  const mean = squares.reduce((a, b) => a + b, 0) / samples;
  const variance = squares.reduce((a, b) => a + (b - mean) ** 2, 0) / (samples - 1);
  const rmse = Math.sqrt(mean);
  return {
    metrics: { rmse },
    standardErrors: { rmse: Math.sqrt(variance / samples) / (2 * rmse) },
    samples,
    reference: [],
    perClass: [],
  };
}

type Evaluated = Parameters<typeof compareQuality>[1];
function quality(
  what: string,
  before: number,
  after: number,
  draw: typeof labels,
  evaluated: (samples: number) => Evaluated,
): void {
  const { window } = DEFAULT_POLICY.quality;
  for (const samples of [500, 2_000]) {
    let [falseAlarms, alarmedModels] = [0, 0];
    const delays: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const reference = evaluated(samples);
      const isBad = (labelled: Labelled[]) =>
        compareQuality(labelled, reference, DEFAULT_POLICY.quality)?.dropped === true;
      const alarms = Array.from({ length: WINDOWS }, () => isBad(draw(window, before))).filter(
        Boolean,
      ).length;
      falseAlarms += alarms;
      if (alarms > 0) alarmedModels += 1;
      // the change comes somewhere within a window
      const place = Math.floor(random() * window);
      const first = [...draw(place, before), ...draw(window - place, after)];
      for (let at = 0; at < WINDOWS; at++)
        if (isBad(at === 0 ? first : draw(window, after))) {
          delays.push((at + 1) * window - place);
          break;
        }
    }
    told({
      ...{ monitor: 'quality', what, before, after, testSamples: samples },
      ...{ falseAlarmPercentOfWindows: percentOf(falseAlarms, RUNS * WINDOWS) },
      ...{ modelsWithOnePercent: percentOf(alarmedModels), foundPercent: percentOf(delays.length) },
      ...{ medianLabels: median(delays), p90Labels: median(delays, 0.9) },
    });
  }
}
for (const after of [0.8, 0.78, 0.75, 0.7, 0.6])
  quality('accuracy', 0.8, after, labels, (samples) => ofLabels(0.8, samples));
for (const after of [1, 1.05, 1.1, 1.25, 1.5])
  quality('rmse', 1, after, numbers, (samples) => ofNumbers(1, samples));

/** Two groups, the second one `share` of all, whose answers are right less often. */
function groups(count: number, share: number, difference: number) {
  const second = Math.round(count * share);
  return [
    ['first', count - second, 0.85],
    ['second', second, 0.85 - difference],
  ].map(([group, labelled, accuracy]) => ({
    ...{ group: String(group), labelled: Number(labelled) },
    correct: labels(Number(labelled), Number(accuracy)).filter(
      ({ served, truth }) => served.label === truth.label,
    ).length,
  }));
}
const PARITY = {
  ...{ limit: 0.1, clear: 0.08, significance: 0.01, minimumSamples: 100, window: 0 },
  options: { group: 'group' },
};
for (const count of [500, 2_000])
  for (const share of [0.1, 0.5])
    for (const difference of [0, 0.09, 0.2, 0.3]) {
      const found = Array.from({ length: RUNS }, () =>
        accuracyParity.judge(groups(count, share, difference), PARITY),
      ).filter((verdict) => verdict?.state === 'bad').length;
      told({ monitor: 'accuracyParity', count, share, difference, raisedPercent: percentOf(found) });
    }

const NUMBERS = 8;
const PLANS = ['free', 'free', 'free', 'free', 'free', 'free', 'pro', 'pro', 'pro', 'team'];
const BINS = 10;
const REFERENCE = 1_000;

/** A row of a table; of the plan pro so large a part has another number. */
function rowOf(changed: number): Row {
  const plan = PLANS[Math.floor(random() * PLANS.length)]!;
  const usual = Object.fromEntries(Array.from({ length: NUMBERS }, (_, i) => [`number${i}`, normal(random)]));
  const isChanged = plan === 'pro' && random() < changed;
  return { ...usual, plan, ...(isChanged && { number0: 2 + normal(random) }) };
}

const NAMES = ['plan', ...Array.from({ length: NUMBERS }, (_, i) => `number${i}`)];
function histogramOf(feature: string, reference: readonly Row[]) {
  const found = reference.map((row) => row[feature]!);
  if (feature === 'plan') {
    const categories = [...new Set(PLANS)];
    const counts = categories.map((name) => found.filter((value) => value === name).length);
    return { feature, edges: [], categories, counts, missing: 0 };
  }
  const edges = quantileEdges(found.map(Number), BINS);
  return { feature, edges, categories: [], counts: histogram(found.map(Number), edges), missing: 0 };
}

for (const size of [300, 1_000, 3_000])
  for (const changed of [0, 0.2, 0.4, 0.8]) {
    const runs = changed === 0 ? RUNS : Math.ceil(RUNS / 2);
    const hits = { withSlices: 0, withSlicesAny: 0, without: 0 };
    for (let run = 0; run < runs; run++) {
      const reference = Array.from({ length: REFERENCE }, () => rowOf(0));
      const window = Array.from({ length: size }, () => ({ features: rowOf(changed) }) as PredictionServed);
      const bounds = { ...DEFAULT_POLICY.drift, slices: ['plan'] };
      const references = NAMES.map((feature) => histogramOf(feature, reference));
      const whole = references.map((one) => compareFeature(one, window, bounds));
      const sliced = measureSlices(references, { rows: reference, seed: 0 }, window, bounds);
      const drifted = (measured: typeof whole) => {
        const adjusted = holm(measured.map(({ pValue }) => pValue));
        return measured.filter(({ isLarge }, at) => isLarge && adjusted[at]! < bounds.significance);
      };
      const found = drifted([...whole, ...sliced]);
      if (found.some(({ slice, feature }) => slice === 'plan=pro' && feature === 'number0'))
        hits.withSlices += 1;
      if (found.length > 0) hits.withSlicesAny += 1;
      if (drifted(whole).length > 0) hits.without += 1;
    }
    told({
      ...{ monitor: 'slices', window: size, changedOfSlicePercent: 100 * changed, runs },
      ...Object.fromEntries(Object.entries(hits).map(([name, count]) => [name, percentOf(count, runs)])),
    });
  }
console.log(JSON.stringify(rows));

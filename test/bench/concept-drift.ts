import { parseArgs } from 'node:util';
import { adwin } from '../../ml/drift/concept/adwin.ts';
import { ddm } from '../../ml/drift/concept/ddm.ts';
import type { ChangeDetector } from '../../ml/drift/concept/detector.ts';
import { pageHinkley } from '../../ml/drift/concept/page-hinkley.ts';
import { type Random, seededRandom } from '../../ml/random.ts';

/**
 * After how many outcomes detectors of concept drift find that a classifier is wrong more often, how often they do, and how
 * often they say so of one whose error rate does not change. Simulated outcomes; everything has a seed.
 */

const { values } = parseArgs({ options: { runs: { type: 'string', default: '500' } } });
const RUNS = Number(values.runs);
/** outcomes before the change, and after it */
const BEFORE = 2_000;
const AFTER = 3_000;
const GRADUAL = 1_000;

const PAGE_HINKLEY = { warmUp: 100, tolerance: 0.02, memory: 1, direction: 'both' } as const;
const DETECTORS: Readonly<Record<string, ChangeDetector>> = {
  'adwin, delta 0.002': adwin({ delta: 0.002, every: 8, buckets: 5, minimumWindow: 5, warmUp: 50 }),
  'adwin, delta 0.0002': adwin({ delta: 0.0002, every: 8, buckets: 5, minimumWindow: 5, warmUp: 50 }),
  'page-hinkley, 15': pageHinkley({ ...PAGE_HINKLEY, threshold: 15 }),
  'page-hinkley, 25': pageHinkley({ ...PAGE_HINKLEY, threshold: 25 }),
  "page-hinkley, river's": pageHinkley({
    warmUp: 30,
    tolerance: 0.005,
    threshold: 50,
    memory: 0.9999,
    direction: 'both',
  }),
  "ddm, river's": ddm({ warmUp: 30, threshold: 3 }),
  'ddm, warm-up 200, 4 deviations': ddm({ warmUp: 200, threshold: 4 }),
};
const RATES = [
  [0.05, 0.05],
  [0.1, 0.1],
  [0.25, 0.25],
  [0.05, 0.15],
  [0.1, 0.15],
  [0.1, 0.2],
  [0.25, 0.35],
  [0.25, 0.45],
] as const;

function* outcomes(before: number, after: number, length: number, random: Random): Iterable<number> {
  for (let i = 0; i < BEFORE + AFTER; i++) {
    const share = i < BEFORE ? 0 : length === 0 ? 1 : Math.min(1, (i - BEFORE) / length);
    yield random() < before + (after - before) * share ? 1 : 0;
  }
}

/** Where the first change is found before the true one, and the first after it. */
function found<State>({ initial, update }: ChangeDetector<State>, stream: Iterable<number>) {
  let state = initial;
  let [at, early] = [0, 0];
  for (const value of stream) {
    const next = update(state, value);
    state = next.state;
    const isWorse = next.change !== null && next.change.after > next.change.before;
    if (isWorse && at >= BEFORE) return { early, delay: at - BEFORE };
    if (isWorse) early += 1;
    at += 1;
  }
  return { early, delay: undefined };
}

const rows = [];
for (const [name, detector] of Object.entries(DETECTORS))
  for (const [before, after] of RATES)
    for (const length of before === after ? [0] : [0, GRADUAL]) {
      const random = seededRandom(14);
      const delays: number[] = [];
      let early = 0;
      for (let run = 0; run < RUNS; run++) {
        const { early: alarms, delay } = found(detector, outcomes(before, after, length, random));
        if (alarms > 0) early += 1;
        if (delay !== undefined) delays.push(delay);
      }
      delays.sort((a, b) => a - b);
      const row = {
        detector: name,
        before,
        after,
        change: before === after ? 'none' : length === 0 ? 'abrupt' : `over ${length}`,
        foundPercent: (100 * delays.length) / RUNS,
        medianDelay: delays[Math.floor(delays.length / 2)] ?? null,
        p90Delay: delays[Math.floor(delays.length * 0.9)] ?? null,
        falseBeforePercent: (100 * early) / RUNS,
      };
      rows.push(row);
      process.stderr.write(
        `${name.padEnd(32)} ${`${before} to ${after}`.padEnd(13)} ${row.change.padEnd(10)} found ${row.foundPercent.toFixed(1).padStart(5)} %` +
          `  delay ${`${row.medianDelay}`.padStart(5)} (p90 ${`${row.p90Delay}`.padStart(5)})  alarm in the ${BEFORE} before ${row.falseBeforePercent.toFixed(1).padStart(5)} %\n`,
      );
    }
console.log(JSON.stringify(rows));

import { parseArgs } from 'node:util';
import type { CalibrationRow } from '../../ml/monitors/calibration.ts';
import { kind as calibration } from '../../ml/monitors/calibration.ts';
import { kind as errorRate } from '../../ml/monitors/error-rate.ts';
import { judgeGroups } from '../../ml/monitors/groups.ts';
import { kind as latency } from '../../ml/monitors/latency.ts';
import { kind as lowConfidence } from '../../ml/monitors/low-confidence.ts';
import type { Verdict } from '../../ml/monitors/monitor.ts';
import { type RateRow, ratesOf } from '../../ml/monitors/rate-parity.ts';
import { seededRandom } from '../../ml/random.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

/**
 * How long monitors take to raise an alert after a change, and how often they do without one, by the default policy: looks once a
 * minute at the last five. Simulated traffic; everything has a seed. Calibration is measured on single windows.
 */

const { values } = parseArgs({ options: { runs: { type: 'string', default: '200' } } });
const RUNS = Number(values.runs);
const LOOKS = 60;
const WINDOW = 5;
const random = seededRandom(14);

const boundsOf = (name: string) => {
  const monitor = DEFAULT_POLICY.monitors.find(({ kind }) => kind === name)!;
  return { ...monitor, clear: monitor.limit * 0.8 };
};

/** Of so many observations those that are bad, each with a probability. */
function bad(count: number, share: number): number {
  let hits = 0;
  for (let i = 0; i < count; i++) if (random() < share) hits += 1;
  return hits;
}

type Judge = (bad: number, count: number) => Verdict | undefined;
const JUDGES: Readonly<Record<string, Judge>> = {
  errorRate: (failures, predictions) => errorRate.judge([{ predictions, failures }], boundsOf('errorRate')),
  /** latencies are below or above the limit: p95 is above it when more than 5 % are */
  latency: (slow, timed) =>
    latency.judge([{ timed, slow, p95Ms: slow > 0.05 * timed ? 201 : 100 }], boundsOf('latency')),
  lowConfidence: (low, answers) => lowConfidence.judge([{ answers, low }], boundsOf('lowConfidence')),
};
const CHANGES: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  errorRate: [
    [0.01, 0.01],
    [0.04, 0.04],
    [0.01, 0.1],
    [0.01, 0.5],
  ],
  latency: [
    [0.01, 0.01],
    [0.04, 0.04],
    [0.01, 0.1],
    [0.01, 0.5],
  ],
  lowConfidence: [
    [0.1, 0.1],
    [0.25, 0.25],
    [0.1, 0.4],
    [0.1, 0.6],
  ],
};

/** Minutes until the alert after a change in the middle; whether there was one before it. */
function played(judge: Judge, perMinute: number, before: number, after: number) {
  const minutes: number[] = [];
  let early = false;
  for (let minute = 0; minute < 2 * LOOKS; minute++) {
    minutes.push(bad(perMinute, minute < LOOKS ? before : after));
    const window = minutes.slice(-WINDOW);
    const sum = window.reduce((a, b) => a + b, 0);
    const isBad = judge(sum, window.length * perMinute)?.state === 'bad';
    if (isBad && minute < LOOKS) early = true;
    if (isBad && minute >= LOOKS) return { early, delay: minute - LOOKS + 1 };
  }
  return { early, delay: undefined };
}

const rows: object[] = [];
for (const [name, judge] of Object.entries(JUDGES))
  for (const perMinute of [20, 100, 1_000])
    for (const [before, after] of CHANGES[name]!) {
      const results = Array.from({ length: RUNS }, () => played(judge, perMinute, before, after));
      const delays = results.flatMap(({ delay }) => delay ?? []).sort((a, b) => a - b);
      const row = {
        monitor: name,
        perMinute,
        before,
        after,
        falseAlarmPercentPerHour: (100 * results.filter(({ early }) => early).length) / RUNS,
        foundPercent: (100 * delays.length) / RUNS,
        medianMinutes: delays[Math.floor(delays.length / 2)] ?? null,
        p90Minutes: delays[Math.floor(delays.length * 0.9)] ?? null,
      };
      rows.push(row);
      process.stderr.write(
        `${name.padEnd(14)} ${`${perMinute}`.padStart(5)} a minute  ${`${before} to ${after}`.padEnd(14)} found ${row.foundPercent.toFixed(1).padStart(5)} %` +
          `  after ${row.medianMinutes} min (p90 ${row.p90Minutes})  false in the hour before ${row.falseAlarmPercentPerHour.toFixed(1)} %\n`,
      );
    }

/** Confidences that are too high by so much. */
function overconfident(count: number, by: number): CalibrationRow[] {
  const tenths = Array.from({ length: 10 }, () => ({ samples: 0, correct: 0, confidence: 0, variance: 0 }));
  for (let i = 0; i < count; i++) {
    const confidence = 0.4 + 0.6 * random();
    const tenth = tenths[Math.min(9, Math.floor(confidence * 10))]!;
    tenth.samples += 1;
    tenth.confidence += confidence;
    tenth.variance += confidence * (1 - confidence);
    if (random() < confidence - by) tenth.correct += 1;
  }
  return tenths;
}
for (const count of [500, 2_000])
  for (const by of [0, 0.05, 0.15, 0.25]) {
    const found = Array.from({ length: RUNS }, () =>
      calibration.judge(overconfident(count, by), boundsOf('calibration')),
    ).filter((verdict) => verdict?.state === 'bad').length;
    rows.push({ monitor: 'calibration', count, overconfidentBy: by, raisedPercent: (100 * found) / RUNS });
    process.stderr.write(
      `calibration, ${count} labelled, confidence too high by ${by}: raised in ${((100 * found) / RUNS).toFixed(1)} %\n`,
    );
  }

/** Two groups, the second one `share` of all, at other rates of a label; limit 10 points. */
function grouped(count: number, share: number, difference: number): RateRow[] {
  const second = Math.round(count * share);
  return [
    ['first', count - second, 0.3],
    ['second', second, 0.3 + difference],
  ].flatMap(([group, size, rate]) => {
    const hits = bad(Number(size), Number(rate));
    return [
      { group: String(group), label: 'yes', predictions: hits },
      { group: String(group), label: 'no', predictions: Number(size) - hits },
    ];
  });
}
const PARITY = {
  ...{ limit: 0.1, clear: 0.08, significance: 0.01, minimumSamples: 100, window: 0 },
  options: { group: 'group', label: '' },
};
for (const count of [500, 2_000])
  for (const share of [0.1, 0.5])
    for (const difference of [0, 0.09, 0.2, 0.3]) {
      const found = Array.from({ length: RUNS }, () =>
        judgeGroups(ratesOf(grouped(count, share, difference), ''), PARITY, ''),
      ).filter((verdict) => verdict?.state === 'bad').length;
      rows.push({ monitor: 'rateParity', count, share, difference, raisedPercent: (100 * found) / RUNS });
      process.stderr.write(
        `rateParity, ${count} predictions, ${share * 100} % of them of the second group, a difference of ${difference}: raised in ${((100 * found) / RUNS).toFixed(1)} %\n`,
      );
    }
console.log(JSON.stringify(rows));

import type { DenseMatrix } from '../matrix.ts';
import { weightedNumbers } from '../metrics/measure.ts';
import type { LearningProblem } from '../problem.ts';
import type { KnownExample } from './attributes.ts';

/** Fewer samples are no part of their own. */
const MIN_SAMPLES = 20;
/** Of a part fewer metrics are told: these. */
const OF_PARTS = [
  'accuracy',
  'microF1',
  'subsetAccuracy',
  'hammingLoss',
  'macroF1',
  'logLoss',
  'rmse',
  'mae',
  'r2',
];

/** The metrics on some of the samples. */
export interface Part {
  readonly samples: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * The metrics on the recent samples: those of the last months before the newest one.
 *
 * @returns undefined with fewer than 20 of them, as where samples have no time
 */
export function recentPart(
  task: LearningProblem,
  scores: DenseMatrix,
  samples: readonly KnownExample[],
  months: number,
): Part | undefined {
  const recent = recentRows(samples, months);
  if (recent.length === 0) return undefined;
  const weights = new Float64Array(samples.length);
  for (const row of recent) weights[row] = 1;
  return { samples: recent.length, metrics: chosen(weightedNumbers(task, scores, samples)(weights)) };
}

/** Which samples are of the last months before the newest one; none of them where they are fewer than 20. */
export function recentRows(samples: readonly Pick<KnownExample, 'time'>[], months: number): number[] {
  const times = samples.map(({ time }) => (time === null ? Number.NaN : Date.parse(time)));
  const newest = times
    .filter(Number.isFinite)
    .reduce((latest, time) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
  const from = monthsBefore(newest, months);
  const recent = [...times.keys()].filter((row) => times[row]! >= from);
  return recent.length < MIN_SAMPLES ? [] : recent;
}

/** The metrics that are told of a part. */
export const chosen = (metrics: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => OF_PARTS.includes(name)));

/** Metrics with the name of their part before their own: `recency.accuracy`. */
export const prefixed = (part: string, metrics: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${part}.${name}`, value]));

/** How much each suite counts in the score of a version. */
export const SUITE_WEIGHTS = { test: 0.6, edgeCases: 0.2, recency: 0.2 } as const;

export interface Suite {
  readonly suite: keyof typeof SUITE_WEIGHTS;
  readonly weight: number;
  readonly samples: number;
  /** the primary metric */
  readonly score: number;
}

/** The weighted mean of the scores of the suites that there are. */
export function suiteScore(suites: readonly Suite[]): number {
  const total = suites.reduce((sum, { weight }) => sum + weight, 0);
  return suites.reduce((sum, { weight, score }) => sum + weight * score, 0) / total;
}

function monthsBefore(time: number, months: number): number {
  if (!Number.isFinite(time)) return Number.NaN;
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() - months);
  if (date.getUTCDate() !== day) date.setUTCDate(0); // the month is shorter
  return date.getTime();
}

import { InvalidInput } from '../errors.ts';

/**
 * Latencies counted in logarithmic buckets: a summary of fixed size whose percentiles are off by less than 0.8 % of
 * themselves, which merges by adding counts, and which SQL and TypeScript compute to the same bit.
 *
 * A bucket is the exponent and the first seven bits of the fraction of an IEEE 754 double: 128 buckets for each power of
 * two, as in HdrHistogram. No logarithm is taken, which two implementations may round differently at the edge of a bucket.
 * In ClickHouse (tested in test/contract/warehouse.ts):
 *
 *     SELECT bitShiftRight(reinterpretAsUInt64(toFloat64(latency_ms)), 45) AS bucket, count() AS n … GROUP BY bucket
 *     SELECT bucket, sum(n) AS n … GROUP BY bucket              -- merges what a rollup keeps
 *     SELECT arraySort(groupArray((bucket, n))) AS sketch …     -- sketch.1 are buckets, sketch.2 counts
 *
 * (`sumMap([bucket], [1])` says the same, four times slower.)
 * A hundred thousand latencies of a service are in about 500 buckets.
 */
export interface LatencySketch {
  /** ascending */
  readonly buckets: readonly number[];
  /** of each bucket, above 0 */
  readonly counts: readonly number[];
}

export const EMPTY_SKETCH: LatencySketch = { buckets: [], counts: [] };

const FRACTION_BITS = 7;
const double = new DataView(new ArrayBuffer(8));

/** The bucket of a latency, in any unit. @throws InvalidInput `value` when it is negative or not finite */
export function bucketOf(latency: number): number {
  if (!(latency >= 0 && Number.isFinite(latency))) {
    throw new InvalidInput('value', `a latency is a number from 0, not ${latency}`);
  }
  double.setFloat64(0, latency + 0); // −0 is 0
  return double.getUint32(0) >>> (20 - FRACTION_BITS);
}

/** The latencies of a bucket: from its edge up to that of the next. */
export function edgeOf(bucket: number): number {
  double.setUint32(0, bucket << (20 - FRACTION_BITS));
  double.setUint32(4, 0);
  return double.getFloat64(0);
}

/** @throws InvalidInput `value` when a latency is negative or not finite */
export function sketchOf(latencies: Iterable<number>): LatencySketch {
  const counted = new Map<number, number>();
  for (const latency of latencies) add(counted, bucketOf(latency), 1);
  return sorted(counted);
}

/** The sketch of all latencies of several. */
export function mergeSketches(sketches: readonly LatencySketch[]): LatencySketch {
  const counted = new Map<number, number>();
  for (const { buckets, counts } of sketches) {
    for (const [at, bucket] of buckets.entries()) add(counted, bucket, counts[at]!);
  }
  return sorted(counted);
}

/** How many latencies it holds. */
export const sizeOf = ({ counts }: LatencySketch): number => counts.reduce((sum, count) => sum + count, 0);

/**
 * The quantile of a sketch: that of rank ⌈q n⌉ in ascending order.
 *
 * @param q such as 0.95
 * @throws InvalidInput `empty`
 */
export function sketchQuantile(sketch: LatencySketch, q: number): number {
  return valueOfRank(sketch, Math.ceil(q * sizeOf(sketch)));
}

/**
 * The latency of a rank from 1, kept to the ranks there are. Those of a bucket are taken to lie in it at equal distances:
 * of one alone, in the middle. In ClickHouse:
 *
 *     arrayCumSum(sketch.2) AS upTo,
 *     toUInt64(greatest(ceil(q * upTo[-1]), 1)) AS rank,
 *     arrayFirstIndex(n -> n >= rank, upTo) AS at,
 *     reinterpretAsFloat64(bitShiftLeft(sketch.1[at], 45)) AS low,
 *     reinterpretAsFloat64(bitShiftLeft(sketch.1[at] + 1, 45)) AS high,
 *     low + (high - low) * (rank - (upTo[at] - sketch.2[at]) - 0.5) / sketch.2[at] AS latency
 *
 * @throws InvalidInput `empty`
 */
function valueOfRank(sketch: LatencySketch, rank: number): number {
  const { buckets, counts } = sketch;
  if (buckets.length === 0) throw new InvalidInput('empty', 'no latencies have no quantiles');
  const kept = Math.min(Math.max(rank, 1), sizeOf(sketch));
  let [at, below] = [0, 0];
  while (below + counts[at]! < kept) below += counts[at++]!;
  const [low, high] = [edgeOf(buckets[at]!), edgeOf(buckets[at]! + 1)];
  return low + ((high - low) * (kept - below - 0.5)) / counts[at]!;
}

/** How many of its latencies are in buckets above that of a threshold. */
export function countAbove({ buckets, counts }: LatencySketch, threshold: number): number {
  const limit = bucketOf(threshold);
  return counts.reduce((sum, count, at) => (buckets[at]! > limit ? sum + count : sum), 0);
}

function add(counted: Map<number, number>, bucket: number, count: number): void {
  counted.set(bucket, (counted.get(bucket) ?? 0) + count);
}

function sorted(counted: ReadonlyMap<number, number>): LatencySketch {
  const entries = [...counted].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  return { buckets: entries.map(([bucket]) => bucket), counts: entries.map(([, count]) => count) };
}

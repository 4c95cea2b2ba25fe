import { InvalidInput } from '../errors.ts';

/**
 * Latencies counted in logarithmic buckets: a summary of fixed size whose percentiles are off by less than 0.8 % of
 * themselves, which merges by adding counts, and which SQL and TypeScript compute to the same bit.
 *
 * A bucket is the exponent and the first six bits of the fraction of an IEEE 754 double: 64 buckets for each power of two,
 * as in HdrHistogram. No logarithm is taken, which two implementations may round differently at the edge of a bucket. In
 * ClickHouse:
 *
 *     bitShiftRight(reinterpretAsUInt64(toFloat64(latency_ms)), 46)                    -- the bucket of a latency
 *     sumMap([bucket], [toUInt64(1)])                                                  -- the sketch of rows: (buckets, counts)
 *     sumMapMerge(…), sumMap(sketch.1, sketch.2)                                       -- of sketches
 *     arrayFirstIndex(c -> c >= greatest(ceil(q * arraySum(sketch.2)), 1), arrayCumSum(sketch.2))   -- where a quantile is
 *     (reinterpretAsFloat64(bitShiftLeft(bucket, 46)) + reinterpretAsFloat64(bitShiftLeft(bucket + 1, 46))) / 2  -- its value
 *
 * A hundred thousand latencies of a service are in about 300 buckets.
 */
export interface LatencySketch {
  /** ascending */
  readonly buckets: readonly number[];
  /** of each bucket, above 0 */
  readonly counts: readonly number[];
}

export const EMPTY_SKETCH: LatencySketch = { buckets: [], counts: [] };

const FRACTION_BITS = 6;
const double = new DataView(new ArrayBuffer(8));

/** The bucket of a latency, in any unit. @throws InvalidInput `value` when it is negative or not finite */
export function bucketOf(latency: number): number {
  if (!(latency >= 0 && Number.isFinite(latency))) {
    throw new InvalidInput('value', `a latency is a number from 0, not ${latency}`);
  }
  double.setFloat64(0, latency + 0); // −0 is 0
  return double.getUint32(0) >>> (20 - FRACTION_BITS);
}

/** The middle of a bucket, in the unit of its latencies. */
export const middleOf = (bucket: number): number => (lowerEdge(bucket) + lowerEdge(bucket + 1)) / 2;

function lowerEdge(bucket: number): number {
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
 * The quantile of a sketch: the middle of the bucket of the latency of rank ⌈q n⌉ in ascending order.
 *
 * @param q such as 0.95
 * @throws InvalidInput `empty`
 */
export function sketchQuantile(sketch: LatencySketch, q: number): number {
  return valueOfRank(sketch, Math.ceil(q * sizeOf(sketch)));
}

/** The middle of the bucket of the latency of a rank from 1, kept to the ranks there are. @throws InvalidInput `empty` */
export function valueOfRank({ buckets, counts }: LatencySketch, rank: number): number {
  if (buckets.length === 0) throw new InvalidInput('empty', 'no latencies have no quantiles');
  let below = 0;
  const at = counts.findIndex((count) => {
    below += count;
    return below >= rank;
  });
  return middleOf(buckets.at(at)!); // beyond the last rank: -1, the last bucket
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

import { InvalidInput } from '../errors.ts';

/**
 * Counts values in fixed bins, so that a reference frozen long ago and the values of today are counted alike.
 * Bin i holds edges[i] ≤ x < edges[i + 1]. The outer bins are open: what lies below the first edge counts in
 * the first bin, what lies at or above the last in the last, ±∞ included; nothing is left out.
 *
 * @param edges at least two, ascending; the first and the last only describe the reference
 * @returns edges.length − 1 counts
 * @throws InvalidInput `edges` when there are fewer than two, `value` when a value is NaN
 */
export function histogram(values: Iterable<number>, edges: readonly number[]): number[] {
  if (edges.length < 2) throw new InvalidInput('edges', 'a histogram needs at least two edges');
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const value of values) counts[binOf(value, edges)]!++;
  return counts;
}

/** The number of inner edges at or below the value, by bisection. */
export function binOf(value: number, edges: readonly number[]): number {
  if (Number.isNaN(value)) throw new InvalidInput('value', 'NaN falls in no bin');
  let low = 1;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Counts values by category.
 *
 * @returns one count for each of `categories`
 * @throws InvalidInput `category` when a value is none of them: a closed set has no bin for the rest
 */
export function categoricalHistogram(values: Iterable<string>, categories: readonly string[]): number[] {
  const counts = new Map(categories.map((category) => [category, 0]));
  for (const value of values) {
    const count = counts.get(value);
    if (count === undefined) throw new InvalidInput('category', `"${value}" is none of the categories`);
    counts.set(value, count + 1);
  }
  return categories.map((category) => counts.get(category)!);
}

/**
 * Edges that cut a sample into `bins` parts of equal size, as far as ties allow. Equal values are never split:
 * quantiles that coincide become one edge, so a value that fills several parts gets one large bin, and there
 * are fewer bins than asked for. A sample of one value gets three bins, below it, at it and above it: when a
 * feature that was constant starts to move, that is drift and must be seen.
 *
 * Quantiles interpolate linearly (type 7 of Hyndman and Fan 1996, the default of R and NumPy).
 *
 * @param values finite numbers, in any order; not changed
 * @returns the least value, the inner edges in strictly ascending order, the greatest value
 * @throws InvalidInput `empty` without values, `value` when one is not finite
 */
export function quantileEdges(values: readonly number[], bins: number): number[] {
  const sorted = Float64Array.from(values).sort();
  return edgesOfSorted(sorted.length, bins, (place) => sorted[place]!);
}

/** The places in ascending order, from 0, of the values that edges are made of. */
export function quantilePlaces(count: number, bins: number): number[] {
  const positions = Array.from({ length: bins - 1 }, (_, i) => positionOf(count, (i + 1) / bins));
  return [0, ...positions.flatMap((position) => [Math.floor(position), Math.ceil(position)]), count - 1];
}

/**
 * The same edges of values that are not all in memory.
 *
 * @param count how many there are
 * @param valueAt the value at each of `quantilePlaces`
 */
export function edgesOfSorted(count: number, bins: number, valueAt: (place: number) => number): number[] {
  if (count === 0) throw new InvalidInput('empty', 'no values to take quantiles of');
  const [least, greatest] = [valueAt(0), valueAt(count - 1)];
  if (!Number.isFinite(least) || !Number.isFinite(greatest))
    throw new InvalidInput('value', 'quantiles need finite values');
  if (least === greatest) return [least, least, next(least), next(least)];

  const quantiles = Array.from({ length: bins - 1 }, (_, i) => {
    const position = positionOf(count, (i + 1) / bins);
    const [below, above] = [valueAt(Math.floor(position)), valueAt(Math.ceil(position))];
    return below + (above - below) * (position - Math.floor(position));
  });
  const inner = [...new Set(quantiles)].filter((edge) => edge > least);
  return [least, ...inner, greatest];
}

const positionOf = (count: number, share: number): number => share * (count - 1);

/** A number just above: the next one, or the one after it. */
function next(value: number): number {
  return value + Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE);
}

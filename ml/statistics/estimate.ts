import { InvalidInput } from '../errors.ts';
import { normalQuantile } from './distributions.ts';
import { type Proportion, share } from './proportions.ts';

/** A number estimated from independent units of one arm, and how far chance may have moved it. */
export interface Estimate {
  readonly value: number;
  /** of the value, in its unit; 0 where nothing varied */
  readonly standardError: number;
  /** units that it was estimated from */
  readonly count: number;
}

export type Interval = readonly [low: number, high: number];

/** Sums over the units of an arm, which two batches merge by adding: `count(), sum(x), sum(x * x)` in SQL. */
export interface Sums {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}

/** Sums of two numbers of each unit: y, and x beside it. */
export interface PairSums {
  readonly count: number;
  readonly y: number;
  readonly x: number;
  readonly yy: number;
  readonly xx: number;
  readonly xy: number;
}

/** @param values one of each unit @throws InvalidInput `value` when one is not finite */
export function sumsOf(values: Iterable<number>): Sums {
  let [count, sum, squares] = [0, 0, 0];
  for (const value of values) {
    count++;
    sum += value;
    squares += value * value;
  }
  return checked({ count, sum, squares });
}

/** @param pairs [y, x] of each unit @throws InvalidInput `value` when one is not finite */
export function pairSumsOf(pairs: Iterable<readonly [y: number, x: number]>): PairSums {
  const sums = { count: 0, y: 0, x: 0, yy: 0, xx: 0, xy: 0 };
  for (const [y, x] of pairs) {
    sums.count++;
    sums.y += y;
    sums.x += x;
    sums.yy += y * y;
    sums.xx += x * x;
    sums.xy += x * y;
  }
  return checked(sums);
}

/** The sums of two batches, or arms, together. */
export const addPairSums = (a: PairSums, b: PairSums): PairSums => ({
  count: a.count + b.count,
  y: a.y + b.y,
  x: a.x + b.x,
  yy: a.yy + b.yy,
  xx: a.xx + b.xx,
  xy: a.xy + b.xy,
});

/** Means, sample variances and covariance (n − 1) of pairs. @throws InvalidInput `too-few` of fewer than two, `value` */
export function momentsOf(
  sums: PairSums,
): Record<'y' | 'x' | 'varianceY' | 'varianceX' | 'covariance', number> {
  const { count, y, x, yy, xx, xy } = checked(sums);
  if (count < 2) throw tooFew(count);
  return {
    y: y / count,
    x: x / count,
    varianceY: Math.max((yy - (y * y) / count) / (count - 1), 0), // rounding leaves the range
    varianceX: Math.max((xx - (x * x) / count) / (count - 1), 0),
    covariance: (xy - (x * y) / count) / (count - 1),
  };
}

/** The mean of units, with s / √n. @throws InvalidInput `too-few` of fewer than two, `value` */
export function meanEstimate(sums: Sums): Estimate {
  const { count, sum, squares } = checked(sums);
  if (count < 2) throw tooFew(count);
  const variance = Math.max((squares - (sum * sum) / count) / (count - 1), 0);
  return { value: sum / count, standardError: Math.sqrt(variance / count), count };
}

/** A share, with √(p (1 − p) / n). @throws InvalidInput `proportion` */
export function proportionEstimate(proportion: Proportion): Estimate {
  const p = share(proportion);
  return { value: p, standardError: Math.sqrt((p * (1 - p)) / proportion.trials), count: proportion.trials };
}

/**
 * The ratio of two sums, such as right answers by answers where the units are users: Σy / Σx. Its error by the delta
 * method (Deng, Knoblich and Lu 2018, "Applying the delta method in metric analytics"), which knows that what one user
 * does is not independent:
 *
 *     Var = (s²_y − 2 R s_xy + R² s²_x) / (n x̄²),  R = ȳ / x̄
 *
 * @throws InvalidInput `too-few` of fewer than two units; `zero-denominator` when Σx is not above 0
 */
export function ratioEstimate(sums: PairSums): Estimate {
  const { y, x, varianceY, varianceX, covariance } = momentsOf(sums);
  if (!(x > 0)) throw new InvalidInput('zero-denominator', `a ratio to a sum of ${sums.x} has no value`);
  const value = y / x;
  const variance = Math.max(varianceY - 2 * value * covariance + value ** 2 * varianceX, 0) / x ** 2;
  return { value, standardError: Math.sqrt(variance / sums.count), count: sums.count };
}

/** value ± z · error. @param confidence such as 0.95 */
export function normalInterval({ value, standardError }: Estimate, confidence = 0.95): Interval {
  const width = normalQuantile((1 - confidence) / 2) * standardError;
  return [value - width, value + width];
}

export const tooFew = (count: number): InvalidInput =>
  new InvalidInput('too-few', `${count} units have no variance: two or more are needed`);

function checked<T extends { readonly [K in keyof T]: number }>(sums: T): T {
  for (const [name, value] of Object.entries<number>(sums)) {
    if (!Number.isFinite(value))
      throw new InvalidInput('value', `the sum '${name}' is ${value}, not a finite number`);
  }
  return sums;
}

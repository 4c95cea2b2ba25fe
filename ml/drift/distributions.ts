import { createRequire } from 'node:module';
import { lazy } from '../lazy.ts';

const require = createRequire(import.meta.url);

const gammainc = lazy((): typeof import('@stdlib/math-base-special-gammainc') =>
  require('@stdlib/math-base-special-gammainc'),
);
const normalCdf = lazy((): typeof import('@stdlib/stats-base-dists-normal-cdf') =>
  require('@stdlib/stats-base-dists-normal-cdf'),
);

/**
 * P(X ≥ x) of a chi-square distribution, the regularised upper incomplete gamma function Q(k/2, x/2): unlike
 * 1 − P it keeps its digits when it is tiny. Without degrees of freedom X is 0.
 */
export function chiSquareTail(x: number, freedom: number): number {
  if (freedom === 0) return x > 0 ? 0 : 1;
  return gammainc()(x / 2, freedom / 2, true, true);
}

/** P(Z ≥ z) of the standard normal distribution. */
export function normalTail(z: number): number {
  return normalCdf()(-z, 0, 1);
}

import { incompleteBeta, incompleteBetaTail, upperGamma } from './special-functions.ts';

/**
 * P(X ≥ x) of a chi-square distribution, the regularised upper incomplete gamma function Q(k/2, x/2): unlike
 * 1 − P it keeps its digits when it is tiny. Without degrees of freedom X is 0.
 */
export function chiSquareTail(x: number, freedom: number): number {
  if (freedom === 0) return x > 0 ? 0 : 1;
  return upperGamma(freedom / 2, x / 2);
}

/** P(Z ≥ z) of the standard normal distribution. */
export function normalTail(z: number): number {
  const half = upperGamma(0.5, (z * z) / 2) / 2;
  return z >= 0 ? half : 1 - half;
}

/** The density of the standard normal distribution. */
export const normalDensity = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/**
 * The z that is exceeded with this probability, 0 < p < 1: 1.96 of 0.025. A rational first guess (Abramowitz and Stegun
 * 26.2.23), made exact by Newton's method.
 */
export function normalQuantile(tail: number): number {
  if (tail > 0.5) return -normalQuantile(1 - tail);
  const t = Math.sqrt(-2 * Math.log(tail));
  const [above, below] = [
    2.515517 + t * (0.802853 + t * 0.010328),
    1 + t * (1.432788 + t * (0.189269 + t * 0.001308)),
  ];
  let z = t - above / below;
  for (let round = 0; round < 4; round++) z += (normalTail(z) - tail) / normalDensity(z);
  return z;
}

/** P(T ≥ t) of Student's t distribution. @param freedom degrees, above 0, not only integers */
export function studentTail(t: number, freedom: number): number {
  const square = t * t;
  const half =
    incompleteBeta(freedom / 2, 0.5, freedom / (freedom + square), square / (freedom + square)) / 2;
  return t >= 0 ? half : 1 - half;
}

/** The t that is exceeded with this probability, 0 < p < 1. @param freedom degrees, above 0 */
export function studentQuantile(tail: number, freedom: number): number {
  if (tail === 0.5) return 0;
  if (tail > 0.5) return -studentQuantile(1 - tail, freedom);
  let high = 1;
  while (studentTail(high, freedom) > tail) high *= 2;
  return bisect((t) => studentTail(t, freedom) > tail, 0, high);
}

/** P(X ≥ x) of the beta distribution, 0 ≤ x ≤ 1. */
export const betaTail = (x: number, a: number, b: number): number => incompleteBetaTail(a, b, x);

/** Where a condition that holds at `low` and not at `high` ceases to hold, to the last digit. */
function bisect(isBelow: (x: number) => boolean, low: number, high: number): number {
  let [from, to] = [low, high];
  for (;;) {
    const middle = from + (to - from) / 2;
    if (middle <= from || middle >= to) return middle;
    if (isBelow(middle)) from = middle;
    else to = middle;
  }
}

/**
 * The incomplete gamma and beta functions, from which all tails of distributions.ts follow.
 *
 * Their leading factors are taken from the saddle-point form of Loader (2000), "Fast and accurate computation of
 * binomial probabilities", which keeps its digits where the arguments are large: a plain exp(a ln x − x − lnΓ(a))
 * loses one digit for each of a's. Against SciPy they are right to about 1e-13, relative (distributions.test.ts).
 */

const SMALLEST = 1e-300; // in place of 0 in a continued fraction (Thompson and Barnett)
const MAX_TERMS = 1_000_000; // about √a are needed; this many only where an argument is absurd

/**
 * ln Γ(x), x > 0.
 */
export function lnGamma(x: number): number {
  // Γ(x) = Γ(x + 1) / x, and Stirling's formula for Γ(x + 1)
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(x) - x + stirlingError(x);
}

/** ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b); a, b > 0. */
export function lnBeta(a: number, b: number): number {
  const n = a + b;
  const errors = stirlingError(a) + stirlingError(b) - stirlingError(n);
  const powers = a * Math.log(a / n) + b * Math.log(b / n);
  return 0.5 * Math.log((2 * Math.PI * n) / (a * b)) + powers + errors;
}

/**
 * The regularised upper incomplete gamma function Q(a, x) = Γ(a, x) / Γ(a), a > 0, x ≥ 0: a series below a + 1, a
 * continued fraction above (DLMF 8.7.1, 8.9.2).
 */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const leading = Math.exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * Math.PI * a); // xᵃ e⁻ˣ / Γ(a + 1)
  if (x < a + 1) {
    let [term, sum] = [1, 1];
    for (let n = 1; term > sum * 1e-17 && n < MAX_TERMS; n++) sum += term *= x / (a + n);
    return Math.max(1 - leading * sum, 0);
  }
  const fraction = continuedFraction(
    x + 1 - a,
    (n) => n * (a - n),
    (n) => x + 1 - a + 2 * n,
  );
  return (leading * a) / fraction;
}

/**
 * The regularised incomplete beta function I_x(a, b), a, b > 0 (DLMF 8.17.22).
 *
 * @param x in [0, 1]
 * @param rest 1 − x, given for itself so that an x near 1 does not lose its digits
 */
export function incompleteBeta(a: number, b: number, x: number, rest = 1 - x): number {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - lowerBeta(b, a, rest, x);
  return lowerBeta(a, b, x, rest);
}

/** 1 − I_x(a, b), without the loss of digits of that difference. */
export const incompleteBetaTail = (a: number, b: number, x: number, rest = 1 - x): number =>
  incompleteBeta(b, a, rest, x);

function lowerBeta(a: number, b: number, x: number, rest: number): number {
  const n = a + b;
  const errors = stirlingError(n) - stirlingError(a) - stirlingError(b);
  const leading =
    Math.exp(errors - deviance(a, n * x) - deviance(b, n * rest)) * Math.sqrt(b / (2 * Math.PI * a * n));
  const numerator = (m: number) => {
    const k = m >> 1;
    return m % 2 === 0
      ? (k * (b - k) * x) / ((a + 2 * k - 1) * (a + 2 * k))
      : (-(a + k) * (n + k) * x) / ((a + 2 * k) * (a + 2 * k + 1));
  };
  const fraction = continuedFraction(1, numerator, () => 1);
  return leading / fraction;
}

/** b₀ + a₁ / (b₁ + a₂ / (b₂ + …)) by the modified algorithm of Lentz. */
function continuedFraction(
  start: number,
  numerator: (n: number) => number,
  denominator: (n: number) => number,
): number {
  let value = start || SMALLEST;
  let c = value;
  let d = 0;
  for (let n = 1; n < MAX_TERMS; n++) {
    const [above, below] = [numerator(n), denominator(n)];
    d = 1 / (below + above * d || SMALLEST);
    c = below + above / c || SMALLEST;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}

/** ln Γ(x + 1) − ((x + ½) ln x − x + ½ ln 2π): what Stirling's formula lacks, x > 0. */
function stirlingError(x: number): number {
  let [at, error] = [x, 0];
  for (; at < 16; at++) error += (at + 0.5) * Math.log1p(1 / at) - 1;
  const s = 1 / (at * at);
  return error + (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188) * s) * s) * s) * s) / at;
}

/** x ln(x / m) + m − x, without the loss of digits where m is near x. */
function deviance(x: number, m: number): number {
  const v = (x - m) / (x + m);
  if (Math.abs(v) > 0.1) return x * Math.log(x / m) + m - x;
  let sum = (x - m) * v;
  let term = 2 * x * v;
  for (let j = 1; j < 1000; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

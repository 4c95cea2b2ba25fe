import { InvalidInput } from '../errors.ts';
import { normalQuantile, normalTail } from './distributions.ts';

/** `successes` of `trials`, such as right predictions of all labelled ones. */
export interface Proportion {
  readonly successes: number;
  readonly trials: number;
}

/** What the first proportion is suspected to be, beside the second. */
export type Alternative = 'different' | 'smaller' | 'larger';

export interface ZTest {
  readonly z: number;
  readonly pValue: number;
}

/**
 * The two-proportion z test with the pooled proportion p = (x₁ + x₂) / (n₁ + n₂):
 *
 *     z = (x₁/n₁ − x₂/n₂) / √(p (1 − p) (1/n₁ + 1/n₂))
 *
 * Where all trials of both agree, z is 0 and p is 1. For a drop of accuracy, `first` is the recent window,
 * `second` the test split, the alternative 'smaller'.
 *
 * @throws InvalidInput `proportion` when there are no trials or not 0 ≤ successes ≤ trials
 */
export function twoProportionZTest(
  first: Proportion,
  second: Proportion,
  alternative: Alternative = 'different',
): ZTest {
  const difference = share(first) - share(second);
  const trials = first.trials + second.trials;
  const pooled = (first.successes + second.successes) / trials;
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / first.trials + 1 / second.trials));
  if (error === 0) return { z: 0, pValue: 1 };
  const z = difference / error;
  return { z, pValue: pValueOf(z, alternative) };
}

/**
 * Wilson's score interval (1927) of a share: also good of few trials, and where all or none succeed.
 *
 * @param confidence such as 0.95
 * @throws InvalidInput `proportion`
 */
export function wilsonInterval(proportion: Proportion, confidence = 0.95): readonly [number, number] {
  const p = share(proportion);
  const n = proportion.trials;
  const z = normalQuantile((1 - confidence) / 2);
  const center = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const width = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [Math.max(center - width, 0), Math.min(center + width, 1)];
}

/**
 * Newcombe's interval (1998, method 10) of the difference of two shares, first − second, from the Wilson intervals of both: also
 * good of few trials, and where all or none succeed.
 *
 * @param confidence such as 0.95
 * @throws InvalidInput `proportion`
 */
export function newcombeInterval(
  first: Proportion,
  second: Proportion,
  confidence = 0.95,
): readonly [number, number] {
  const [p, q] = [share(first), share(second)];
  const [[lowerP, upperP], [lowerQ, upperQ]] = [
    wilsonInterval(first, confidence),
    wilsonInterval(second, confidence),
  ];
  return [p - q - Math.hypot(p - lowerP, upperQ - q), p - q + Math.hypot(upperP - p, q - lowerQ)];
}

/** successes / trials. @throws InvalidInput `proportion` */
export function share({ successes, trials }: Proportion): number {
  if (!(trials > 0 && successes >= 0 && successes <= trials)) {
    throw new InvalidInput('proportion', `${successes} of ${trials} is no proportion`);
  }
  return successes / trials;
}

function pValueOf(z: number, alternative: Alternative): number {
  switch (alternative) {
    case 'different':
      return 2 * normalTail(Math.abs(z));
    case 'smaller':
      return normalTail(-z);
    case 'larger':
      return normalTail(z);
  }
}

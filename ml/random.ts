import { lnGamma } from './statistics/special-functions.ts';

/** A source of uniform numbers in [0, 1) with 32 random bits each. */
export type Random = () => number;

/**
 * sfc32, Chris Doty-Humphrey's small fast counting generator (PractRand): 128 bits of state, a period of at
 * least 2^32, the same numbers on every machine. Not for secrets.
 *
 * @param seed any integer; its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let a = 0;
  let b = seed >>> 0;
  let c = 0x9e3779b9; // the golden ratio, so that seed 0 does not start from an all-zero state
  let counter = 1;

  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round++) next(); // lets neighbouring seeds drift apart

  return () => next() / 0x1_0000_0000;
}

interface Shufflable<T> {
  readonly length: number;
  [index: number]: T;
}

/** Shuffles in place (Fisher–Yates, in Durstenfeld's version) and returns what it was given. */
export function shuffle<T, L extends Shufflable<T>>(items: L & Shufflable<T>, random: Random): L {
  for (let last = items.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    const held = items[last]!;
    items[last] = items[chosen]!;
    items[chosen] = held;
  }
  return items;
}

/**
 * A binomial number: successes of so many trials. Waiting times where few are expected, else the transformed rejection of
 * Hörmann (1993, BTRS); exact, in a time that does not depend on the trials.
 *
 * @param trials a whole number from 0
 * @param probability in [0, 1]
 */
export function randomBinomial(trials: number, probability: number, random: Random): number {
  if (probability > 0.5) return trials - randomBinomial(trials, 1 - probability, random);
  if (trials <= 0 || probability <= 0) return 0;
  return trials * probability < 10
    ? binomialByWaiting(trials, probability, random)
    : binomialByRejection(trials, probability, random);
}

function binomialByWaiting(trials: number, probability: number, random: Random): number {
  const scale = Math.log1p(-probability);
  let successes = -1;
  for (let tried = 0; tried <= trials; successes++) tried += Math.floor(Math.log(1 - random()) / scale) + 1;
  return successes;
}

function binomialByRejection(n: number, p: number, random: Random): number {
  const deviation = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const odds = Math.log(p / (1 - p));
  const mode = Math.floor((n + 1) * p);
  const ways = (k: number) => lnGamma(k + 1) + lnGamma(n - k + 1);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + n * p + 0.5);
    if (us >= 0.07 && v <= 0.92 - 4.2 / b) return k;
    if (k < 0 || k > n) continue;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= ways(mode) - ways(k) + (k - mode) * odds) return k;
  }
}

import { pairs, total } from './counts.ts';
import { type Proportion, share } from './proportions.ts';
import { lnBeta } from './special-functions.ts';

/**
 * Evidence that may be looked at after every observation. An e-value is what a bet against the null hypothesis has made of
 * 1; under the null it ever exceeds 1/α with a probability of at most α (Ville 1939; Ramdas, Grünwald, Vovk and Shafer 2023,
 * "Game-theoretic statistics and safe anytime-valid inference"). All here are natural logarithms of e-values.
 */

/** Odds of an event in the canary, by those in production: a bet is spread over these. */
const ODDS_RATIOS = [1.25, 1.5, 2, 3, 5, 10, 25, 100];

/** And over how frequent events are in production, 0 being rare events, with the part of the bet that each has. */
const RATES = [
  [0, 0.5],
  [0.1, 0.25],
  [0.3, 0.25],
] as const;

/**
 * ln e against "an event (an error, a slow answer, a wrong label) is at most as frequent in the canary as in production".
 *
 * The canary has a share s of the trials. A bet that events have probability p there and q < p in production makes, of
 * each trial, the probability of its outcome by that under the mean probability r = s p + (1 − s) q (Turner, Ly and
 * Grünwald 2024, "Generic e-variables for exact sequential k-sample tests"):
 *
 *     (p/r)^k_c (q/r)^k_p ((1 − p)/(1 − r))^(n_c − k_c) ((1 − q)/(1 − r))^(n_p − k_p)
 *
 * whose mean is 1 where both arms have any same probability, and less where the canary's is lower. The e-value is the mean
 * over several p and q. It needs no least sample and no normal approximation. s is that of the counts: the arms must have
 * been mixed at one share, as in a stage they are.
 *
 * @param canary events of trials
 * @param production the same of requests of the same time
 * @returns 0 before the first event, apart from what their absence says
 * @throws InvalidInput `proportion`
 */
export function frequencyEvidence(canary: Proportion, production: Proportion): number {
  share(canary);
  share(production);
  const bets = RATES.flatMap(([rate, part]) =>
    ODDS_RATIOS.map((ratio) => Math.log(part) + betOn(ratio, rate, canary, production)),
  );
  return lnSum(bets) - Math.log(ODDS_RATIOS.length);
}

function betOn(ratio: number, rate: number, canary: Proportion, production: Proportion): number {
  const s = canary.trials / (canary.trials + production.trials);
  const by = ratio / (1 + (ratio - 1) * rate); // p / q
  const mean = s * by + 1 - s; // r / q, which has a limit where q is 0
  const events = canary.successes + production.successes;
  const ofEvents = canary.successes * Math.log(by) - events * Math.log(mean);
  const [p, r] = [by * rate, mean * rate];
  const ofOthers =
    (canary.trials - canary.successes) * Math.log1p(-p) +
    (production.trials - production.successes) * Math.log1p(-rate) -
    (canary.trials + production.trials - events) * Math.log1p(-r);
  return ofEvents + ofOthers;
}

/** Observations that the prior of a label's share of the canary is worth. */
const PRIOR = 20;

/**
 * ln e against "labels are distributed alike in the canary and in production": universal inference (Wasserman, Ramdas and
 * Balakrishnan 2020). Under the null all labels are the canary's with one probability, whichever it is; the bet lets each
 * label have its own, with a beta prior around the canary's share of all.
 *
 *     Σ_labels ln [B(a + k_c, b + k_p) / B(a, b)] − n_c ln s − n_p ln(1 − s),  a = 20 s, b = 20 (1 − s)
 *
 * @param canary counts of labels
 * @param production counts of the same labels
 * @throws InvalidInput `shape`, `count`; `empty` when one has no labels
 */
export function mixEvidence(canary: readonly number[], production: readonly number[]): number {
  const [n, m] = [total(canary), total(production)];
  const s = n / (n + m);
  const [a, b] = [PRIOR * s, PRIOR * (1 - s)];
  const prior = lnBeta(a, b);
  const bet = pairs(canary, production).reduce(
    (sum, [c, p]) => sum + (c + p > 0 ? lnBeta(a + c, b + p) - prior : 0),
    0,
  );
  return bet - n * Math.log(s) - m * Math.log1p(-s);
}

/** The p-value that is valid at any time: 1 / e, at most 1. */
export const anytimePValue = (lnEvidence: number): number => Math.min(Math.exp(-lnEvidence), 1);

/** ln of the sum of exp(x), without overflow. */
function lnSum(logarithms: readonly number[]): number {
  const most = Math.max(...logarithms);
  return most + Math.log(logarithms.reduce((sum, x) => sum + Math.exp(x - most), 0));
}

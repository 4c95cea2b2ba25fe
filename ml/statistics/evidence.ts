import { pairs, total } from './counts.ts';
import { type Proportion, share } from './proportions.ts';
import { lnBeta } from './special-functions.ts';

/**
 * Evidence that may be looked at after every observation. An e-value is what a bet against the null hypothesis has made of
 * 1; under the null it ever exceeds 1/α with a probability of at most α (Ville 1939; Ramdas, Grünwald, Vovk and Shafer 2023,
 * "Game-theoretic statistics and safe anytime-valid inference"). All here are natural logarithms of e-values.
 */

/** Alternatives that a bet is spread over: an event is so many times as frequent in the canary as in production. */
const RATIOS = [1.25, 1.5, 2, 3, 5, 10, 25, 100];

/**
 * ln e against "an event (an error, a slow answer, a wrong label) is at most as frequent in the canary as in production".
 *
 * Of the k events, k_c are of the canary, which has a share s of the trials. Under the null each event is the canary's
 * with probability s at most; were events ρ times as frequent there, with s ρ / (s ρ + 1 − s). So a bet on ρ has made
 *
 *     ρ^k_c / (s ρ + 1 − s)^k
 *
 * and the e-value is the mean over several ρ. It needs no least sample and no normal approximation, and how frequent events
 * are in production does not matter. s is that of the counts: given these, k_c is hypergeometric, which is less spread
 * than the binomial the bet allows for (Hoeffding 1963), so that the e-value errs on the safe side.
 *
 * @param canary events of trials
 * @param production the same of requests of the same time
 * @returns 0 before the first event; at most about k ln 100
 * @throws InvalidInput `proportion`
 */
export function frequencyEvidence(canary: Proportion, production: Proportion): number {
  share(canary);
  share(production);
  const s = canary.trials / (canary.trials + production.trials);
  const events = canary.successes + production.successes;
  return lnMean(
    RATIOS.map((ratio) => canary.successes * Math.log(ratio) - events * Math.log(s * ratio + 1 - s)),
  );
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

/** ln of the mean of exp(x), without overflow. */
function lnMean(logarithms: readonly number[]): number {
  const most = Math.max(...logarithms);
  return most + Math.log(logarithms.reduce((sum, x) => sum + Math.exp(x - most), 0) / logarithms.length);
}

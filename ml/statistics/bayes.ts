import { differenceOf } from './difference.ts';
import { betaTail, normalDensity, normalTail } from './distributions.ts';
import type { Estimate } from './estimate.ts';
import { type Proportion, share } from './proportions.ts';
import { incompleteBeta, lnBeta } from './special-functions.ts';

/** What to believe of a treatment, where higher is better. */
export interface Belief {
  /** P(treatment > control) */
  readonly winProbability: number;
  /** what is lost on average by choosing the treatment: E[max(control − treatment, 0)], in the metric's unit */
  readonly lossOfTreatment: number;
  /** and by keeping the control */
  readonly lossOfControl: number;
}

interface Beta {
  readonly a: number;
  readonly b: number;
}

const UNIFORM: Beta = { a: 1, b: 1 };

/**
 * Two shares with a beta prior each (Stucchio 2015, "Bayesian A/B testing at VWO"). The integrals over the control's
 * posterior are made by Gauss–Legendre quadrature, right to about 1e-9.
 *
 * @param prior a, b ≥ 1: successes and failures seen beforehand, plus one each
 * @throws InvalidInput `proportion`
 */
export function proportionBelief(control: Proportion, treatment: Proportion, prior: Beta = UNIFORM): Belief {
  const [c, t] = [posterior(control, prior), posterior(treatment, prior)];
  const expect = (value: (x: number) => number) => Math.max(expectation(c, value), 0); // rounding leaves the range
  const lossOfTreatment = expect(
    (x) => x * incompleteBeta(t.a, t.b, x) - meanOf(t) * incompleteBeta(t.a + 1, t.b, x),
  );
  return {
    winProbability: Math.min(
      expect((x) => betaTail(x, t.a, t.b)),
      1,
    ),
    lossOfTreatment,
    lossOfControl: Math.max(lossOfTreatment + meanOf(t) - meanOf(c), 0), // E[max(d, 0)] − E[max(−d, 0)] = E[d]
  };
}

/**
 * Two estimates without prior knowledge, whose difference is normal: means, ratios, quantiles.
 *
 * @throws InvalidInput `zero-variance`, `too-few`
 */
export function normalBelief(control: Estimate, treatment: Estimate): Belief {
  const { difference, standardError } = differenceOf(control, treatment);
  const z = difference / standardError;
  const density = standardError * normalDensity(z);
  return {
    winProbability: normalTail(-z),
    lossOfTreatment: Math.max(density - difference * normalTail(z), 0),
    lossOfControl: Math.max(density + difference * normalTail(-z), 0),
  };
}

function posterior(proportion: Proportion, prior: Beta): Beta {
  share(proportion);
  return { a: proportion.successes + prior.a, b: proportion.trials - proportion.successes + prior.b };
}

const meanOf = ({ a, b }: Beta): number => a / (a + b);

/** E[value(X)] of a beta distribution. */
function expectation({ a, b }: Beta, value: (x: number) => number): number {
  const mean = a / (a + b);
  const deviation = Math.sqrt((mean * (1 - mean)) / (a + b + 1));
  const [from, to] = [Math.max(mean - 12 * deviation, 0), Math.min(mean + 12 * deviation, 1)];
  const scale = lnBeta(a, b);
  const density = (x: number) => Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - scale);
  const panel = (to - from) / PANELS;
  let sum = 0;
  for (let at = 0; at < PANELS; at++) {
    const middle = from + (at + 0.5) * panel;
    for (const [node, weight] of GAUSS_LEGENDRE) {
      const x = middle + (node * panel) / 2;
      sum += weight * density(x) * value(x);
    }
  }
  return (sum * panel) / 2;
}

const PANELS = 16;
/** Nodes and weights of order 8 on [−1, 1] (Abramowitz and Stegun 25.4). */
const GAUSS_LEGENDRE = [
  [0.1834346424956498, 0.362683783378362],
  [0.525532409916329, 0.3137066458778873],
  [0.7966664774136267, 0.2223810344533745],
  [0.9602898564975363, 0.1012285362903763],
].flatMap(([node, weight]) => [[node!, weight!] as const, [-node!, weight!] as const]);

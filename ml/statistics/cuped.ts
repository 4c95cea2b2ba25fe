import { addPairSums, type Estimate, momentsOf, type PairSums } from './estimate.ts';

export interface Cuped {
  readonly theta: number;
  readonly control: Estimate;
  readonly treatment: Estimate;
  /** share of the variance that is gone, the squared correlation of y and x: 0 nothing, 1 all */
  readonly varianceReduction: number;
}

/**
 * CUPED (Deng, Xu, Kohavi and Walker 2013): means of y adjusted by what was known of each unit before the experiment, x,
 *
 *     ŷ = ȳ − θ (x̄ − x̄ of both arms),  θ = Cov(y, x) / Var(x) of both arms together
 *
 * whose difference is an unbiased estimate of the effect with a smaller variance. Where x does not vary, θ is 0 and
 * nothing is adjusted. An arm's variance is that of y − θ x.
 *
 * @throws InvalidInput `too-few` when an arm has fewer than two units
 */
export function cuped(control: PairSums, treatment: PairSums): Cuped {
  const both = momentsOf(addPairSums(control, treatment));
  const theta = both.varianceX > 0 ? both.covariance / both.varianceX : 0;
  const explained = both.varianceX * both.varianceY;
  return {
    theta,
    control: adjusted(control, theta, both.x),
    treatment: adjusted(treatment, theta, both.x),
    varianceReduction: explained > 0 ? Math.min(both.covariance ** 2 / explained, 1) : 0,
  };
}

function adjusted(arm: PairSums, theta: number, center: number): Estimate {
  const { y, x, varianceY, varianceX, covariance } = momentsOf(arm);
  const variance = Math.max(varianceY + theta ** 2 * varianceX - 2 * theta * covariance, 0);
  return {
    value: y - theta * (x - center),
    standardError: Math.sqrt(variance / arm.count),
    count: arm.count,
  };
}

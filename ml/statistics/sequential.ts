import { InvalidInput } from '../errors.ts';
import { type Difference, differenceOf } from './difference.ts';
import type { Estimate, Interval } from './estimate.ts';

export interface SequentialOptions {
  /** of the interval over all looks together */
  readonly confidence?: number;
  /** observations of both arms together at which the interval is narrowest for its confidence */
  readonly tuning?: number;
}

const TUNING = 5000;

/**
 * The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas ("Time-uniform central limit
 * theory and asymptotic confidence sequences", 2024), as GrowthBook has it: intervals that hold at all looks at once, so
 * that one may look after every observation and stop when one likes. With n observations of both arms:
 *
 *     ± e √n · √(2 (n ρ² + 1) ln(√(n ρ² + 1) / α) / (n ρ)²),  ρ = √((−2 ln α + ln(1 − 2 ln α)) / tuning)
 *
 * and the p-value that is valid at any time, the inverse of the mixture e-value:
 *
 *     p = √(n ρ² + 1) · exp(−ρ² d² n / (2 e² (n ρ² + 1))), at most 1
 *
 * Asymptotic: it trusts the central limit theorem from the first look on, so do not look before some hundred observations.
 *
 * @param effect a difference, or a lift, with its standard error
 * @param observations of both arms
 * @throws InvalidInput `zero-variance`
 */
export function confidenceSequence(
  { difference, standardError }: Pick<Difference, 'difference' | 'standardError'>,
  observations: number,
  { confidence = 0.95, tuning = TUNING }: SequentialOptions = {},
): { interval: Interval; pValue: number } {
  if (!(standardError > 0))
    throw new InvalidInput('zero-variance', `an effect with an error of ${standardError} has no interval`);
  const alpha = 1 - confidence;
  const rho2 = (-2 * Math.log(alpha) + Math.log(1 - 2 * Math.log(alpha))) / tuning;
  const grown = observations * rho2 + 1;
  const spread = (2 * grown * Math.log(Math.sqrt(grown) / alpha)) / (observations * rho2);
  const width = standardError * Math.sqrt(spread); // √n cancels
  const logEvidence =
    (rho2 * difference ** 2 * observations) / (2 * standardError ** 2 * grown) - Math.log(grown) / 2;
  return {
    interval: [difference - width, difference + width],
    pValue: Math.min(Math.exp(-logEvidence), 1),
  };
}

/** The difference of two arms with an interval and a p-value that are valid at every look. @throws InvalidInput as `welchTest` */
export function sequentialDifference(
  control: Estimate,
  treatment: Estimate,
  options: SequentialOptions = {},
): Difference {
  const effect = differenceOf(control, treatment);
  return { ...effect, ...confidenceSequence(effect, control.count + treatment.count, options) };
}

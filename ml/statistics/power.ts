import { InvalidInput } from '../errors.ts';
import { normalQuantile } from './distributions.ts';

export interface PowerOptions {
  /** two-sided */
  readonly significance?: number;
  /** probability of seeing the effect if it is there */
  readonly power?: number;
  /** units of the treatment for each of the control */
  readonly ratio?: number;
}

const SIGNIFICANCE = 0.05;
const POWER = 0.8;

/**
 * The units that the control needs for a two-sided test of two shares (Fleiss, Levin and Paik 2003, 4.14, without
 * continuity correction); the treatment needs `ratio` times as many.
 *
 *     n = (z_α √(p̄ (1 − p̄) (1 + 1/r)) + z_β √(p₁ (1 − p₁) + p₂ (1 − p₂) / r))² / (p₂ − p₁)²
 *
 * @param control the share to expect, such as 0.8
 * @param effect the least difference worth seeing: 0.02 is two points
 * @returns a whole number
 * @throws InvalidInput `effect` when it is 0 or leads out of [0, 1]; `option`
 */
export function unitsForProportions(control: number, effect: number, options: PowerOptions = {}): number {
  const { significance, power, ratio } = complete(options);
  const treatment = control + effect;
  if (effect === 0 || !(control >= 0 && control <= 1 && treatment >= 0 && treatment <= 1)) {
    throw new InvalidInput('effect', `no test can see a share of ${control} become ${treatment}`);
  }
  const pooled = (control + ratio * treatment) / (1 + ratio);
  const none = Math.sqrt(pooled * (1 - pooled) * (1 + 1 / ratio));
  const some = Math.sqrt(control * (1 - control) + (treatment * (1 - treatment)) / ratio);
  return Math.ceil(
    ((normalQuantile(significance / 2) * none + normalQuantile(1 - power) * some) / effect) ** 2,
  );
}

function complete({
  significance = SIGNIFICANCE,
  power = POWER,
  ratio = 1,
}: PowerOptions): Required<PowerOptions> {
  if (!(significance > 0 && significance < 1 && power > 0 && power < 1 && ratio > 0)) {
    throw new InvalidInput(
      'option',
      `significance ${significance} and power ${power} must be between 0 and 1, the ratio ${ratio} above 0`,
    );
  }
  return { significance, power, ratio };
}

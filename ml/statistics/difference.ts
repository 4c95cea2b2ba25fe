import { InvalidInput } from '../errors.ts';
import { studentQuantile, studentTail } from './distributions.ts';
import type { Estimate, Interval } from './estimate.ts';

/** What a treatment is beside the control. */
export interface Difference {
  /** treatment − control */
  readonly difference: number;
  readonly standardError: number;
  readonly interval: Interval;
  /** two-sided */
  readonly pValue: number;
}

export interface WelchTest extends Difference {
  readonly t: number;
  /** degrees of freedom by Welch and Satterthwaite */
  readonly freedom: number;
}

/**
 * Welch's t test of two estimates whose variances may differ (Welch 1947): of means, and of all whose error is known.
 *
 *     t = (v₂ − v₁) / √(e₁² + e₂²),  ν = (e₁² + e₂²)² / (e₁⁴ / (n₁ − 1) + e₂⁴ / (n₂ − 1))
 *
 * @param confidence of the interval, such as 0.95
 * @throws InvalidInput `zero-variance` when nothing varies in either, `too-few` when one is of fewer than two units
 */
export function welchTest(control: Estimate, treatment: Estimate, confidence = 0.95): WelchTest {
  const { difference, standardError } = differenceOf(control, treatment);
  const part = ({ standardError: error, count }: Estimate) => error ** 4 / (count - 1);
  const freedom = standardError ** 4 / (part(control) + part(treatment));
  const t = difference / standardError;
  const width = studentQuantile((1 - confidence) / 2, freedom) * standardError;
  return {
    difference,
    standardError,
    interval: [difference - width, difference + width],
    pValue: Math.min(2 * studentTail(Math.abs(t), freedom), 1),
    t,
    freedom,
  };
}

/** Treatment − control, with √(e₁² + e₂²). @throws InvalidInput as `welchTest` */
export function differenceOf(
  control: Estimate,
  treatment: Estimate,
): Pick<Difference, 'difference' | 'standardError'> {
  for (const { value, standardError, count } of [control, treatment]) {
    if (!(count >= 2))
      throw new InvalidInput(
        'too-few',
        `an arm of ${count} units cannot be compared: two or more are needed`,
      );
    if (!(Number.isFinite(value) && standardError >= 0)) {
      throw new InvalidInput('value', `${value} ± ${standardError} is no estimate`);
    }
  }
  const standardError = Math.hypot(control.standardError, treatment.standardError);
  if (standardError === 0) {
    throw new InvalidInput(
      'zero-variance',
      'nothing varies in either arm, so that chance cannot be told from effect',
    );
  }
  return { difference: treatment.value - control.value, standardError };
}

/**
 * The relative lift (treatment − control) / control, its error by the delta method, as GrowthBook has it:
 *
 *     Var = e₂² / v₁² + e₁² v₂² / v₁⁴
 *
 * @throws InvalidInput `zero-control` when the control is 0, and as `welchTest`
 */
export function relativeLift(
  control: Estimate,
  treatment: Estimate,
): Pick<Difference, 'difference' | 'standardError'> {
  const { difference } = differenceOf(control, treatment);
  if (control.value === 0) throw new InvalidInput('zero-control', 'there is no lift over a control of 0');
  const error = Math.hypot(
    treatment.standardError / control.value,
    (control.standardError * treatment.value) / control.value ** 2,
  );
  return { difference: difference / control.value, standardError: error };
}

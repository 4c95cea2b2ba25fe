import { InvalidInput } from '../errors.ts';
import { chiSquareGoodnessOfFit } from './chi-square.ts';

export interface SampleRatio {
  readonly statistic: number;
  readonly pValue: number;
  /** whether the split is not the one that was asked for: then no result of the experiment can be trusted */
  readonly isMismatch: boolean;
}

/**
 * The sample ratio check: whether arms have as many units as their weights ask for (chi-square; Fabijan et al. 2019,
 * "Diagnosing sample ratio mismatch").
 *
 * @param weights of the arms, scaled to the units there are
 * @param units of each arm
 * @param significance far below that of a metric: a false alarm stops the reading of the experiment
 * @throws InvalidInput `too-few-arms` of fewer than two; `empty`, `count`, `impossible` as chi-square
 */
export function sampleRatio(
  weights: readonly number[],
  units: readonly number[],
  significance = 0.001,
): SampleRatio {
  if (weights.filter((weight) => weight > 0).length < 2) {
    throw new InvalidInput(
      'too-few-arms',
      `${weights.length} arms with traffic cannot be compared: two or more are needed`,
    );
  }
  const { statistic, pValue } = chiSquareGoodnessOfFit(weights, units);
  return { statistic, pValue, isMismatch: pValue < significance };
}

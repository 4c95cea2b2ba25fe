/** How far predicted numbers are from the actual ones, in their unit. */
export interface RegressionMetrics {
  readonly samples: number;
  /** root of the mean squared error */
  readonly rmse: number;
  /** mean absolute error */
  readonly mae: number;
  /** share of the variance that is explained (coefficient of determination); 0 where the actual ones are constant */
  readonly r2: number;
}

export function regressionMetrics(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
): RegressionMetrics {
  const samples = actual.length;
  let total = 0;
  for (let at = 0; at < samples; at++) total += actual[at]!;
  const mean = total / Math.max(samples, 1);
  let squares = 0;
  let absolute = 0;
  let spread = 0;
  for (let at = 0; at < samples; at++) {
    const error = predicted[at]! - actual[at]!;
    squares += error * error;
    absolute += Math.abs(error);
    spread += (actual[at]! - mean) ** 2;
  }
  const count = Math.max(samples, 1);
  return {
    samples,
    rmse: Math.sqrt(squares / count),
    mae: absolute / count,
    r2: spread === 0 ? 0 : 1 - squares / spread,
  };
}

/** How far predicted numbers are from the actual ones, in their unit unless something else is said. */
export interface RegressionNumbers {
  /** root of the mean squared error */
  readonly rmse: number;
  /** mean squared error, in the square of the unit */
  readonly mse: number;
  /** mean absolute error */
  readonly mae: number;
  readonly medianAbsoluteError: number;
  /** the largest absolute error */
  readonly maxError: number;
  /** mean of |error| / |actual|: a fraction, huge where an actual number is about 0 */
  readonly mape: number;
  /** share of the variance that is explained (coefficient of determination) */
  readonly r2: number;
  /** the same, with a constant error forgiven: 1 − Var(error) / Var(actual) */
  readonly explainedVariance: number;
  /** pinball losses, were the prediction a quantile: errors below and above count q and 1 − q times */
  readonly pinball10: number;
  readonly pinball90: number;
}

export interface RegressionMetrics extends RegressionNumbers {
  readonly samples: number;
}

export const regressionMetrics = (
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
): RegressionMetrics => ({
  samples: actual.length,
  ...regressionNumbers(predicted, actual, new Float64Array(actual.length).fill(1)),
});

/**
 * Metrics of samples that count so many times each, as scikit-learn has them: where the actual numbers are constant, r2 and
 * explainedVariance are 1 without an error and else 0. All are 0 without samples.
 */
export function regressionNumbers(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
  weights: Float64Array,
): RegressionNumbers {
  const errors = Float64Array.from({ length: actual.length }, (_, at) => predicted[at]! - actual[at]!);
  const count = Math.max(sumOf(weights), Number.MIN_VALUE);
  const mean = (of: (at: number) => number) => sumOf(weights, of) / count;
  const center = mean((at) => actual[at]!);
  const bias = mean((at) => errors[at]!);
  const mse = mean((at) => errors[at]! ** 2);
  const spread = mean((at) => (actual[at]! - center) ** 2);
  return {
    rmse: Math.sqrt(mse),
    mse,
    mae: mean((at) => Math.abs(errors[at]!)),
    medianAbsoluteError: weightedMedian(errors.map(Math.abs), weights),
    maxError: errors.reduce(
      (most, error, at) => (weights[at]! > 0 ? Math.max(most, Math.abs(error)) : most),
      0,
    ),
    mape: mean((at) => Math.abs(errors[at]!) / Math.max(Math.abs(actual[at]!), Number.EPSILON)),
    r2: explained(mse, spread, weights.length),
    explainedVariance: explained(
      mean((at) => (errors[at]! - bias) ** 2),
      spread,
      weights.length,
    ),
    pinball10: mean((at) => pinball(errors[at]!, 0.1)),
    pinball90: mean((at) => pinball(errors[at]!, 0.9)),
  };
}

/** Of an error (predicted − actual): too low counts `quantile` times, too high the rest. */
const pinball = (error: number, quantile: number): number =>
  error < 0 ? -quantile * error : (1 - quantile) * error;

const explained = (left: number, spread: number, samples: number): number =>
  spread === 0 ? Number(left === 0 && samples > 0) : 1 - left / spread;

function sumOf(weights: Float64Array, of: (at: number) => number = () => 1): number {
  let sum = 0;
  for (let at = 0; at < weights.length; at++) if (weights[at]! > 0) sum += weights[at]! * of(at);
  return sum;
}

/** The median of values that are there so many whole times: the mean of the two in the middle. */
function weightedMedian(values: Float64Array, weights: Float64Array): number {
  const order = Int32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const total = sumOf(weights);
  const at = (place: number) => {
    let passed = 0;
    for (const index of order) {
      passed += weights[index]!;
      if (passed > place) return values[index]!;
    }
    return 0;
  };
  return (at(Math.floor((total - 1) / 2)) + at(Math.ceil((total - 1) / 2))) / 2;
}

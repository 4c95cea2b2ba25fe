import { gainOf } from '../../ml/metrics/catalogue.ts';
import { meanIncreaseTest } from '../../ml/statistics/means.ts';
import { twoProportionZTest } from '../../ml/statistics/proportions.ts';
import type { QualityMeasured } from '../../schemas/events.generated.ts';
import type { Policy } from '../../schemas/models/policy.ts';
import type { Evaluation, Labelled } from './state.ts';

type Compared = Pick<QualityMeasured, 'metric' | 'value' | 'reference' | 'pValue' | 'dropped'>;

/**
 * The metric of a window beside that of the test split: accuracy of labels, or root mean squared error of numbers.
 * Undefined when the evaluation did not measure it. A drop must be significant and reach the margin, which is a fraction
 * of the error where answers are numbers.
 */
export function compareQuality(
  labelled: readonly Labelled[],
  { metrics, standardErrors, samples }: Evaluation,
  { margin, significance }: Policy['quality'],
): Compared | undefined {
  const { rmse } = metrics;
  const right = metrics.accuracy === undefined ? 'subsetAccuracy' : 'accuracy';
  const accuracy = metrics[right];
  const measured =
    accuracy !== undefined
      ? compareAccuracy(labelled, right, accuracy, samples)
      : rmse !== undefined && compareError(labelled, rmse, standardErrors.rmse ?? 0);
  if (!measured) return undefined;
  const { metric, value, reference, pValue } = measured;
  const dropped = pValue < significance && -gainOf(metric, value, reference) >= margin;
  return { ...measured, dropped };
}

/** @param metric of one label each the accuracy, of several the accuracy of their sets */
function compareAccuracy(
  labelled: readonly Labelled[],
  metric: string,
  reference: number,
  samples: number,
): Omit<Compared, 'dropped'> {
  const right = labelled.filter(({ served, truth }) => served.label === truth.label).length;
  const { pValue } = twoProportionZTest(
    { successes: right, trials: labelled.length },
    { successes: Math.round(reference * samples), trials: samples },
    'smaller',
  );
  return { metric, value: right / labelled.length, reference, pValue };
}

/** @param standardError of the reference */
function compareError(
  labelled: readonly Labelled[],
  reference: number,
  standardError: number,
): Omit<Compared, 'dropped'> {
  const squares = Float64Array.from(labelled, ({ served, truth }) => (served.value! - truth.value!) ** 2);
  const { mean, pValue } = meanIncreaseTest(squares, {
    mean: reference ** 2,
    standardError: 2 * reference * standardError, // delta method
  });
  return { metric: 'rmse', value: Math.sqrt(mean), reference, pValue };
}

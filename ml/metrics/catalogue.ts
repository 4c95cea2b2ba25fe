import { didYouMean } from '../../kernel/nearest.ts';
import { InvalidInput } from '../errors.ts';
import type { ProblemType } from '../problem.ts';

/** What a metric says of a model, and which value of it is better. */
export interface Metric {
  readonly appliesTo: ProblemType;
  /** which value is better */
  readonly better: 'higher' | 'lower';
  /** A `fraction` is shown in per cent; `target` is the unit of the target, `nats` are those of log loss. */
  readonly unit: 'fraction' | 'nats' | 'target';
  readonly description: string;
}

const ofClasses = (better: Metric['better'], unit: Metric['unit'], description: string): Metric => ({
  appliesTo: 'classification',
  better,
  unit,
  description,
});
const ofNumbers = (better: Metric['better'], unit: Metric['unit'], description: string): Metric => ({
  appliesTo: 'regression',
  better,
  unit,
  description,
});

/** Every metric that an evaluation measures, by name: each is one number for a model on a set of samples. */
export const METRICS: Readonly<Record<string, Metric>> = {
  accuracy: ofClasses('higher', 'fraction', 'samples whose label is the predicted one'),
  macroF1: ofClasses('higher', 'fraction', 'mean F1 of the classes'),
  logLoss: ofClasses('lower', 'nats', 'mean of -ln p(right class)'),
  calibrationError: ofClasses('lower', 'fraction', 'expected calibration error, 15 bins'),
  anyLabelAccuracy: ofClasses('higher', 'fraction', 'samples that have the predicted label among theirs'),
  top2Accuracy: ofClasses('higher', 'fraction', 'samples whose label is among the two most probable'),
  top3Accuracy: ofClasses('higher', 'fraction', 'samples whose label is among the three most probable'),
  rmse: ofNumbers('lower', 'target', 'root mean squared error'),
  mae: ofNumbers('lower', 'target', 'mean absolute error'),
  r2: ofNumbers('higher', 'fraction', 'fraction of the variance that is explained'),
};

/** What models are compared by unless their policy names another metric. */
export const PRIMARY_METRIC: Readonly<Record<ProblemType, string>> = {
  classification: 'accuracy',
  regression: 'rmse',
};

/** @throws InvalidInput `metric` when there is none of that name; it says which there are */
export function metricNamed(name: string): Metric {
  const metric = Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
  if (metric) return metric;
  const known = Object.keys(METRICS);
  throw new InvalidInput(
    'metric',
    `there is no metric '${name}'${didYouMean(name, known)}; there are: ${known.join(', ')}`,
  );
}

/**
 * By how much a value is better than another: above 0 when it is better, whichever direction that is. A difference; of a
 * metric in the unit of the target the difference as a fraction of the other value, so that one margin fits any unit.
 *
 * @throws InvalidInput `metric`
 */
export function gainOf(name: string, value: number, other: number): number {
  const { better, unit } = metricNamed(name);
  const difference = better === 'higher' ? value - other : other - value;
  if (unit !== 'target' || difference === 0) return difference;
  return other === 0 ? Math.sign(difference) * Number.POSITIVE_INFINITY : difference / Math.abs(other);
}

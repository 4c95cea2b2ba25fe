import type { InstanceSchema } from '../instance/schema.ts';
import type { DenseMatrix } from '../matrix.ts';
import { gainOf, PRIMARY_METRIC } from '../metrics/catalogue.ts';
import { weightedNumbers } from '../metrics/measure.ts';
import { type Example, type LearningProblem, labelsOf } from '../problem.ts';
import { seededRandom, shuffle } from '../random.ts';
import type { BlackBox } from './black-box.ts';
import type { MarginExplainer } from './explanation.ts';

/** By how much a metric gets worse when the values of a field are dealt to other rows. */
export interface PermutationImportance {
  readonly field: string;
  readonly metric: string;
  /** mean and standard deviation over the repeats; below 0 the model does better without the field */
  readonly mean: number;
  readonly std: number;
}

/**
 * Permutation importance (Breiman 2001; Fisher, Rudin and Dominici 2019) of each field, of a model of any engine. Fields that
 * say the same share their importance, and may seem to have none. A field that a model must name to read is left out where it
 * does not.
 */
export async function permutationImportance(
  { task, schema, score }: BlackBox,
  examples: readonly Example[],
  repeats = 5,
): Promise<PermutationImportance[]> {
  const metric = PRIMARY_METRIC[task.type];
  const random = seededRandom(1);
  const whole = metricOf(task, await score(examples.map(({ instance }) => instance)), examples);
  const importance: PermutationImportance[] = [];
  for (const field of Object.keys(schema.fields)) {
    const losses: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const values = shuffle(
        examples.map(({ instance }) => instance[field] ?? null),
        random,
      );
      const dealt = examples.map(({ instance }, row) => ({ ...instance, [field]: values[row] ?? null }));
      losses.push(lossOf(metric, whole, metricOf(task, await score(dealt), examples)));
    }
    if (isOptIn(schema, field) && losses.every((loss) => loss === 0)) continue; // a model that reads others
    importance.push({ field, metric, ...meanAndDeviation(losses) });
  }
  return importance.sort((a, b) => b.mean - a.mean);
}

const isOptIn = ({ fields }: InstanceSchema, name: string): boolean =>
  fields[name]?.type === 'text' && fields[name].optIn === true;

/** A difference in the unit of the metric, above 0 when it got worse. */
const lossOf = (metric: string, whole: number, without: number): number =>
  Math.sign(gainOf(metric, whole, without)) * Math.abs(whole - without);

function metricOf(task: LearningProblem, scores: DenseMatrix, examples: readonly Example[]): number {
  return weightedNumbers(task, scores, examples)(new Float64Array(examples.length).fill(1))[
    PRIMARY_METRIC[task.type]
  ]!;
}

function meanAndDeviation(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / values.length) };
}

/** How much a feature matters to the logit of a label, or to the number. */
export interface FeatureImportance {
  readonly feature: string;
  /** mean of the absolute contributions over the instances and labels */
  readonly mean: number;
  /** the label whose logit it raises most, on average over the instances; null of a number */
  readonly label: string | null;
}

/** The mean absolute contribution of each feature over instances: global importance from exact explanations. */
export function featureImportance(
  explainer: MarginExplainer,
  task: LearningProblem,
  examples: readonly Pick<Example, 'instance'>[],
): FeatureImportance[] {
  const sums = new Map<string, { absolute: number; signed: Float64Array }>();
  for (const { instance } of examples) {
    for (const { feature, margins } of explainer.marginsOf(instance).parts) {
      const sum = sums.get(feature) ?? { absolute: 0, signed: new Float64Array(margins.length) };
      sums.set(feature, sum);
      for (const [score, margin] of margins.entries()) {
        sum.absolute += Math.abs(margin) / margins.length;
        sum.signed[score]! += margin;
      }
    }
  }
  return [...sums]
    .map(([feature, { absolute, signed }]) => ({
      feature,
      mean: absolute / examples.length,
      label: labelsOf(task)?.[signed.indexOf(Math.max(...signed))] ?? null,
    }))
    .sort((a, b) => b.mean - a.mean || (a.feature < b.feature ? -1 : 1));
}

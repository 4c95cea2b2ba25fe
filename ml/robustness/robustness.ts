import type { Score } from '../explain/black-box.ts';
import type { Instance, InstanceSchema } from '../instance/schema.ts';
import { PRIMARY_METRIC } from '../metrics/catalogue.ts';
import { weightedNumbers } from '../metrics/measure.ts';
import type { Example, LearningProblem } from '../problem.ts';
import { seededRandom } from '../random.ts';
import { applies, deviationsOf, PERTURBATIONS, perturbed } from './perturbations.ts';

/** The model that is tried, and how an instance becomes what it reads. */
export interface Tried {
  readonly task: LearningProblem;
  readonly schema: InstanceSchema;
  readonly score: Score;
  clean(instance: Instance): Instance;
}

/** The primary metric under a perturbation, over the trials. */
export interface RobustnessResult {
  readonly perturbation: string;
  readonly metric: string;
  /** without the perturbation */
  readonly whole: number;
  readonly trials: number;
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/** How well a model does on samples that were perturbed at random; each perturbation is tried so many times. */
export async function robustnessOf(
  { task, schema, score, clean }: Tried,
  examples: readonly Example[],
  trials = 10,
): Promise<RobustnessResult[]> {
  const metric = PRIMARY_METRIC[task.type];
  const weights = new Float64Array(examples.length).fill(1);
  const measured = async (instances: readonly Instance[]) =>
    weightedNumbers(task, await score(instances), examples)(weights)[metric]!;
  const instances = examples.map(({ instance }) => instance);
  const deviations = deviationsOf(schema, instances);
  const whole = await measured(instances);
  const results: RobustnessResult[] = [];
  for (const [name, perturbation] of Object.entries(PERTURBATIONS)) {
    if (!applies(perturbation, schema)) continue;
    const values: number[] = [];
    for (let trial = 0; trial < trials; trial++) {
      const random = seededRandom(1 + trial);
      const changed = instances.map((instance) =>
        clean(perturbed(instance, perturbation, schema, deviations, random)),
      );
      values.push(await measured(changed));
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / trials;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const std = Math.sqrt(squares / Math.max(trials - 1, 1));
    const [min, max] = [Math.min(...values), Math.max(...values)];
    results.push({ perturbation: name, metric, whole, trials, mean, std, min, max });
  }
  return results;
}

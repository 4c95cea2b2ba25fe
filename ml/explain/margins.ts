import type { Instance } from '../instance/schema.ts';
import type { LearningProblem } from '../problem.ts';
import type { Margins } from './explanation.ts';

/** Margins as the head of the graph reads them: divided by the temperature, or in the unit of the target (see `headOf`). */
export function scaledMargins(
  task: LearningProblem,
  constants: ReadonlyMap<string, Float32Array | Int32Array>,
): (margins: Margins) => Margins {
  const [factor, shift] =
    task.type !== 'regression'
      ? [1 / (constants.get('temperature')?.[0] ?? 1), 0]
      : [constants.get('target_deviation')?.[0] ?? 1, constants.get('target_mean')?.[0] ?? 0];
  return ({ base, parts }) => ({
    base: base.map((value) => value * factor + shift),
    parts: parts.map((part) => ({ ...part, margins: part.margins.map((value) => value * factor) })),
  });
}

/** Parts of the same field as one: a date is several columns, a category many features. */
export function sumsByField(
  parts: readonly { readonly field: string; readonly margins: Float64Array }[],
  instance: Instance,
): Margins['parts'] {
  const sums = new Map<string, Float64Array>();
  for (const { field, margins } of parts) {
    const sum = sums.get(field);
    if (sum) for (const [score, value] of margins.entries()) sum[score]! += value;
    else sums.set(field, margins.slice());
  }
  return [...sums].map(([feature, margins]) => ({ feature, value: instance[feature] ?? null, margins }));
}

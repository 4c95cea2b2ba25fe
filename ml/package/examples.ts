import { z } from 'zod';
import { InvalidPackage } from '../errors.ts';
import type { Instance } from '../instance/schema.ts';
import type { DenseMatrix } from '../matrix.ts';

export const EXAMPLES_FILE = 'examples.json';

/** How far a score may be from that of its example pair: absolute, or relative to scores above 1. */
const TOLERANCE = 1e-4;
const MAX_EXAMPLES = 5;

const pair = z.strictObject({
  instance: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  scores: z.array(z.number()).min(1),
});

export const examplesSchema = z.array(pair).min(1);

/** An instance, and the scores that the model gave it when it was packed. */
export type ExamplePair = z.infer<typeof pair>;

/** Some instances, evenly spread, with their scores. */
export function examplePairs(
  instances: readonly Instance[],
  { columns, values }: DenseMatrix,
): ExamplePair[] {
  const count = Math.min(MAX_EXAMPLES, instances.length);
  return Array.from({ length: count }, (_, at) => {
    const row = Math.floor((at * instances.length) / count);
    const scores = [...values.subarray(row * columns, (row + 1) * columns)];
    return { instance: { ...instances[row]! }, scores };
  });
}

/**
 * Compares the scores of the example pairs with those that the model gives them here.
 *
 * @throws InvalidPackage `mismatched`, naming the pair, the score and by how much it differs
 */
export function assertScores(
  pairs: readonly ExamplePair[],
  { columns, values }: DenseMatrix,
  nameOf: (score: number) => string,
  { tolerance = TOLERANCE }: { readonly tolerance?: number } = {},
): void {
  for (const [row, { scores }] of pairs.entries()) {
    for (const [score, expected] of scores.entries()) {
      const given = values[row * columns + score]!;
      const difference = Math.abs(given - expected);
      if (difference <= tolerance * Math.max(1, Math.abs(expected))) continue;
      throw new InvalidPackage(
        'mismatched',
        EXAMPLES_FILE,
        `example ${row + 1}: the model gives ${nameOf(score)} ${given}, not ${expected}: ` +
          `it differs by ${difference.toPrecision(3)}, more than ${tolerance}`,
      );
    }
  }
}

import { seedAt } from '../training/seeds.ts';
import { dropoutFactors } from './dropout.ts';
import type { EncoderGradients, TrainingBatch } from './gradients.ts';

/** A part of a batch, which is computed at a time. */
export interface BatchPart extends TrainingBatch {
  /** in its batch, from 0 */
  readonly at: number;
  /** that the dropout of the batch follows from */
  readonly seed: number;
}

/** The loss of a part; its gradient is written to `into`. See `EncoderGradients.compute`. */
export function partGradient(
  gradients: EncoderGradients,
  { at, seed, ...batch }: BatchPart,
  dropout: number,
  weights: Float32Array,
  into: Float32Array,
): Promise<number> {
  const places = new Map(gradients.places.map((place, at) => [place, at]));
  return gradients.compute(batch, weights, into, (place, size) =>
    dropoutFactors(dropout, seedAt(seed, at * places.size + places.get(place)!), new Float32Array(size)),
  );
}

/** Computes the gradient of a batch, which is the sum of those of its parts, added in their order. */
export interface BatchGradients {
  /** The loss of a batch; its gradient is written to `into`. */
  compute(parts: readonly BatchPart[], weights: Float32Array, into: Float32Array): Promise<number>;
  close(): Promise<void>;
}

/** Computes one part after the other in this thread, each with all cores. */
export function oneAtATime(gradients: EncoderGradients, dropout: number): BatchGradients {
  let spare = new Float32Array();
  const more = (length: number) => {
    if (spare.length === 0) spare = new Float32Array(length);
    return spare;
  };
  return {
    async compute(parts, weights, into) {
      let loss = 0;
      for (const part of parts) {
        const own = part.at === 0 ? into : more(into.length);
        loss += await partGradient(gradients, part, dropout, weights, own);
        if (part.at > 0) add(into, own);
      }
      return loss;
    },
    close: async () => {},
  };
}

export function add(into: Float32Array, values: Float32Array): void {
  for (let at = 0; at < into.length; at++) into[at]! += values[at]!;
}

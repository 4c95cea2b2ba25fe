import { InvalidInput } from '../errors.ts';
import { seededRandom, shuffle } from '../random.ts';
import { seedAt } from './seeds.ts';

/** How many samples a step takes, and how many of them are on the device at a time. */
export interface BatchSize {
  /** samples of a step */
  readonly batch: number;
  /** of a pass forward and back; the gradients of the passes of a step are added */
  readonly part: number;
}

/** Steps of an epoch that a batch size of its own choice leaves, at least, above its lower bound. */
const STEPS = 200;

/**
 * How many samples a step takes: what was given, or a power of two within bounds, the largest with which an epoch has 200
 * steps. It follows from the number of samples alone, so that another machine takes the same steps; how many of a batch are in
 * memory at a time is another matter, see `withLessMemory`.
 */
export const batchSizeOf = (
  given: number | 'auto',
  samples: number,
  { least, most }: { readonly least: number; readonly most: number },
): number =>
  given === 'auto' ? Math.min(most, Math.max(least, 2 ** Math.floor(Math.log2(samples / STEPS)))) : given;

/**
 * The order of the samples in an epoch, at random. It follows from the seed and the epoch alone, so that a training that
 * resumes needs none of the orders before it.
 *
 * @param epoch from 1
 */
export const orderOf = (samples: number, seed: number, epoch: number): Int32Array =>
  shuffle(
    Int32Array.from({ length: samples }, (_, at) => at),
    seededRandom(seedAt(seed, epoch)),
  );

/** The batches of an epoch, the last of which may be smaller; each as the parts that are computed one after the other. */
export function* batchesOf(order: Int32Array, { batch, part }: BatchSize): Generator<Int32Array[]> {
  for (let start = 0; start < order.length; start += batch) {
    const rows = order.subarray(start, start + batch);
    const parts = Array.from({ length: Math.ceil(rows.length / part) }, (_, at) =>
      rows.subarray(at * part, (at + 1) * part),
    );
    yield parts;
  }
}

/** What ONNX Runtime says when memory runs out, on any device; the session can be used further. */
const OUT_OF_MEMORY = /failed to allocate|bad[_ ]alloc|out of memory|allocation failed/i;

export const isOutOfMemory = (error: unknown): error is Error =>
  error instanceof Error && OUT_OF_MEMORY.test(error.message);

/**
 * After running out of memory: parts of half the size. A step still takes the samples that it took, so the training goes on
 * as before, up to rounding.
 *
 * @throws InvalidInput `memory` when one sample alone is too much
 */
export function withLessMemory({ batch, part }: BatchSize): BatchSize {
  if (part > 1) return { batch, part: Math.floor(part / 2) };
  throw new InvalidInput(
    'memory',
    'there is not enough memory for a batch of one sample: use a smaller model, shorter texts (maxTokens) or another device',
  );
}

import type { ServeWorker, TrainingTools, TrainingWorker } from '../engines/engine.ts';
import type { TrainableEncoder } from '../onnx/bert-segments.ts';
import { EncoderGradients } from './gradients.ts';
import { add, type BatchGradients, type BatchPart, partGradient } from './part-gradients.ts';

/** What a worker needs to compute gradients; all but the last is read by several. */
interface GradientWorker {
  readonly encoder: TrainableEncoder;
  readonly checkpointing: boolean;
  readonly dropout: number;
  /** shared: those of the step */
  readonly weights: Float32Array;
  /** shared: what this worker writes */
  readonly gradient: Float32Array;
}

/** What is trained, by how many workers. */
interface Workers extends Omit<GradientWorker, 'weights' | 'gradient'> {
  readonly count: number;
  /** numbers of all weights */
  readonly length: number;
}

/**
 * Computes the parts of a batch by several workers at the same time. Their gradients are added in the order of the parts,
 * whichever worker is ready first: the sum is that of one worker, to the last bit.
 */
export async function startGradients(
  { count, length, encoder, ...rest }: Workers,
  { startWorker }: Pick<TrainingTools, 'startWorker'>,
): Promise<BatchGradients> {
  const given = { ...rest, encoder: onSharedMemory(encoder), weights: sharedFloats(length) };
  const workers = await Promise.all(
    Array.from({ length: count }, async () => {
      const gradient = sharedFloats(length);
      const start: GradientWorker = { ...given, gradient };
      return { gradient, worker: await startWorker(import.meta.url, start) };
    }),
  );
  return {
    async compute(parts, weights, into) {
      given.weights.set(weights);
      return summed(parts, workers, into);
    },
    close: async () => void (await Promise.all(workers.map(({ worker }) => worker.close()))),
  };
}

/** An idle worker takes the next part, and waits with what came of it until the parts before it are added. */
async function summed(
  parts: readonly BatchPart[],
  workers: readonly { readonly worker: TrainingWorker; readonly gradient: Float32Array }[],
  into: Float32Array,
): Promise<number> {
  const queue = parts.values();
  const isAdded = parts.map(() => Promise.withResolvers<void>());
  const losses: number[] = [];
  await Promise.all(
    workers.map(async ({ worker, gradient }) => {
      for (const part of queue) {
        losses[part.at] = Number(await worker.ask(part));
        await isAdded[part.at - 1]?.promise;
        if (part.at === 0) into.set(gradient);
        else add(into, gradient);
        isAdded[part.at]!.resolve();
      }
    }),
  );
  return losses.reduce((sum, loss) => sum + loss, 0);
}

const sharedFloats = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * length));

/** The same with all numbers on memory that workers share. */
function onSharedMemory<T>(value: T): T {
  if (value instanceof Float32Array) {
    const copy = sharedFloats(value.length);
    copy.set(value);
    return copy as T;
  }
  if (Array.isArray(value)) return value.map(onSharedMemory) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, onSharedMemory(own)])) as T;
}

/** In the worker. ONNX Runtime takes no shared memory, so weights and gradient are copied. */
export const serve: ServeWorker = async (given, tools) => {
  const { encoder, checkpointing, dropout, weights, gradient } = given as GradientWorker;
  const gradients = await EncoderGradients.open(encoder, tools, checkpointing);
  const own = { weights: new Float32Array(weights.length), gradient: new Float32Array(weights.length) };
  return {
    async ask(part) {
      own.weights.set(weights);
      const loss = await partGradient(gradients, part as BatchPart, dropout, own.weights, own.gradient);
      gradient.set(own.gradient);
      return loss;
    },
    close: () => gradients.close(),
  };
};

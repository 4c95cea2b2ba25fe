import type { ServeWorker, TrainingTools } from '../engines/engine.ts';
import { openBackend } from './backend.ts';
import type { Batch } from './batches.ts';
import { type BatchTargets, type Gradients, gradientsOf } from './compute.ts';
import type { Layers } from './network.ts';
import type { NetworkParameters } from './parameters.ts';
import { type BatchPart, partsOf, sumOf } from './parts.ts';

/** Computes the loss of a batch and its derivatives, see `gradientsOf`. */
export type ComputeGradients = (
  batch: Batch,
  targets: BatchTargets,
  masks: readonly Float32Array[],
) => Promise<Gradients>;

/** What a worker needs to know: the weights are on memory that all share, and those of the step. */
interface GradientWorker extends Layers {
  readonly backend: NetworkParameters['backend'];
}

/**
 * Workers that compute a part of each batch. Their gradients are added in the order of the parts: as many workers give the
 * same bytes, another number of them the same but for rounding.
 *
 * @param layers with their weights on shared memory, see `sharedFloats`
 */
export async function startGradients(
  count: number,
  { encoder: { kind }, layers }: Layers,
  backend: NetworkParameters['backend'],
  startWorker: TrainingTools['startWorker'],
): Promise<ComputeGradients> {
  const given: GradientWorker = { encoder: { kind }, layers, backend };
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(import.meta.url, given)));
  return async (batch, targets, masks) => {
    const parts = partsOf(batch, targets, masks, count);
    const gradients = await Promise.all(parts.map((part, at) => workers[at]!.ask(part)));
    return sumOf(parts, gradients as Gradients[], batch.used.length);
  };
}

/** The same numbers on memory that workers share. */
export function sharedFloats(values: Float32Array): Float32Array {
  const shared = new Float32Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}

/** In the worker. */
export const serve: ServeWorker = async (given) => {
  const { backend, ...layers } = given as GradientWorker;
  const { tf } = await openBackend(backend);
  return {
    async ask(question) {
      const { batch, targets, masks, of } = question as BatchPart;
      return gradientsOf(tf, layers, batch, targets, masks, of);
    },
    close: async () => {},
  };
};

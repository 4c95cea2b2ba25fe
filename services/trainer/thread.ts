import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import type { EpochStep, PackageStep, TrainingJob } from '../../ml/engines/engine.ts';

export interface WorkerJob extends Omit<TrainingJob, 'samples'> {
  readonly engine: string;
  /** the bytes of the dataset artifact */
  readonly dataset: Uint8Array;
}

export type Message = EpochStep | PackageStep | { readonly kind: 'invalid'; readonly reason: string };

/**
 * Trains in a thread of its own, so that the event loop stays free, and ends the thread when the consumer is done with
 * it or the signal aborts (AbortError). INPUT_INVALID when the dataset or a parameter is at fault; TRAINING_FAILED
 * when the engine is: a defect in it, or not enough memory, would be there again at the next try.
 */
export async function* trainInThread(
  job: WorkerJob,
  signal: AbortSignal,
): AsyncGenerator<EpochStep | PackageStep, void, undefined> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: job });
  try {
    for await (const [posted] of on(worker, 'message', { signal, close: ['exit'] })) {
      const message: Message = posted;
      if (message.kind === 'invalid') throw new EpochlogError('INPUT_INVALID', message.reason);
      yield message;
    }
  } catch (error) {
    if (error instanceof EpochlogError || signal.aborted) throw error;
    throw new EpochlogError('TRAINING_FAILED', `the engine failed: ${messageOf(error)}`, { cause: error });
  } finally {
    await worker.terminate();
  }
}

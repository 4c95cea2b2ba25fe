import type { TrainingTools, TrainingWorker } from '../engines/engine.ts';

/** Does something with workers, which are closed when it ends, however it ends. */
export async function withWorkers<Result>(
  tools: Pick<TrainingTools, 'startWorker'>,
  work: (startWorker: TrainingTools['startWorker']) => Promise<Result>,
): Promise<Result> {
  const workers: TrainingWorker[] = [];
  try {
    return await work(async (module, given) => {
      const worker = await tools.startWorker(module, given);
      workers.push(worker);
      return worker;
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

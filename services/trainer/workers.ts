import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { TrainingTools, TrainingWorker } from '../../ml/engines/engine.ts';

/** What goes to a worker; undefined ends it. */
export type ToWorker = { readonly question: unknown } | undefined;
/** What comes back, of its start too. */
export type FromWorker = { readonly answer: unknown } | { readonly error: unknown };
/** What a worker starts with. */
export interface WorkerStart {
  readonly module: string;
  readonly given: unknown;
}

/** See `TrainingTools.startWorker`. A worker that fails to start, or ends by itself, rejects. */
export const startWorker: TrainingTools['startWorker'] = async (module, given) => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { module, given } satisfies WorkerStart,
  });
  const answered = async (): Promise<unknown> => {
    const ended = new AbortController();
    try {
      const message: FromWorker = await Promise.race([
        once(worker, 'message', ended).then(([message]) => message),
        once(worker, 'exit', ended).then(([code]) => ({
          error: new Error(`a worker ended with code ${code}`),
        })),
      ]);
      if ('error' in message) throw message.error;
      return message.answer;
    } finally {
      ended.abort();
    }
  };
  let last = answered(); // of its start
  await last;
  const send = (message: ToWorker) => worker.postMessage(message);
  const ask: TrainingWorker['ask'] = (question) => {
    last = last
      .catch(() => {})
      .then(() => {
        send({ question });
        return answered();
      });
    return last;
  };
  return {
    ask,
    async close() {
      await last.catch(() => {});
      const exit = once(worker, 'exit');
      send(undefined);
      await exit;
    },
  };
};

/** A worker of a training: serves one module, one question after the other. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import type { ServeWorker, TrainingWorker } from '../../ml/engines/engine.ts';
import { openGraph } from './tools.ts';
import type { FromWorker, ToWorker, WorkerStart } from './workers.ts';

const port = parentPort!;
const send = (message: FromWorker) => port.postMessage(message);

/** Answers with what comes of something, or with its error. */
async function answered<T>(work: () => Promise<T>, tell: (value: T) => unknown): Promise<T | undefined> {
  try {
    const value = await work();
    send({ answer: tell(value) });
    return value;
  } catch (error) {
    send({ error });
    return undefined;
  }
}

async function start(): Promise<TrainingWorker> {
  const { module, given } = workerData as WorkerStart;
  const { serve }: { serve: ServeWorker } = await import(module);
  return serve(given, { openGraph: (onnx) => openGraph(onnx, 'cpu', 1) });
}

const served = await answered(start, () => undefined);
while (served) {
  const [message]: [ToWorker] = (await once(port, 'message')) as [ToWorker];
  if (!message) {
    await served.close();
    break;
  }
  await answered(
    () => served.ask(message.question),
    (answer) => answer,
  );
}
port.close();

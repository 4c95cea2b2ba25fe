import { parentPort, workerData } from 'node:worker_threads';
import { decodeDataset } from '../../ml/dataset/format.ts';
import { engineNamed } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type { Message, WorkerJob } from './thread.ts';

// The thread that trains: everything it has to say are the steps of the engine, or that the input is at fault.

const { engine, dataset, ...job } = workerData as WorkerJob;
const say = (message: Message) => parentPort?.postMessage(message);

try {
  const samples = await decodeDataset(dataset, ['train', 'validation']);
  for await (const step of engineNamed(engine).train({ ...job, samples })) say(step);
} catch (error) {
  if (!(error instanceof InvalidInput) || error.code === 'engine') throw error; // who asks has looked for the engine
  say({ kind: 'invalid', reason: error.message });
}

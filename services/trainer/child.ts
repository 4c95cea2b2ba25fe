/**
 * A training process: trains one model after the other as its parent asks, and ends when the channel between them closes.
 */
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { messageOf } from '../../kernel/errors.ts';
import type { Checkpoint } from '../../ml/engines/engine.ts';
import { assertSuitable, engineNamed } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { PRIMARY_METRIC } from '../../ml/metrics/catalogue.ts';
import { buildPackage } from '../../ml/package/package.ts';
import { readTrainingData } from './dataset.ts';
import type { FromTraining, ToTraining, TrainedPackage, TrainingStart } from './protocol.ts';
import { trainingTools } from './tools.ts';

const MAX_IDLE_BYTES = 384 << 20;

const send = (message: FromTraining): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve()); // an error here is a disconnect soon after
  });

function checkpointsEvery(milliseconds: number, latest: Uint8Array | undefined): Checkpoint {
  let last = performance.now();
  return {
    load: async () => latest,
    isDue: () => performance.now() - last >= milliseconds,
    async save(state) {
      const saved = once(process, 'message');
      await send({ kind: 'checkpoint', state });
      await saved;
      last = performance.now();
    },
  };
}

async function train(start: TrainingStart): Promise<TrainedPackage> {
  const { engine, model, checkpoint, checkpointMs, cache } = start;
  const engineToTrain = engineNamed(engine);
  const { data, provenance } = await readTrainingData(start);
  assertSuitable(engine, data.task, data.schema);
  const trained = await engineToTrain.train({
    ...data,
    signal: new AbortController().signal, // whoever cancels it ends the process
    checkpoint: checkpointsEvery(checkpointMs, checkpoint),
    tools: trainingTools(cache),
    onProgress: (preparation) => void send({ kind: 'progress', ...preparation }),
    onEpoch: (report) => send({ kind: 'epoch', report }),
    onBatchReduced: (reduced) => send({ kind: 'reduced', reduced }),
  });
  const { epochs, bestEpoch, stoppedEarly } = trained;
  const { files, metrics } = await buildPackage(trained, data, { name: model, engine, dataset: provenance });
  const primaryMetric = PRIMARY_METRIC[data.task.type];
  return { files, metrics, primaryMetric, epochs, bestEpoch, stoppedEarly };
}

/** Whether it holds too much memory to wait for the next training. What it needs no longer is collected first. */
function isLarge(): boolean {
  if (process.memoryUsage.rss() <= MAX_IDLE_BYTES) return false;
  globalThis.gc?.();
  return process.memoryUsage.rss() > MAX_IDLE_BYTES;
}

process.on('disconnect', () => process.exit());
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole process group; the parent decides when it is over

flushCompileCache(); // this process is killed in the end, and saves nothing then
for (;;) {
  const [message]: ToTraining[] = await once(process, 'message');
  if (message?.kind !== 'start') throw new TypeError('the first message starts a training');
  try {
    const trained = await train(message);
    await send({ kind: 'trained', ...trained, isLarge: isLarge() });
  } catch (error) {
    const isInvalid = error instanceof InvalidInput && error.code !== 'engine'; // the parent has looked for the engine
    await send({ kind: isInvalid ? 'invalid' : 'failed', reason: messageOf(error) });
  }
}

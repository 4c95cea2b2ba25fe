/**
 * A training process: trains one model after the other as its parent asks, and ends when the channel between them closes.
 */
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import { augmented } from '../../ml/augmentation/augment.ts';
import { decisionOf } from '../../ml/calibration/threshold.ts';
import type { Checkpoint } from '../../ml/engines/engine.ts';
import { assertSuitable, engineNamed } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { PRIMARY_METRIC } from '../../ml/metrics/catalogue.ts';
import { buildPackage } from '../../ml/package/package.ts';
import { datasetError } from '../../tasks/dataset-error.ts';
import { ownMetrics } from '../../tasks/metrics/own-metrics.ts';
import { readTrainingData } from './dataset.ts';
import { DeviceLost } from './devices.ts';
import type { FromTraining, ToTraining, TrainedPackage, TrainingStart, Usage } from './protocol.ts';
import { trainingTools } from './tools.ts';

const MAX_IDLE_BYTES = 384 << 20;

const send = (message: FromTraining): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve()); // an error here is a disconnect soon after
  });

/** Saves after so many epochs or milliseconds, and when the parent is about to stop this process. */
function checkpointsOf(
  { checkpoint, checkpointEvery, checkpointMs }: TrainingStart,
  stopping: AbortSignal,
): Checkpoint {
  let [last, epochs] = [performance.now(), 0];
  return {
    load: async () => checkpoint,
    isDue() {
      epochs++;
      if (stopping.aborted) return true;
      return checkpointEvery === null ? performance.now() - last >= checkpointMs : epochs >= checkpointEvery;
    },
    async save(state) {
      await send({ kind: 'checkpoint', state });
      await told('saved');
      [last, epochs] = [performance.now(), 0];
    },
  };
}

/** Until the parent says so. */
async function told(kind: ToTraining['kind']): Promise<void> {
  for (;;) {
    const [message]: ToTraining[] = await once(process, 'message');
    if (message?.kind === kind) return;
  }
}

/** What each epoch takes, from the one before it. */
function meter(): () => Usage {
  let [wall, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - wall) / 1_000;
    [wall, cpu] = [performance.now(), process.cpuUsage()];
    return { seconds, cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() };
  };
}

async function train(start: TrainingStart): Promise<TrainedPackage> {
  const { engine, model, cache } = start;
  const stopping = new AbortController();
  const onMessage = ({ kind }: ToTraining) => kind === 'stop' && stopping.abort();
  process.on('message', onMessage);
  const engineToTrain = engineNamed(engine);
  const { data, provenance } = await readTrainingData(start);
  start.dataset = undefined; // it may be large, and is of no use from here on
  assertSuitable(engine, data.task, data.schema);
  decisionOf(data.parameters, data.task); // before it trains
  const { train, made } = augmented(data);
  const usage = meter();
  const trained = await engineToTrain.train({
    ...data,
    train,
    signal: new AbortController().signal, // a training is cancelled by ending its process
    checkpoint: checkpointsOf(start, stopping.signal),
    tools: trainingTools(cache),
    onProgress: (preparation) => void send({ kind: 'progress', ...preparation }),
    onEpoch: (report) => send({ kind: 'epoch', report, usage: usage() }),
    onBatchReduced: (reduced) => send({ kind: 'reduced', reduced }),
  });
  process.off('message', onMessage);
  const { epochs, bestEpoch, stoppedEarly } = trained;
  const about = { name: model, engine, dataset: provenance };
  const { files, metrics: measured, answers } = await buildPackage(trained, data, about);
  const metrics = { ...measured, ...(await ownMetrics(start.metrics, answers, data.validation)) };
  const primaryMetric = PRIMARY_METRIC[data.task.type];
  return { files, metrics, primaryMetric, epochs, bestEpoch, stoppedEarly, augmented: made };
}

/** Whether it holds too much memory to wait for the next training. What it needs no longer is collected first. */
function isLarge(): boolean {
  if (process.memoryUsage.rss() <= MAX_IDLE_BYTES) return false;
  globalThis.gc?.();
  return process.memoryUsage.rss() > MAX_IDLE_BYTES;
}

/** Of an error that a person can act on; the parent has looked for the engine. */
function codeOf(error: unknown): 'INPUT_INVALID' | 'ARTIFACT_CORRUPT' | undefined {
  if (error instanceof InvalidInput) return error.code === 'engine' ? undefined : 'INPUT_INVALID';
  if (!(error instanceof EpochlogError)) return undefined;
  return error.code === 'INPUT_INVALID' || error.code === 'ARTIFACT_CORRUPT' ? error.code : undefined;
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
  } catch (cause) {
    const error = datasetError(cause, message.datasetId);
    const code = codeOf(error);
    if (code) await send({ kind: 'invalid', code, reason: messageOf(error) });
    else await send({ kind: error instanceof DeviceLost ? 'lost' : 'failed', reason: messageOf(error) });
  }
}

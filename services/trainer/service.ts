import { getBundle, putBundle } from '../../kernel/bundle.ts';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import { assertWarmStart, completeParameters } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { sha256 } from '../../ml/hash.ts';
import { MODEL_FILE } from '../../ml/package/package.ts';
import type { StartVersion } from '../../ml/package/start.ts';
import {
  type Emit,
  type NewEvent,
  newEvent,
  reactorService,
  type ServiceContext,
} from '../../schemas/catalogue.ts';
import type { DatasetSealed, TrainingRequested } from '../../schemas/events.generated.ts';
import { cancellationOf } from './cancellation.ts';
import { TrainingProcesses } from './process.ts';
import { factsOf } from './reported.ts';
import { type Progress, Runs } from './runs.ts';
import { settings, type TrainerSettings } from './settings.ts';

type Context = ServiceContext<TrainerSettings>;

/** Shared by the shards, of which one trains at a time. */
const processes = new TrainingProcesses();

/**
 * Trains models: one run at a time, from a sealed dataset to a package; and takes the runs that others report. A run that
 * was interrupted resumes from its last checkpoint; what it had emitted is not emitted twice, and the package is the same.
 * A run ends on request, with its process.
 */
export const service = reactorService({
  name: 'trainer',
  settings,
  runs: { shards: 4 },
  reactsTo: ['TrainingRequested', 'RunReported', 'RunCancelRequested'],
  cancelledBy: ['RunCancelRequested'],
  stateFrom: [
    'DatasetSealed',
    'ModelDeclared',
    'VersionRegistered',
    'TrainingStarted',
    'EpochCompleted',
    'CheckpointSaved',
    'TrainingCompleted',
    'TrainingFailed',
    'RunCancelled',
  ],
  start(context) {
    const runs = new Runs();
    return {
      stop: async () => processes[Symbol.dispose](),
      evolve: (event) => runs.evolve(event),
      on: {
        RunReported: ({ id, data }) => factsOf(data, id, runs, context),
        RunCancelRequested: ({ id, data: { runId } }) => answer(runs, runId, id),
        async TrainingRequested(event, emit, cancelled) {
          const { id, data: request } = event;
          const { runId, model, datasetId } = request;
          const signal = AbortSignal.any([context.signal, cancelled]);
          try {
            if (runs.isTaken(runId, id)) {
              throw new EpochlogError('CONFLICT', `run ${runId} is there already: give another id`);
            }
            const dataset = runs.datasets.get(datasetId);
            if (!dataset) throw new EpochlogError('NOT_FOUND', `dataset ${datasetId} was never sealed`);
            const progress = runs.progressOf(runId);
            const start = await startOf(request, runs, context);
            return [await train(request, { dataset, start }, progress, { ...context, signal }, emit)];
          } catch (error) {
            if (cancelled.aborted) return [await cancellationOf(event, context.events)];
            return [newEvent('TrainingFailed', { runId, model, ...failure(error) })];
          }
        },
      },
    };
  },
});

/** A run that is cancelled has ended before its request has its turn, by the reaction that it aborted. */
function answer({ states }: Runs, runId: string, requestId: string): NewEvent[] {
  if (states.wasCancelledFor(runId, requestId)) return [];
  const obstacle =
    states.obstacleToCancel(runId) ?? new EpochlogError('CONFLICT', `run ${runId} is not being trained`);
  return [newEvent('RunCancelRefused', { runId, ...failureOf(obstacle) })];
}

/** The version that a run starts from. NOT_FOUND or INPUT_INVALID when it cannot. */
async function startOf(
  { model, engine, fromVersion }: TrainingRequested,
  runs: Runs,
  { artifacts }: Context,
): Promise<StartVersion | undefined> {
  if (fromVersion === null) return undefined;
  assertWarmStart(engine);
  const digest = runs.packageOf(model, fromVersion);
  return { version: fromVersion, package: digest, files: await getBundle(artifacts, digest) };
}

/** What a run is trained on, and from. */
interface Given {
  readonly dataset: DatasetSealed;
  readonly start: StartVersion | undefined;
}

async function train(
  request: TrainingRequested,
  { dataset, start }: Given,
  progress: Progress,
  { artifacts, clock, logger, signal, settings: { checkpointSeconds, cache } }: Context,
  emit: Emit,
): Promise<NewEvent> {
  const { runId, model, datasetId, engine, seed, searchId, fold } = request;
  const { contentHash } = dataset;
  const started = clock.now();
  const parameters = completeParameters(engine, request.params);
  const bytes = await artifacts.get(dataset.artifact);
  const run = { runId, model, datasetId };
  const from = { fromVersion: start?.version ?? null, fromPackage: start?.package ?? null };
  await emit(newEvent('TrainingStarted', { ...run, engine, seed, params: parameters, contentHash, ...from }));
  await emit(...progress.facts); // which gives what follows the ids that it has without an interruption

  let { epoch: emitted, checkpoint } = progress;
  let epoch = emitted;
  let epochStarted = clock.now();
  const job = {
    engine,
    dataset: bytes,
    model,
    datasetId,
    contentHash,
    parameters,
    seed,
    fold,
    ...(start && { start }),
  };
  const trained = await processes.train(
    { ...job, checkpointMs: checkpointSeconds * 1_000, cache },
    {
      signal,
      onProgress: ({ what, done, total }) => logger.info({ runId, done, total }, what),
      loadCheckpoint: async () =>
        checkpoint === undefined ? undefined : artifacts.get(checkpoint).catch(fromScratch),
      async saveCheckpoint(state) {
        checkpoint = await artifacts.put(state);
        await emit(newEvent('CheckpointSaved', { runId, epoch, checkpoint }));
      },
      onBatchReduced: async (reduced) => logger.warn({ runId, ...reduced }, 'memory ran out'),
      async onEpoch(report) {
        epoch = report.epoch;
        if (epoch > emitted) {
          const seconds = (clock.now() - epochStarted) / 1_000;
          await emit(newEvent('EpochCompleted', { runId, ...report, seconds }));
          emitted = epoch;
        }
        epochStarted = clock.now();
      },
    },
  );
  const { files, metrics, primaryMetric, epochs, bestEpoch, stoppedEarly } = trained;
  return newEvent('TrainingCompleted', {
    ...run,
    package: await putBundle(artifacts, files),
    modelHash: sha256(files.get(MODEL_FILE)!),
    metrics,
    primaryMetric,
    epochs,
    bestEpoch,
    stoppedEarly,
    seconds: (clock.now() - started) / 1_000,
    searchId,
  });
}

/** A checkpoint that is gone costs time, no more. */
function fromScratch(error: unknown): undefined {
  if (!(error instanceof EpochlogError) || error.retriable) throw error;
}

const failure = (error: unknown) =>
  failureOf(error, (cause) => {
    if (!(cause instanceof InvalidInput)) return undefined;
    return cause.code === 'engine' ? 'ENGINE_UNKNOWN' : 'INPUT_INVALID';
  });

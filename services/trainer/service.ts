import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import type { StartVersion } from '../../ml/engines/engine.ts';
import { assertWarmStart } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import {
  type Emit,
  type NewEvent,
  newEvent,
  reactorService,
  type ServiceContext,
} from '../../schemas/catalogue.ts';
import type { TrainingRequested } from '../../schemas/events.generated.ts';
import { cancellationOf } from './cancellation.ts';
import { deleteCheckpoints } from './checkpoints.ts';
import { deletePackage } from './packages.ts';
import { TrainingProcesses } from './process.ts';
import { factsOf } from './reported.ts';
import { Runs } from './runs.ts';
import { settings, type TrainerSettings } from './settings.ts';
import { Training } from './training.ts';

type Context = ServiceContext<TrainerSettings>;

/** Shared by the shards, of which one trains at a time. */
const processes = new TrainingProcesses();

/**
 * Trains models: one run at a time, from a sealed dataset to a package; and takes the runs that others report. A run that
 * was interrupted resumes from its last checkpoint; what it had emitted is not emitted twice, and the package is the same.
 * A run ends on request, with its process; the package of a trial is deleted on request, when nothing refers to it.
 */
export const service = reactorService({
  name: 'trainer',
  settings,
  runs: { shards: 4 },
  reactsTo: [
    'TrainingRequested',
    'RunReported',
    'RunCancelRequested',
    'PackageDeletionRequested',
    'TrainingCompleted',
    'TrainingFailed',
    'RunCancelled',
  ],
  cancelledBy: ['RunCancelRequested'],
  stateFrom: [
    'DatasetSealed',
    'ModelDeclared',
    'VersionRegistered',
    'VersionExpired',
    'EvaluationRequested',
    'EvaluationCompleted',
    'PackageDeleted',
    'PackageDeletionRefused',
    'TrainingStarted',
    'EpochCompleted',
    'BatchReduced',
    'CheckpointSaved',
    'CheckpointDeleted',
    'TrainingInterrupted',
    'TrainingResumed',
    'TrainingCompleted',
    'TrainingFailed',
    'RunCancelled',
  ],
  start(context) {
    const runs = new Runs();
    const cleanUp = async (
      { data: { runId } }: { data: { runId: string } },
      emit: Emit,
    ): Promise<NewEvent[]> => {
      await deleteCheckpoints(runId, runs.expiredOf(runId), emit, context);
      return [];
    };
    return {
      stop: async () => processes[Symbol.dispose](),
      evolve: (event) => runs.evolve(event),
      on: {
        RunReported: ({ id, data }) => factsOf(data, id, runs, context),
        TrainingCompleted: cleanUp,
        TrainingFailed: cleanUp,
        RunCancelled: cleanUp,
        PackageDeletionRequested: (event, emit) => deletePackage(event, runs.packages, emit, context),
        RunCancelRequested: ({ id, data: { runId } }) => answer(runs, runId, id),
        async TrainingRequested(event, emit, cancelled) {
          const { id, data: request } = event;
          const { runId, model, datasetId } = request;
          let training: Training | undefined;
          try {
            if (runs.isTaken(runId, id)) {
              throw new EpochlogError('CONFLICT', `run ${runId} is there already: give another id`);
            }
            const dataset = runs.datasets.get(datasetId);
            if (!dataset) throw new EpochlogError('NOT_FOUND', `dataset ${datasetId} was never sealed`);
            const start = await startOf(request, runs, context);
            const given = { dataset, start, progress: runs.progressOf(runId) };
            training = new Training(request, given, context, emit);
            return await training.run(processes, cancelled);
          } catch (error) {
            if (cancelled.aborted) return [await cancellationOf(event, context.events)];
            if (context.signal.aborted) await training?.interrupted();
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

const failure = (error: unknown) =>
  failureOf(error, (cause) => {
    if (!(cause instanceof InvalidInput)) return undefined;
    return cause.code === 'engine' ? 'ENGINE_UNKNOWN' : 'INPUT_INVALID';
  });

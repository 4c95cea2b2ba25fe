import { putBundle } from '../../kernel/bundle.ts';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import { type NewEvent, newEvent } from '../../kernel/event.ts';
import { type Emit, reactorService, type ServiceContext } from '../../kernel/service.ts';
import type { EpochStep, PackageStep, Parameters } from '../../ml/engines/engine.ts';
import { engineNamed } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { PRIMARY_METRIC } from '../../ml/metrics/classification.ts';
import { MODEL_FILE } from '../../ml/package/package.ts';
import { sha256 } from '../../ml/package/sums.ts';
import type { DatasetSealed, TrainingRequested } from '../../schemas/events.generated.ts';
import { trainInThread } from './thread.ts';

/**
 * Trains models: one run at a time, from a sealed dataset to a package. A run that was interrupted begins again; what
 * it had published is not published twice, and the package is the same.
 */
export const service = reactorService({
  name: 'trainer',
  runs: { shards: 4 },
  reactsTo: ['TrainingRequested'],
  stateFrom: ['DatasetSealed', 'TrainingStarted'],
  start(context) {
    const datasets = new Map<string, DatasetSealed>();
    /** of each run, the request that it was started for */
    const runs = new Map<string, string | null>();
    return {
      evolve({ type, data, causationId }) {
        if (type === 'DatasetSealed') datasets.set(data.datasetId, data);
        if (type === 'TrainingStarted') runs.set(data.runId, causationId);
      },
      on: {
        async TrainingRequested({ id, data: request }, emit) {
          const { runId, model, datasetId } = request;
          try {
            if (runs.has(runId) && runs.get(runId) !== id) {
              throw new EpochlogError('CONFLICT', `run ${runId} is there already: give another id`);
            }
            const dataset = datasets.get(datasetId);
            if (!dataset) throw new EpochlogError('NOT_FOUND', `dataset ${datasetId} was never sealed`);
            return [await train(request, dataset, context, emit)];
          } catch (error) {
            return [newEvent('TrainingFailed', { runId, model, ...failure(error) })];
          }
        },
      },
    };
  },
});

async function train(
  request: TrainingRequested,
  dataset: DatasetSealed,
  { artifacts, clock, signal }: ServiceContext,
  emit: Emit,
): Promise<NewEvent> {
  const { runId, model, datasetId, engine, seed } = request;
  const { contentHash, labels } = dataset;
  const started = clock();
  const parameters: Parameters = engineNamed(engine).complete(request.params);
  const bytes = await artifacts.get(dataset.artifact);
  const run = { runId, model, datasetId };
  await emit(newEvent('TrainingStarted', { ...run, engine, seed, params: parameters, contentHash }));

  const job = { engine, dataset: bytes, model, datasetId, contentHash, labels, parameters, seed };
  let epochs = 0;
  let epochStarted = clock();
  const validations = new Map<number, EpochStep['validation']>();
  let trained: PackageStep | undefined;
  for await (const step of trainInThread(job, signal)) {
    if (step.kind === 'package') {
      trained = step;
      continue;
    }
    const { kind: _, ...measured } = step;
    const seconds = (clock() - epochStarted) / 1_000;
    await emit(newEvent('EpochCompleted', { runId, ...measured, seconds }));
    epochs = step.epoch;
    validations.set(epochs, step.validation);
    epochStarted = clock();
  }
  if (!trained) throw new EpochlogError('TRAINING_FAILED', 'the engine ended without a model');
  const { files, bestEpoch, stoppedEarly } = trained;
  return newEvent('TrainingCompleted', {
    ...run,
    package: await putBundle(artifacts, files),
    modelHash: sha256(files.get(MODEL_FILE)!),
    metrics: validations.get(bestEpoch) ?? {},
    primaryMetric: PRIMARY_METRIC,
    epochs,
    bestEpoch,
    stoppedEarly,
    seconds: (clock() - started) / 1_000,
  });
}

const failure = (error: unknown) =>
  failureOf(error, (cause) => {
    if (!(cause instanceof InvalidInput)) return undefined;
    return cause.code === 'engine' ? 'ENGINE_UNKNOWN' : 'INPUT_INVALID';
  });

import { getBundle } from '../../kernel/bundle.ts';
import { lineChart } from '../../ml/plots/charts.ts';
import type { LoggedEvent } from '../../schemas/catalogue.ts';
import {
  type Mirror,
  PACKAGE,
  placeOf,
  RUN_TAG,
  runOf,
  SOURCE,
  TRIAL_TAG,
  type Writers,
  type Written,
} from './mirrored.ts';
import { mlmodel } from './mlmodel.ts';
import { type Metric, metricsOf, paramsOf, tagsOf } from './naming.ts';
import type { MlflowServer } from './server.ts';

/** MLflow's limit of the digest of a dataset. */
const DATASET_DIGEST = 36;

/** Epochs of one run, as one batch of metrics. @throws MirrorFault */
export async function writeEpochs(
  epochs: readonly LoggedEvent<'EpochCompleted'>[],
  mirror: Mirror,
): Promise<Written> {
  const [{ data }] = epochs as [LoggedEvent<'EpochCompleted'>];
  const mlflowRunId = runOf(data.runId, mirror);
  await mirror.server.log(mlflowRunId, { metrics: epochs.flatMap(metricsOfEpoch) });
  return { model: null, mlflowRunId, mlflowVersion: null };
}

function metricsOfEpoch({ time: timestamp, data }: LoggedEvent<'EpochCompleted'>): Metric[] {
  const { epoch: step, trainLoss, validation, learningRate, gradientNorm, seconds } = data;
  const { samplesPerSecond, cpuPercent, rssBytes, deviceBytes, energy } = data;
  return [
    ...metricsOf(
      { train_loss: trainLoss, learningRate, gradientNorm, epoch_seconds: seconds, samplesPerSecond },
      { timestamp, step },
    ),
    ...metricsOf(validation, { prefix: 'val_', timestamp, step }),
    ...metricsOf(
      { cpuPercent, rssBytes, deviceBytes, energyWattHours: energy?.wattHours },
      { prefix: 'system/', timestamp, step },
    ),
  ];
}

export const RUN_WRITERS: Writers<
  | 'TrainingRequested'
  | 'TrainingStarted'
  | 'EpochCompleted'
  | 'TrainingCompleted'
  | 'TrainingFailed'
  | 'RunCancelled'
  | 'RunRefused'
  | 'EvaluationCompleted'
> = {
  /** Of a search: its trials are runs below it. */
  async TrainingRequested({ data, time }, mirror) {
    const { runId, model, engine, searchId, fold } = data;
    const mlflowRunId = await mirror.server.run({
      ...placeOf(mirror, { model, engine, run: runId, time }),
      identity: { key: RUN_TAG, value: runId },
      tags: tagsOf({
        ...SOURCE,
        'mlflow.parentRunId': searchId === null ? null : mirror.mlflowRunOf(searchId),
        ...{ [TRIAL_TAG]: searchId, 'epochlog.fold': fold && `${fold.number}/${fold.of}` },
      }),
    });
    return { model, mlflowRunId, mlflowVersion: null };
  },

  async TrainingStarted({ data, time }, mirror) {
    const { runId, model, engine, seed, seeds, datasetId, contentHash, fromVersion } = data;
    const { params, fromPackage, checkpointEvery, keepBest } = data;
    const mlflowRunId = await mirror.server.run({
      ...placeOf(mirror, { model, engine, run: runId, time }),
      identity: { key: RUN_TAG, value: runId },
      tags: tagsOf({
        ...SOURCE,
        ...{ 'epochlog.model': model, 'epochlog.engine': engine },
        ...{ 'epochlog.dataset_id': datasetId, 'epochlog.dataset_hash': contentHash },
        ...{ 'epochlog.from_version': fromVersion, 'epochlog.from_package': fromPackage },
      }),
    });
    await mirror.server.log(mlflowRunId, {
      params: paramsOf({ engine, seed, seeds, datasetId, fromVersion, checkpointEvery, keepBest, ...params }),
    });
    await mirror.server.logDataset(mlflowRunId, {
      name: datasetId,
      digest: contentHash.replace(/^sha256:/, '').slice(0, DATASET_DIGEST),
      source_type: 'epochlog',
      source: JSON.stringify({ datasetId, contentHash }),
    });
    return { model, mlflowRunId, mlflowVersion: null };
  },

  EpochCompleted: (event, mirror) => writeEpochs([event], mirror),

  async TrainingCompleted({ data, time }, mirror) {
    const { runId, model, metrics, bestEpoch, epochs, stoppedEarly, primaryMetric, seconds } = data;
    const { server, artifacts } = mirror;
    const mlflowRunId = runOf(runId, mirror);
    const root = await server.artifactsOf(mlflowRunId);
    const files = await getBundle(artifacts, data.package);
    for (const [name, bytes] of files) await server.store(root, `${PACKAGE}/${name}`, bytes);
    const described = mlmodel({ mlflowRunId, runId, modelHash: data.modelHash, time });
    await server.store(root, `${PACKAGE}/MLmodel`, Buffer.from(described));
    const curves = await learningCurves(mlflowRunId, primaryMetric, server);
    if (curves !== undefined) await server.store(root, 'figures/learning-curves.svg', Buffer.from(curves));
    await server.log(mlflowRunId, {
      metrics: metricsOf({ ...metrics, bestEpoch, epochs, seconds }, { timestamp: time, step: bestEpoch }),
      tags: tagsOf({
        ...{ 'epochlog.package': data.package, 'epochlog.model_hash': data.modelHash },
        ...{ 'epochlog.primary_metric': primaryMetric, 'epochlog.stopped_early': String(stoppedEarly) },
        'epochlog.reproduces': data.reproduces,
      }),
    });
    await server.end(mlflowRunId, 'FINISHED', time);
    return { model, mlflowRunId, mlflowVersion: null };
  },

  async TrainingFailed({ data, time }, mirror) {
    const mlflowRunId = runOf(data.runId, mirror);
    const tags = tagsOf({ 'epochlog.failure_code': data.code, 'epochlog.failure': data.reason });
    await mirror.server.log(mlflowRunId, { tags });
    await mirror.server.end(mlflowRunId, 'FAILED', time);
    return { model: data.model, mlflowRunId, mlflowVersion: null };
  },

  async RunCancelled({ data, time }, mirror) {
    const mlflowRunId = runOf(data.runId, mirror);
    await mirror.server.log(mlflowRunId, { tags: tagsOf({ 'epochlog.failure': data.reason }) });
    await mirror.server.end(mlflowRunId, 'KILLED', time);
    return { model: null, mlflowRunId, mlflowVersion: null };
  },

  /** Only a trial of a search is there before its training starts. */
  async RunRefused({ data, time }, mirror) {
    const { runId, model, code, reason } = data;
    const mlflowRunId = mirror.mlflowRunOf(runId);
    if (mlflowRunId === undefined) return { model, mlflowRunId: null, mlflowVersion: null };
    const tags = tagsOf({ 'epochlog.failure_code': code, 'epochlog.failure': reason });
    await mirror.server.log(mlflowRunId, { tags });
    await mirror.server.end(mlflowRunId, 'FAILED', time);
    return { model, mlflowRunId, mlflowVersion: null };
  },

  async EvaluationCompleted({ data, time }, mirror) {
    const mlflowRunId = runOf(data.runId ?? '', mirror);
    await mirror.server.log(mlflowRunId, {
      metrics: metricsOf(data.metrics, { prefix: 'test_', timestamp: time, step: 0 }),
      tags: tagsOf({
        'epochlog.evaluation_id': data.evaluationId,
        'epochlog.test_samples': String(data.samples),
      }),
    });
    return { model: data.model, mlflowRunId, mlflowVersion: null };
  },
};

/** The losses and the primary metric by epoch, of what the server has; undefined without epochs. */
async function learningCurves(
  mlflowRunId: string,
  primaryMetric: string,
  server: MlflowServer,
): Promise<string | undefined> {
  const [{ key } = { key: '' }] = metricsOf(
    { [primaryMetric]: 0 },
    { prefix: 'val_', timestamp: 0, step: 0 },
  );
  const names = [...new Set(['train_loss', 'val_loss', key])];
  const series = await Promise.all(
    names.map(async (name) => ({ name, points: await server.historyOf(mlflowRunId, name) })),
  );
  if (series.every(({ points }) => points.length === 0)) return undefined;
  return lineChart({ title: 'Learning curves', x: 'epoch', y: 'value', series });
}

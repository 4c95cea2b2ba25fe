import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { InvalidPackage } from '../../ml/errors.ts';
import { sha256 } from '../../ml/hash.ts';
import { PRIMARY_METRIC } from '../../ml/metrics/catalogue.ts';
import { type ModelPackage, validatePackage } from '../../ml/package/validate.ts';
import { type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { DatasetSealed, RunReported } from '../../schemas/events.generated.ts';
import type { Runs } from './runs.ts';

/**
 * The facts of a run that someone else's trainer reports: those of a run of one's own, without its epochs. Or its
 * refusal, when the model, the dataset or the package is not known, or the package is not of that dataset's task.
 */
export async function factsOf(
  report: RunReported,
  requestId: string,
  runs: Runs,
  { artifacts }: Pick<ServiceContext, 'artifacts'>,
): Promise<NewEvent[]> {
  const { runId, model, datasetId } = report;
  try {
    if (runs.isTaken(runId, requestId)) {
      throw new EpochlogError('CONFLICT', `run ${runId} is there already: give another id`);
    }
    const dataset = datasetOf(report, runs);
    const run = { runId, model, datasetId };
    const { trainer: engine, params, metrics } = report;
    const started = newEvent('TrainingStarted', {
      ...run,
      engine,
      seed: 0,
      params,
      contentHash: dataset.contentHash,
      fromVersion: null,
      seeds: {},
      checkpointEvery: null,
      keepBest: null,
      fromPackage: null,
    });
    if (report.package === null) {
      const reason = report.failure || 'the run ended without a package';
      return [started, newEvent('TrainingFailed', { runId, model, code: 'TRAINING_FAILED', reason })];
    }
    assertNew(report.package, model, runs);
    const { onnx, signature } = await packageOf(report.package, dataset, artifacts);
    const completed = newEvent('TrainingCompleted', {
      ...run,
      package: report.package,
      modelHash: sha256(onnx),
      metrics,
      primaryMetric: PRIMARY_METRIC[signature.task.type],
      epochs: 0,
      bestEpoch: 0,
      stoppedEarly: false,
      seconds: secondsOf(report),
      searchId: null,
      reproduces: null,
      augmented: {},
    });
    return [started, completed];
  } catch (error) {
    return [newEvent('RunRefused', { runId, model, ...failureOf(error) })];
  }
}

/** CONFLICT for a package that is a version already: the same bytes are the same version, however often they come. */
function assertNew(digest: string, model: string, runs: Runs): void {
  const version = runs.versionWith(model, digest);
  if (version === undefined) return;
  throw new EpochlogError(
    'CONFLICT',
    `its package is that of ${version} of ${model}: no version is registered; \`epochlog promote ${version}\` puts it into production`,
  );
}

function datasetOf(
  { model, datasetId, contentHash }: RunReported,
  { models, datasets }: Runs,
): DatasetSealed {
  const task = models.get(model);
  if (task === undefined) {
    const hint = suggestion(model, [...models.keys()].sort());
    throw new EpochlogError(
      'NOT_FOUND',
      `there is no model ${model}; ${hint} Declare it with \`epochlog model declare FILE.yaml\``,
    );
  }
  const dataset = datasets.get(datasetId);
  if (!dataset) throw new EpochlogError('NOT_FOUND', `dataset ${datasetId} was never sealed`);
  if (dataset.task !== task) {
    throw new EpochlogError(
      'CONFLICT',
      `dataset ${datasetId} is of the task ${dataset.task}, but ${model} learns ${task}`,
    );
  }
  if (contentHash === null || contentHash === dataset.contentHash) return dataset;
  throw new EpochlogError(
    'CONFLICT',
    `it was trained on a dataset with the content hash ${contentHash}, but that of ${datasetId} is ${dataset.contentHash}`,
  );
}

async function packageOf(
  digest: string,
  { task, datasetId }: DatasetSealed,
  artifacts: ServiceContext['artifacts'],
): Promise<ModelPackage> {
  try {
    const found = validatePackage(await getBundle(artifacts, digest));
    const { name } = found.signature.task;
    if (name === task) return found;
    throw new EpochlogError(
      'CONFLICT',
      `package ${digest} is of the task ${name}, but ${datasetId} is of ${task}`,
    );
  } catch (error) {
    if (error instanceof InvalidPackage) {
      throw new EpochlogError('PACKAGE_INVALID', `package ${digest}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** 0 where the times are not told. */
function secondsOf({ startedAt, endedAt }: RunReported): number {
  if (startedAt === null || endedAt === null) return 0;
  return Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
}

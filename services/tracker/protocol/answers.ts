import type {
  Experiment,
  LoggedModel,
  Metric,
  RegisteredModel,
  RegisteredVersion,
  Run,
} from '../state/entities.ts';
import { activeVersions } from '../state/registry.ts';
import type { Tracking } from '../state/tracking.ts';

/** The messages that are answered, as MLflow's clients read them. */

export const pairs = (values: ReadonlyMap<string, string>) =>
  Array.from(values, ([key, value]) => ({ key, value }));

/** proto3 JSON: what JSON has no number for is a text. */
export const jsonNumber = (value: number): number | string =>
  Number.isFinite(value) ? value : String(value);

export const experimentAnswer = (one: Experiment) => ({
  experiment_id: one.experimentId,
  name: one.name,
  artifact_location: one.artifactLocation,
  lifecycle_stage: one.lifecycle,
  creation_time: one.createdAt,
  last_update_time: one.updatedAt,
  tags: pairs(one.tags),
});

export const metricAnswer = (one: Metric) => ({
  key: one.key,
  value: jsonNumber(one.value),
  timestamp: one.timestamp,
  step: one.step,
  ...(one.modelId !== null && { model_id: one.modelId }),
  ...(one.datasetName !== null && { dataset_name: one.datasetName }),
  ...(one.datasetDigest !== null && { dataset_digest: one.datasetDigest }),
});

export const runInfoAnswer = (run: Run) => ({
  run_id: run.runId,
  run_uuid: run.runId,
  run_name: run.name,
  experiment_id: run.experimentId,
  user_id: run.userName,
  status: run.status,
  start_time: run.startedAt,
  ...(run.endedAt !== null && { end_time: run.endedAt }),
  artifact_uri: run.artifactUri,
  lifecycle_stage: run.lifecycle,
});

export const runAnswer = (run: Run) => ({
  info: runInfoAnswer(run),
  data: {
    metrics: Array.from(run.metrics.values(), metricAnswer),
    params: pairs(run.params),
    tags: pairs(run.tags),
  },
  inputs: {
    dataset_inputs: Array.from(run.datasets.values(), ({ sourceType, schema, profile, context, ...one }) => ({
      tags: context,
      dataset: {
        ...one,
        source_type: sourceType,
        ...(schema !== null && { schema }),
        ...(profile !== null && { profile }),
      },
    })),
    model_inputs: Array.from(run.inputModels, (model_id) => ({ model_id })),
  },
  outputs: {
    model_outputs: Array.from(run.outputModels.values(), ({ modelId, step }) => ({
      model_id: modelId,
      step,
    })),
  },
});

/** The tag that MLflow's server keeps on a logged model, of the versions that were made of it. */
const VERSIONS_TAG = 'mlflow.modelVersions';

/** The versions of registered models that were made of a logged model, the first one first. */
function versionsOf({ modelId }: LoggedModel, { registered }: Pick<Tracking, 'registered'>) {
  const found = [...registered.values()].flatMap((one) =>
    activeVersions(one)
      .filter((version) => version.modelId === modelId)
      .map(({ version, createdAt }) => ({ name: one.name, version, createdAt })),
  );
  return found.sort((a, b) => a.createdAt - b.createdAt || a.version - b.version);
}

/** As Python writes JSON: MLflow's server does, and its clients compare. */
const versionsTag = (versions: ReturnType<typeof versionsOf>): string =>
  `[${versions.map(({ name, version }) => `{"name": ${JSON.stringify(name)}, "version": ${version}}`).join(', ')}]`;

export function loggedModelAnswer(model: LoggedModel, state: Pick<Tracking, 'registered'>) {
  const versions = versionsOf(model, state);
  const tags = new Map(model.tags);
  if (versions.length > 0) tags.set(VERSIONS_TAG, versionsTag(versions));
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdAt,
      last_updated_timestamp_ms: model.updatedAt,
      artifact_uri: model.artifactUri,
      status: model.status,
      ...(model.modelType !== null && { model_type: model.modelType }),
      ...(model.runId !== null && { source_run_id: model.runId }),
      tags: pairs(tags),
      registrations: versions.map(({ name, version }) => ({ name, version: String(version) })),
    },
    data: {
      params: pairs(model.params),
      metrics: Array.from(model.metrics.values(), (one) => ({ ...metricAnswer(one), run_id: one.ofRun })),
    },
  };
}

export const versionAnswer = (model: RegisteredModel, one: RegisteredVersion) => ({
  name: model.name,
  version: String(one.version),
  creation_timestamp: one.createdAt,
  last_updated_timestamp: one.updatedAt,
  current_stage: one.stage,
  description: one.description,
  source: one.source,
  run_id: one.runId ?? '',
  run_link: one.runLink ?? '',
  ...(one.modelId !== null && { model_id: one.modelId }),
  status: 'READY',
  tags: pairs(one.tags),
  aliases: [...model.aliases].filter(([, version]) => version === one.version).map(([alias]) => alias),
});

export const registeredAnswer = (model: RegisteredModel) => ({
  name: model.name,
  creation_timestamp: model.createdAt,
  last_updated_timestamp: model.updatedAt,
  description: model.description,
  latest_versions: latestVersions(model).map((one) => versionAnswer(model, one)),
  tags: pairs(model.tags),
  aliases: Array.from(model.aliases, ([alias, version]) => ({ alias, version: String(version) })),
});

/** The newest version of each stage. */
export function latestVersions(model: RegisteredModel): RegisteredVersion[] {
  const byStage = new Map<string, RegisteredVersion>();
  for (const one of activeVersions(model)) {
    const known = byStage.get(one.stage);
    if (!known || one.version > known.version) byStage.set(one.stage, one);
  }
  return [...byStage.values()];
}

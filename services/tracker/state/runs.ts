import { invalid, type MlflowError, missing, taken } from '../errors.ts';
import {
  changeTags,
  type Entities,
  isLater,
  type Lifecycle,
  type Metric,
  type Pair,
  type Run,
} from './entities.ts';
import { experimentOf, obstacleIn } from './experiments.ts';
import type { Rules } from './rule.ts';

const NAME_TAG = 'mlflow.runName';

/** RESOURCE_DOES_NOT_EXIST. */
export function runOf({ runs }: Entities, id: string): Run {
  const found = runs.get(id);
  if (found) return found;
  throw missing(`Run with id=${id} not found`);
}

/** Why nothing can be logged to a run. */
export function obstacleInRun({ runs }: Entities, id: string): MlflowError | undefined {
  const run = runs.get(id);
  if (!run) return missing(`Run with id=${id} not found`);
  if (run.lifecycle === 'active') return undefined;
  return invalid(`The run ${id} must be in the 'active' state. Current state is deleted: restore it first.`);
}

/** A parameter keeps the value that it was given first. */
function changedParam(
  known: ReadonlyMap<string, string>,
  params: readonly Pair[],
  of: string,
): MlflowError | undefined {
  const changed = params.find(({ key, value }) => (known.get(key) ?? value) !== value);
  if (!changed) return undefined;
  return invalid(
    `Changing param values is not allowed. Param with key='${changed.key}' was already logged with ` +
      `value='${known.get(changed.key)}' for ${of}. Attempted logging new value '${changed.value}'.`,
  );
}

type Types =
  | 'TrackedRunStarted'
  | 'TrackedRunChanged'
  | 'TrackedValuesLogged'
  | 'TrackedInputsLogged'
  | 'TrackedArtifactStored';

export const RUN_RULES: Rules<Types> = {
  TrackedRunStarted: {
    refusal(state, { runId, experimentId }) {
      if (state.runs.has(runId)) return taken(`Run with id=${runId} already exists`);
      return obstacleIn(state, experimentId);
    },
    apply(state, { runId, experimentId, name, userName, startedAt, tags }) {
      const experiment = experimentOf(state, experimentId);
      const run: Run = {
        ...{ runId, experimentId, userName, startedAt, status: 'RUNNING', endedAt: null },
        ...{ name: name ?? runId, lifecycle: 'active' },
        artifactUri: `${experiment.artifactLocation}/${runId}/artifacts`,
        ...{ params: new Map(), tags: new Map(), metrics: new Map(), datasets: new Map() },
        ...{ inputModels: new Set(), outputModels: new Map() },
      };
      changeTags(run.tags, { tags });
      run.tags.set(NAME_TAG, run.name);
      experiment.runs.add(runId);
      state.runs.set(runId, run);
    },
  },

  TrackedRunChanged: {
    refusal(state, { runId, lifecycleStage }) {
      if (lifecycleStage === null) return obstacleInRun(state, runId);
      return state.runs.has(runId) ? undefined : missing(`Run with id=${runId} not found`);
    },
    apply(state, { runId, name, status, endedAt, lifecycleStage }) {
      const run = runOf(state, runId);
      if (lifecycleStage !== null) run.lifecycle = lifecycleStage as Lifecycle;
      if (status !== null) run.status = status;
      if (endedAt !== null) run.endedAt = endedAt;
      if (name === null) return;
      run.name = name;
      run.tags.set(NAME_TAG, name);
    },
  },

  TrackedValuesLogged: {
    refusal(state, { runId, params }) {
      const known = state.runs.get(runId)?.params ?? new Map<string, string>();
      return obstacleInRun(state, runId) ?? changedParam(known, params, `run ID='${runId}'`);
    },
    apply(state, { runId, metrics, params, ...changed }) {
      const run = runOf(state, runId);
      for (const metric of metrics) {
        const last = run.metrics.get(metric.key);
        if (!last || isLater(metric, last)) run.metrics.set(metric.key, metric);
        if (metric.modelId !== null) keepOfModel(state, run, metric);
      }
      for (const { key, value } of params) run.params.set(key, value);
      changeTags(run.tags, changed);
      run.name = run.tags.get(NAME_TAG) ?? run.name;
    },
  },

  TrackedInputsLogged: {
    refusal: (state, { runId }) => obstacleInRun(state, runId),
    apply(state, { runId, datasets, inputModels, outputModels }) {
      const run = runOf(state, runId);
      for (const dataset of datasets) run.datasets.set(`${dataset.name}\n${dataset.digest}`, dataset);
      for (const id of inputModels) run.inputModels.add(id);
      for (const output of outputModels) run.outputModels.set(output.modelId, output);
    },
  },

  TrackedArtifactStored: {
    refusal: () => undefined,
    apply(state, { root, path, digest, bytes }) {
      const files = state.files.get(root) ?? new Map();
      state.files.set(root, files);
      if (digest !== null) files.set(path, { digest, bytes });
      else for (const name of files.keys()) if (isWithin(name, path)) files.delete(name);
    },
  },
};

/** Whether a path is the one given, or below it. */
export const isWithin = (path: string, folder: string): boolean =>
  folder === '' || path === folder || path.startsWith(`${folder}/`);

function keepOfModel({ models }: Entities, { runId }: Run, metric: Metric): void {
  const model = models.get(metric.modelId ?? '');
  if (!model) return;
  const key = [metric.key, metric.datasetName, metric.datasetDigest, runId].join('\n');
  const last = model.metrics.get(key);
  if (!last || isLater(metric, last)) model.metrics.set(key, { ...metric, ofRun: runId });
}

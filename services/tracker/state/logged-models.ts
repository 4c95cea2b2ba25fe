import { invalid, missing, taken } from '../errors.ts';
import { changeTags, type Entities, type Lifecycle, type LoggedModel } from './entities.ts';
import { experimentOf, obstacleIn } from './experiments.ts';
import type { Rules } from './rule.ts';

/** RESOURCE_DOES_NOT_EXIST, also of one that was deleted. */
export function loggedModelOf({ models }: Entities, id: string): LoggedModel {
  const found = models.get(id);
  if (found?.lifecycle === 'active') return found;
  throw missing(`Logged model with ID '${id}' not found.`);
}

type Types = 'TrackedModelCreated' | 'TrackedModelChanged';

export const LOGGED_MODEL_RULES: Rules<Types> = {
  TrackedModelCreated: {
    refusal(state, { modelId, experimentId }) {
      if (state.models.has(modelId)) return taken(`Logged model with ID '${modelId}' already exists.`);
      return obstacleIn(state, experimentId);
    },
    apply(state, { modelId, experimentId, name, modelType, runId, params, tags }, at) {
      const experiment = experimentOf(state, experimentId);
      const model: LoggedModel = {
        ...{ modelId, experimentId, name: name ?? modelId, modelType, runId, createdAt: at, updatedAt: at },
        ...{ status: 'LOGGED_MODEL_PENDING', lifecycle: 'active' },
        artifactUri: `${experiment.artifactLocation}/models/${modelId}/artifacts`,
        ...{ params: new Map(params.map(({ key, value }) => [key, value])), tags: new Map() },
        metrics: new Map(),
      };
      changeTags(model.tags, { tags });
      experiment.models.add(modelId);
      state.models.set(modelId, model);
    },
  },

  TrackedModelChanged: {
    refusal(state, { modelId, params }) {
      const model = state.models.get(modelId);
      if (model?.lifecycle !== 'active') return missing(`Logged model with ID '${modelId}' not found.`);
      const changed = params.find(({ key, value }) => (model.params.get(key) ?? value) !== value);
      if (!changed) return undefined;
      return invalid(
        `Changing param values is not allowed. Param with key='${changed.key}' was already logged for model '${modelId}'.`,
      );
    },
    apply(state, { modelId, status, lifecycleStage, params, ...changed }, at) {
      const model = loggedModelOf(state, modelId);
      for (const { key, value } of params) model.params.set(key, value);
      changeTags(model.tags, changed);
      model.updatedAt = at;
      if (status !== null) model.status = status;
      if (lifecycleStage !== null) model.lifecycle = lifecycleStage as Lifecycle;
    },
  },
};

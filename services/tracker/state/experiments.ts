import { invalid, type MlflowError, missing, taken } from '../errors.ts';
import { changeTags, type Entities, type Experiment, type Lifecycle } from './entities.ts';
import type { Rules } from './rule.ts';

/** RESOURCE_DOES_NOT_EXIST. */
export function experimentOf({ experiments }: Entities, id: string): Experiment {
  const found = experiments.get(id);
  if (found) return found;
  throw missing(`No Experiment with id=${id} exists`);
}

/** Why nothing can be logged to an experiment. */
export function obstacleIn({ experiments }: Entities, id: string): MlflowError | undefined {
  const found = experiments.get(id);
  if (!found) return missing(`No Experiment with id=${id} exists`);
  if (found.lifecycle === 'active') return undefined;
  return invalid(
    `The experiment ${id} must be in the 'active' state. Current state is deleted: restore it first.`,
  );
}

function nameTaken(name: string, owner: Experiment): MlflowError {
  const advice =
    owner.lifecycle === 'deleted' ? ' It is deleted: restore it, or give the new one another name.' : '';
  return taken(`Experiment(name=${name}) already exists.${advice}`);
}

type Types = 'TrackedExperimentCreated' | 'TrackedExperimentChanged';

export const EXPERIMENT_RULES: Rules<Types> = {
  TrackedExperimentCreated: {
    refusal(state, { experimentId, name }) {
      const owner = state.experiments.get(state.experimentNames.get(name ?? '') ?? experimentId);
      return owner && nameTaken(name ?? '', owner);
    },
    apply(state, { experimentId, name, artifactLocation, tags }, at) {
      const experiment: Experiment = {
        ...{ experimentId, name: name ?? experimentId, lifecycle: 'active', createdAt: at, updatedAt: at },
        artifactLocation: artifactLocation || `mlflow-artifacts:/${experimentId}`,
        ...{ tags: new Map(), runs: new Set(), models: new Set() },
      };
      changeTags(experiment.tags, { tags });
      state.experiments.set(experimentId, experiment);
      state.experimentNames.set(experiment.name, experimentId);
    },
  },

  TrackedExperimentChanged: {
    refusal(state, { experimentId, name, lifecycleStage }) {
      const found = state.experiments.get(experimentId);
      if (!found) return missing(`No Experiment with id=${experimentId} exists`);
      if (lifecycleStage === null && found.lifecycle === 'deleted') return obstacleIn(state, experimentId);
      if (lifecycleStage === 'deleted' && experimentId === '0')
        return invalid('The default experiment cannot be deleted');
      const owner = name === null ? undefined : state.experimentNames.get(name);
      return owner === undefined || owner === experimentId
        ? undefined
        : nameTaken(name ?? '', state.experiments.get(owner) ?? found);
    },
    apply(state, { experimentId, name, lifecycleStage, ...changed }, at) {
      const experiment = experimentOf(state, experimentId);
      changeTags(experiment.tags, changed);
      experiment.updatedAt = at;
      if (lifecycleStage !== null) changeLifecycle(state, experiment, lifecycleStage as Lifecycle);
      if (name === null) return;
      state.experimentNames.delete(experiment.name);
      experiment.name = name;
      state.experimentNames.set(name, experimentId);
    },
  },
};

/** The runs of an experiment are deleted and restored with it. */
function changeLifecycle({ runs }: Entities, experiment: Experiment, lifecycle: Lifecycle): void {
  experiment.lifecycle = lifecycle;
  for (const id of experiment.runs) {
    const run = runs.get(id);
    if (run) run.lifecycle = lifecycle;
  }
}

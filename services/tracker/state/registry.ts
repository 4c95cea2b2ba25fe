import { invalid, missing, taken } from '../errors.ts';
import {
  changeTags,
  type Entities,
  type Lifecycle,
  type RegisteredModel,
  type RegisteredVersion,
} from './entities.ts';
import type { Rules } from './rule.ts';

const notRegistered = (name: string) => missing(`Registered Model with name=${name} not found`);

export const noVersion = (name: string, version: string | number) =>
  missing(`Model Version (name=${name}, version=${version}) not found`);

/** By the name of today. RESOURCE_DOES_NOT_EXIST. */
export function registeredOf({ registered }: Entities, name: string): RegisteredModel {
  const found = registered.get(name);
  if (found) return found;
  throw notRegistered(name);
}

/** RESOURCE_DOES_NOT_EXIST, also of one that was deleted. */
export function versionOf(model: RegisteredModel, version: number): RegisteredVersion {
  const found = model.versions.get(version);
  if (found?.lifecycle === 'active') return found;
  throw noVersion(model.name, version);
}

export const activeVersions = ({ versions }: RegisteredModel): RegisteredVersion[] =>
  [...versions.values()].filter(({ lifecycle }) => lifecycle === 'active');

/** A key for a model of this name: the name, unless one that was created with it has been renamed. */
export function freeKey({ registeredKeys }: Pick<Entities, 'registeredKeys'>, name: string): string {
  let key = name;
  for (let i = 2; registeredKeys.has(key); i++) key = `${name}/${i}`;
  return key;
}

/** Its events have the name that it was created with as their key. */
const byKey = ({ registered, registeredKeys }: Entities, key: string): RegisteredModel | undefined =>
  registered.get(registeredKeys.get(key) ?? '');

function knownByKey(state: Entities, key: string): RegisteredModel {
  const found = byKey(state, key);
  if (found) return found;
  throw notRegistered(key);
}

type Types =
  | 'RegisteredModelCreated'
  | 'RegisteredModelChanged'
  | 'RegisteredVersionCreated'
  | 'RegisteredVersionChanged';

export const REGISTRY_RULES: Rules<Types> = {
  RegisteredModelCreated: {
    refusal: ({ registered, registeredKeys }, { registeredModel: key, name }) =>
      registered.has(name ?? key) || registeredKeys.has(key)
        ? taken(`Registered Model (name=${name ?? key}) already exists.`)
        : undefined,
    apply(state, { registeredModel: key, name: given, description, tags }, at) {
      const name = given ?? key;
      const model: RegisteredModel = {
        ...{ key, name, description: description ?? '', createdAt: at, updatedAt: at },
        ...{ tags: new Map(), aliases: new Map(), versions: new Map() },
      };
      changeTags(model.tags, { tags });
      state.registered.set(name, model);
      state.registeredKeys.set(key, name);
    },
  },

  RegisteredModelChanged: {
    refusal(state, { registeredModel, name, aliases }) {
      const model = byKey(state, registeredModel);
      if (!model) return notRegistered(registeredModel);
      const isFree = name === null || name === model.name || !state.registered.has(name);
      if (!isFree) return taken(`Registered Model (name=${name}) already exists.`);
      const wrong = aliases.find(
        ({ modelVersion }) =>
          modelVersion !== null && model.versions.get(Number(modelVersion))?.lifecycle !== 'active',
      );
      return wrong && noVersion(model.name, wrong.modelVersion ?? '');
    },
    apply(state, { registeredModel, name, description, lifecycleStage, aliases, ...changed }, at) {
      const model = knownByKey(state, registeredModel);
      changeTags(model.tags, changed);
      for (const { alias, modelVersion } of aliases) {
        if (modelVersion === null) model.aliases.delete(alias);
        else model.aliases.set(alias, Number(modelVersion));
      }
      model.updatedAt = at;
      if (description !== null) model.description = description;
      if (name === null && lifecycleStage === null) return;
      state.registered.delete(model.name);
      if (lifecycleStage === 'deleted') {
        state.registeredKeys.delete(model.key);
        return;
      }
      model.name = name ?? model.name;
      state.registered.set(model.name, model);
      state.registeredKeys.set(model.key, model.name);
    },
  },

  RegisteredVersionCreated: {
    refusal(state, { registeredModel, modelVersion }) {
      const model = byKey(state, registeredModel);
      if (!model) return notRegistered(registeredModel);
      if (!model.versions.has(Number(modelVersion))) return undefined;
      return taken(`Model Version (name=${model.name}, version=${modelVersion}) already exists.`);
    },
    apply(state, { registeredModel, modelVersion, source, runId, modelId, runLink, description, tags }, at) {
      const model = knownByKey(state, registeredModel);
      const version: RegisteredVersion = {
        ...{ version: Number(modelVersion), source, runId, modelId, runLink, description: description ?? '' },
        ...{ stage: 'None', lifecycle: 'active', createdAt: at, updatedAt: at, tags: new Map() },
      };
      changeTags(version.tags, { tags });
      model.versions.set(version.version, version);
      model.updatedAt = at;
    },
  },

  RegisteredVersionChanged: {
    refusal(state, { registeredModel, modelVersion, archivesOthers, stage }) {
      const model = byKey(state, registeredModel);
      if (!model) return notRegistered(registeredModel);
      const found = model.versions.get(Number(modelVersion));
      if (found?.lifecycle !== 'active') return noVersion(model.name, modelVersion);
      if (!archivesOthers || stage === 'Staging' || stage === 'Production') return undefined;
      return invalid(
        'Model version transition cannot archive existing model versions because ' +
          `'${stage}' is not an Active stage. Valid stages are Staging, Production`,
      );
    },
    apply(state, data, at) {
      const { registeredModel, modelVersion, stage, archivesOthers, description, lifecycleStage } = data;
      const model = knownByKey(state, registeredModel);
      const version = versionOf(model, Number(modelVersion));
      changeTags(version.tags, data);
      version.updatedAt = at;
      if (stage !== null || lifecycleStage !== null) model.updatedAt = at;
      if (description !== null) version.description = description;
      if (stage !== null) {
        if (archivesOthers) archiveOthers(model, version, stage, at);
        version.stage = stage;
      }
      if (lifecycleStage === null) return;
      version.lifecycle = lifecycleStage as Lifecycle;
      for (const [alias, number] of model.aliases)
        if (number === version.version) model.aliases.delete(alias);
    },
  },
};

function archiveOthers(
  { versions }: RegisteredModel,
  but: RegisteredVersion,
  stage: string,
  at: number,
): void {
  for (const other of versions.values()) {
    if (other === but || other.stage !== stage) continue;
    other.stage = 'Archived';
    other.updatedAt = at;
  }
}

import { z } from 'zod';
import { newEvent } from '../../../schemas/catalogue.ts';
import type { RegisteredModelChanged } from '../../../schemas/events.generated.ts';
import { invalid, missing } from '../errors.ts';
import { registeredAnswer, versionAnswer } from '../protocol/answers.ts';
import type { AddEndpoint, Caller, Tracker } from '../protocol/endpoints.ts';
import {
  description,
  keyName,
  list,
  MLFLOW_LIMITS,
  pair,
  registeredName,
  search as searchInput,
  text,
  versionNumber,
} from '../protocol/values.ts';
import { type Searchable, search } from '../search/search.ts';
import type { RegisteredModel } from '../state/entities.ts';
import { freeKey, registeredOf, versionOf } from '../state/registry.ts';

const MODELS: Searchable<RegisteredModel> = {
  attributes: {
    name: { of: ({ name }) => name },
    creation_timestamp: { isNumber: true, of: ({ createdAt }) => createdAt },
    last_updated_timestamp: { isNumber: true, of: ({ updatedAt }) => updatedAt },
    timestamp: { isNumber: true, of: ({ updatedAt }) => updatedAt },
  },
  entities: { tag: ({ tags }, key) => tags.get(key) },
  ties: ['name ASC'],
  sortable: ['name', 'timestamp', 'last_updated_timestamp'],
};

const one = z.object({ name: registeredName });
const tag = pair(MLFLOW_LIMITS.registryTag);
const alias = text(MLFLOW_LIMITS.alias, 'An alias')
  .regex(/^[\w-]+$/, 'Names may only contain alphanumerics, underscores (_), and dashes (-)')
  .refine((value) => !/^v\d+$/i.test(value), 'must not look like a version, such as v1')
  .refine((value) => value.toLowerCase() !== 'latest', 'latest is reserved');

const UNCHANGED = {
  ...{ name: null, description: null, lifecycleStage: null },
  ...{ aliases: [], tags: [], removedTags: [] },
};

export function addEndpoints(add: AddEndpoint, { log }: Tracker): void {
  const at = (path: string) => `/2.0/mlflow/registered-models/${path}`;
  const answered = (name: string) => ({
    registered_model: registeredAnswer(registeredOf(log().state, name)),
  });

  /** Of a model, by the name of today. */
  async function change(name: string, changed: Partial<RegisteredModelChanged>, caller: Caller) {
    const { key } = registeredOf(log().state, name);
    await log().append(`registered/${key}`, () =>
      newEvent('RegisteredModelChanged', {
        ...{ ...UNCHANGED, ...changed },
        ...{ registeredModel: key, requestedBy: caller.name },
      }),
    );
    return {};
  }

  add(
    'POST',
    at('create'),
    one.extend({ tags: list(tag, 100, 'tags'), description: description.nullish() }),
    async ({ name, tags, description }, caller) => {
      await log().append(`registered/${name}`, () => {
        const { registered } = log().state;
        const key = registered.has(name) ? name : freeKey(log().state, name); // a taken name is refused
        return newEvent('RegisteredModelCreated', {
          ...{ registeredModel: key, name: key === name ? null : name, tags },
          ...{ description: description || null, requestedBy: caller.name },
        });
      });
      return answered(name);
    },
  );

  add('GET', at('get'), one, ({ name }) => answered(name));

  add('POST', at('rename'), one.extend({ new_name: registeredName }), async (input, caller) => {
    await change(input.name, { name: input.new_name }, caller);
    return answered(input.new_name);
  });

  add('PATCH', at('update'), one.extend({ description: description.nullish() }), async (input, caller) => {
    await change(input.name, { description: input.description ?? '' }, caller);
    return answered(input.name);
  });

  add('DELETE', at('delete'), one, ({ name }, caller) => change(name, { lifecycleStage: 'deleted' }, caller));

  add(
    'GET',
    at('search'),
    z.object(searchInput({ max: 100, most: 1_000 })),
    ({ filter, order_by, max_results, page_token }) => {
      const asked = { filter, orderBy: order_by, maxResults: max_results, pageToken: page_token };
      const { items, nextToken } = search(log().state.registered.values(), MODELS, asked);
      return {
        registered_models: items.map(registeredAnswer),
        ...(nextToken && { next_page_token: nextToken }),
      };
    },
  );

  add('POST', at('set-tag'), one.extend(tag.shape), ({ name, key, value }, caller) =>
    change(name, { tags: [{ key, value }] }, caller),
  );

  add('DELETE', at('delete-tag'), one.extend({ key: keyName }), ({ name, key }, caller) =>
    change(name, { removedTags: [key] }, caller),
  );

  add(
    'POST',
    at('alias'),
    one.extend({ alias, version: versionNumber }),
    ({ name, alias, version }, caller) =>
      change(name, { aliases: [{ alias, modelVersion: String(version) }] }, caller),
  );

  add('DELETE', at('alias'), one.extend({ alias: text(MLFLOW_LIMITS.alias) }), ({ name, alias }, caller) =>
    change(name, { aliases: [{ alias, modelVersion: null }] }, caller),
  );

  add('GET', at('alias'), one.extend({ alias: text(MLFLOW_LIMITS.alias) }), ({ name, alias }) => {
    const model = registeredOf(log().state, name);
    const version =
      alias.toLowerCase() === 'latest'
        ? Math.max(
            0,
            ...[...model.versions.values()].filter((v) => v.lifecycle === 'active').map((v) => v.version),
          )
        : model.aliases.get(alias);
    if (version === 0) throw missing(`Latest version not found for model ${name}.`);
    if (version === undefined) throw invalid(`Registered model alias ${alias} not found.`);
    return { model_version: versionAnswer(model, versionOf(model, version)) };
  });
}

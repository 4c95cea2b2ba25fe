import { z } from 'zod';
import { newEvent } from '../../../schemas/catalogue.ts';
import type { RegisteredVersionChanged } from '../../../schemas/events.generated.ts';
import { MlflowError } from '../errors.ts';
import { latestVersions, versionAnswer } from '../protocol/answers.ts';
import type { AddEndpoint, Caller, Tracker } from '../protocol/endpoints.ts';
import {
  description,
  flag,
  id,
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
import { assertSource, filesOf } from '../sources.ts';
import type { RegisteredModel, RegisteredVersion } from '../state/entities.ts';
import { activeVersions, noVersion, registeredOf, versionOf } from '../state/registry.ts';

const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const;
/** another process may be faster with a number */
const ATTEMPTS = 5;

interface OfModel {
  readonly model: RegisteredModel;
  readonly version: RegisteredVersion;
}

const VERSIONS: Searchable<OfModel> = {
  attributes: {
    name: { of: ({ model }) => model.name },
    version_number: { isNumber: true, of: ({ version }) => version.version },
    run_id: { of: ({ version }) => version.runId },
    source_path: { of: ({ version }) => version.source },
    current_stage: { of: ({ version }) => version.stage },
    creation_timestamp: { isNumber: true, of: ({ version }) => version.createdAt },
    last_updated_timestamp: { isNumber: true, of: ({ version }) => version.updatedAt },
  },
  entities: { tag: ({ version }, key) => version.tags.get(key) },
  order: ['last_updated_timestamp DESC'],
  ties: ['name ASC', 'version_number DESC'],
  sortable: ['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'],
};

const named = z.object({ name: registeredName });
const one = named.extend({ version: versionNumber });
const tag = pair(MLFLOW_LIMITS.registryTag);

const stageOf = (given: string) => STAGES.find((known) => known.toLowerCase() === given.toLowerCase());
const stage = text(50)
  .refine((given) => stageOf(given) !== undefined, {
    error: ({ input }) =>
      `Invalid Model Version stage: ${String(input)}. Value must be one of ${STAGES.join(', ')}.`,
  })
  .transform((given) => stageOf(given) ?? 'None');

const UNCHANGED = {
  ...{ stage: null, archivesOthers: false, description: null, lifecycleStage: null },
  ...{ tags: [], removedTags: [] },
};

export function addEndpoints(add: AddEndpoint, { log }: Tracker): void {
  const at = (path: string) => `/2.0/mlflow/model-versions/${path}`;

  function answered(name: string, version: number) {
    const model = log().state.registered.get(name);
    if (!model) throw noVersion(name, version);
    return { model_version: versionAnswer(model, versionOf(model, version)) };
  }

  add(
    'POST',
    at('create'),
    named.extend({
      source: text(MLFLOW_LIMITS.path, 'A source').min(1),
      run_id: z.union([id, z.literal('').transform(() => undefined)]).optional(),
      model_id: z.union([id, z.literal('').transform(() => undefined)]).optional(),
      run_link: text(MLFLOW_LIMITS.path).default(''),
      description: description.nullish(),
      tags: list(tag, 100, 'tags'),
    }),
    async ({ name, source, run_id, model_id, run_link, description, tags }, caller) => {
      const owner = log().state.runs.get(run_id ?? '') ?? log().state.models.get(model_id ?? '');
      assertSource(source, owner?.artifactUri);
      const create = () => {
        const { key, versions } = registeredOf(log().state, name);
        return newEvent('RegisteredVersionCreated', {
          ...{
            registeredModel: key,
            modelVersion: String(Math.max(0, ...versions.keys()) + 1),
            source,
            tags,
          },
          ...{ runId: run_id ?? null, modelId: model_id ?? null, runLink: run_link || null },
          ...{ description: description || null, requestedBy: caller.name },
        });
      };
      for (let attempt = 1; ; attempt++) {
        try {
          const { key } = registeredOf(log().state, name);
          const { data } = await log().append(`registered/${key}`, create);
          return answered(name, Number(data.modelVersion));
        } catch (error) {
          const isTaken = error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS';
          if (!isTaken || attempt === ATTEMPTS) throw error;
        }
      }
    },
  );

  async function change(
    { name, version }: z.output<typeof one>,
    changed: Partial<RegisteredVersionChanged>,
    caller: Caller,
  ) {
    const { key } = registeredOf(log().state, name);
    await log().append(`registered/${key}`, () =>
      newEvent('RegisteredVersionChanged', {
        ...{ ...UNCHANGED, ...changed },
        ...{ registeredModel: key, modelVersion: String(version), requestedBy: caller.name },
      }),
    );
  }

  add('GET', at('get'), one, ({ name, version }) => answered(name, version));

  add('PATCH', at('update'), one.extend({ description: description.nullish() }), async (input, caller) => {
    await change(input, { description: input.description ?? '' }, caller);
    return answered(input.name, input.version);
  });

  add(
    'POST',
    at('transition-stage'),
    one.extend({ stage, archive_existing_versions: flag.default(false) }),
    async ({ stage, archive_existing_versions, ...input }, caller) => {
      await change(input, { stage, archivesOthers: archive_existing_versions }, caller);
      return answered(input.name, input.version);
    },
  );

  add('DELETE', at('delete'), one, async (input, caller) => {
    await change(input, { lifecycleStage: 'deleted' }, caller);
    return {};
  });

  add('POST', at('set-tag'), one.extend(tag.shape), async ({ key, value, ...input }, caller) => {
    await change(input, { tags: [{ key, value }] }, caller);
    return {};
  });

  add('DELETE', at('delete-tag'), one.extend({ key: keyName }), async ({ key, ...input }, caller) => {
    await change(input, { removedTags: [key] }, caller);
    return {};
  });

  add('GET', at('get-download-uri'), one, ({ name, version }) => {
    return { artifact_uri: filesOf(log().state, versionOf(registeredOf(log().state, name), version)) };
  });

  add(
    'GET',
    at('search'),
    z.object(searchInput({ max: 10_000, most: 200_000 })),
    ({ filter, order_by, max_results, page_token }) => {
      const all = [...log().state.registered.values()].flatMap((model) =>
        activeVersions(model).map((version) => ({ model, version })),
      );
      const asked = { filter, orderBy: order_by, maxResults: max_results, pageToken: page_token };
      const { items, nextToken } = search(all, VERSIONS, asked);
      return {
        model_versions: items.map(({ model, version }) => versionAnswer(model, version)),
        ...(nextToken && { next_page_token: nextToken }),
      };
    },
  );

  for (const method of ['GET', 'POST'] as const)
    add(
      method,
      '/2.0/mlflow/registered-models/get-latest-versions',
      named.extend({ stages: list(stage, 10, 'stages') }),
      ({ name, stages }) => {
        const model = registeredOf(log().state, name);
        const wanted = new Set<string>(stages);
        return {
          model_versions: latestVersions(model)
            .filter(({ stage }) => wanted.size === 0 || wanted.has(stage))
            .map((one) => versionAnswer(model, one)),
        };
      },
      { role: 'viewer' },
    );
}

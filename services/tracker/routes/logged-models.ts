import { z } from 'zod';
import { newId } from '../../../kernel/ids.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import type { TrackedModelChanged } from '../../../schemas/events.generated.ts';
import { missing } from '../errors.ts';
import { filesIn, placeOf, safePath } from '../files.ts';
import { loggedModelAnswer } from '../protocol/answers.ts';
import type { AddEndpoint, Caller, Tracker } from '../protocol/endpoints.ts';
import {
  flag,
  id,
  int,
  list,
  MLFLOW_LIMITS,
  pair,
  param,
  search as searchInput,
  text,
} from '../protocol/values.ts';
import { type Searchable, search } from '../search/search.ts';
import type { LoggedModel, Metric } from '../state/entities.ts';
import { loggedModelOf } from '../state/logged-models.ts';

const STATUSES = ['LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED'] as const;
/** MLflow's clients say READY in filters */
const SHORT = /^LOGGED_MODEL_/;

const created = { isNumber: true, of: ({ createdAt }: LoggedModel) => createdAt } as const;
const updated = { isNumber: true, of: ({ updatedAt }: LoggedModel) => updatedAt } as const;

const MODELS: Searchable<LoggedModel> = {
  attributes: {
    name: { of: ({ name }) => name },
    model_id: { of: ({ modelId }) => modelId },
    model_type: { of: ({ modelType }) => modelType },
    experiment_id: { of: ({ experimentId }) => experimentId },
    source_run_id: { of: ({ runId }) => runId },
    status: { of: ({ status }) => status.replace(SHORT, '') },
    ...{ creation_time: created, creation_timestamp: created, creation_timestamp_ms: created },
    ...{ last_updated_time: updated, last_updated_timestamp: updated, last_updated_timestamp_ms: updated },
  },
  entities: {
    metric: ({ metrics }, key) => [...metrics.values()].find((one) => one.key === key)?.value,
    param: ({ params }, key) => params.get(key),
    tag: ({ tags }, key) => tags.get(key),
  },
  ties: ['creation_timestamp DESC', 'model_id ASC'],
};

const UNCHANGED = { status: null, lifecycleStage: null, params: [], tags: [], removedTags: [] };
const params = list(param, MLFLOW_LIMITS.paramsPerBatch, 'params');
const tags = list(pair(MLFLOW_LIMITS.tag), MLFLOW_LIMITS.tagsPerBatch, 'tags');
const one = z.object({ model_id: id });

/** Models as MLflow 3 has them: each is logged by itself, and belongs to an experiment. */
export function addEndpoints(add: AddEndpoint, { context, log }: Tracker): void {
  const base = '/2.0/mlflow/logged-models';
  const answered = (modelId: string) => ({
    model: loggedModelAnswer(loggedModelOf(log().state, modelId), log().state),
  });

  add(
    'POST',
    base,
    z.object({
      experiment_id: z.union([text(64), int.transform(String)]).default('0'),
      name: text(MLFLOW_LIMITS.datasetName, 'A model name').optional(),
      model_type: text(MLFLOW_LIMITS.datasetName).optional(),
      source_run_id: id.optional(),
      ...{ params, tags },
    }),
    async ({ experiment_id, name, model_type, source_run_id, params, tags }, caller) => {
      const modelId = `m-${newId(context.clock.now()).replaceAll('-', '')}`;
      await log().appendAtOnce(
        newEvent('TrackedModelCreated', {
          ...{ modelId, experimentId: experiment_id, params, tags, requestedBy: caller.name },
          ...{ name: name || null, modelType: model_type || null, runId: source_run_id ?? null },
        }),
      );
      return answered(modelId);
    },
  );

  async function change(modelId: string, changed: Partial<TrackedModelChanged>, { name }: Caller) {
    await log().append(modelId, () =>
      newEvent('TrackedModelChanged', { ...UNCHANGED, ...changed, modelId, requestedBy: name }),
    );
  }

  add('GET', `${base}/:model_id`, one, ({ model_id }) => answered(model_id));

  add(
    'PATCH',
    `${base}/:model_id`,
    one.extend({ status: z.enum(STATUSES, `must be one of ${STATUSES.join(', ')}`) }),
    async ({ model_id, status }, caller) => {
      await change(model_id, { status }, caller);
      return answered(model_id);
    },
  );

  add('DELETE', `${base}/:model_id`, one, async ({ model_id }, caller) => {
    await change(model_id, { lifecycleStage: 'deleted' }, caller);
    return {};
  });

  add('PATCH', `${base}/:model_id/tags`, one.extend({ tags }), async ({ model_id, tags }, caller) => {
    await change(model_id, { tags }, caller);
    return answered(model_id);
  });

  add(
    'DELETE',
    `${base}/:model_id/tags/:tag_key`,
    one.extend({ tag_key: text(MLFLOW_LIMITS.key) }),
    async ({ model_id, tag_key }, caller) => {
      if (!loggedModelOf(log().state, model_id).tags.has(tag_key))
        throw missing(`No tag with key '${tag_key}' found for model with ID '${model_id}'.`);
      await change(model_id, { removedTags: [tag_key] }, caller);
      return {};
    },
  );

  add('POST', `${base}/:model_id/params`, one.extend({ params }), async ({ model_id, params }, caller) => {
    await change(model_id, { params }, caller);
    return {};
  });

  add(
    'GET',
    `${base}/:model_id/artifacts/directories`,
    one.extend({ artifact_directory_path: text(MLFLOW_LIMITS.path).default('') }),
    ({ model_id, artifact_directory_path }) => {
      const { artifactUri } = loggedModelOf(log().state, model_id);
      const folder = safePath(artifact_directory_path);
      const files = filesIn(log().state.files.get(placeOf(artifactUri)?.root ?? ''), folder);
      const below = folder === '' ? '' : `${folder}/`;
      return { root_uri: artifactUri, files: files.map((file) => ({ ...file, path: below + file.path })) };
    },
  );

  const dataset = z.object({
    dataset_name: text(MLFLOW_LIMITS.datasetName),
    dataset_digest: text(MLFLOW_LIMITS.datasetDigest).nullish(),
  });
  const order = z.object({
    field_name: text(MLFLOW_LIMITS.path),
    ascending: flag.default(true),
  });
  add(
    'POST',
    `${base}/search`,
    z.object({
      ...searchInput({ max: 100, most: 1_000 }),
      experiment_ids: list(z.union([id, int.transform(String)]), 1_000, 'experiments'),
      order_by: list(order, 20),
      datasets: list(dataset, 100, 'datasets'),
    }),
    ({ experiment_ids, filter, order_by, max_results, page_token, datasets }) => {
      const { experiments, models } = log().state;
      const all = [...new Set(experiment_ids)]
        .flatMap((id) => [...(experiments.get(id)?.models ?? [])])
        .flatMap((id) => models.get(id) ?? [])
        .filter(({ lifecycle, metrics }) => lifecycle === 'active' && isOn(datasets, metrics.values()));
      const orderBy = order_by.map(
        ({ field_name, ascending }) => `${field_name} ${ascending ? 'ASC' : 'DESC'}`,
      );
      const asked = { filter, orderBy, maxResults: max_results, pageToken: page_token };
      const { items, nextToken } = search(all, MODELS, asked);
      return {
        models: items.map((model) => loggedModelAnswer(model, log().state)),
        ...(nextToken && { next_page_token: nextToken }),
      };
    },
    { role: 'viewer' },
  );
}

/** Whether one of the metrics is on one of these datasets; without datasets, always. */
function isOn(
  datasets: readonly { dataset_name: string; dataset_digest?: string | null | undefined }[],
  metrics: Iterable<Metric>,
): boolean {
  if (datasets.length === 0) return true;
  return [...metrics].some(({ datasetName, datasetDigest }) =>
    datasets.some(
      (one) => one.dataset_name === datasetName && (one.dataset_digest ?? datasetDigest) === datasetDigest,
    ),
  );
}

import { z } from 'zod';
import { newEvent } from '../../../schemas/catalogue.ts';
import type { TrackedValuesLogged } from '../../../schemas/events.generated.ts';
import { invalid } from '../errors.ts';
import type { AddEndpoint, Tracker } from '../protocol/endpoints.ts';
import {
  double,
  id,
  int,
  keyName,
  list,
  MLFLOW_LIMITS,
  ofRun,
  param,
  tag,
  tagList,
  text,
} from '../protocol/values.ts';
import type { Metric } from '../state/entities.ts';
import { runOf } from '../state/runs.ts';
import { runIdOf } from './runs.ts';

const one = z.object(ofRun);

const metric = z
  .object({
    key: keyName,
    value: double,
    timestamp: int,
    step: int.default(0),
    model_id: id.nullish(),
    dataset_name: text(MLFLOW_LIMITS.datasetName).nullish(),
    dataset_digest: text(MLFLOW_LIMITS.datasetDigest).nullish(),
  })
  .transform(
    ({ model_id, dataset_name, dataset_digest, ...value }): Metric => ({
      ...value,
      modelId: model_id || null,
      datasetName: dataset_name || null,
      datasetDigest: dataset_digest || null,
    }),
  );

const batched = list(metric, MLFLOW_LIMITS.metricsPerBatch, 'metrics');

/** The metrics of a batch. A schema for each of a thousand costs more than all the rest: it judges where one is not plain. */
const metrics = z
  .custom<unknown>()
  .meta({ type: 'array', maxItems: MLFLOW_LIMITS.metricsPerBatch, items: { type: 'object' } })
  .transform((given, context): Metric[] => {
    const plain = plainMetrics(given);
    if (plain) return plain;
    const { data = [], error } = batched.safeParse(given, { reportInput: true });
    context.issues.push(...((error?.issues ?? []) as z.core.$ZodRawIssue[]));
    return data;
  })
  .default([]);

/** Metrics as nearly all are sent: numbers that are finite, and of no logged model. Undefined where one is not. */
function plainMetrics(given: unknown): Metric[] | undefined {
  if (!Array.isArray(given) || given.length > MLFLOW_LIMITS.metricsPerBatch) return undefined;
  const names = new Set<unknown>();
  const plain: Metric[] = [];
  for (const one of given) {
    const { key, value, timestamp, step = 0, ...ofModel } = Object(one);
    const isPlain =
      Number.isFinite(value) &&
      Number.isSafeInteger(timestamp) &&
      Number.isSafeInteger(step) &&
      isEmpty(ofModel);
    if (!isPlain) return undefined;
    if (!names.has(key) && !keyName.safeParse(key).success) return undefined;
    names.add(key);
    plain.push({ key, value, timestamp, step, modelId: null, datasetName: null, datasetDigest: null });
  }
  return plain;
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

const NONE = { metrics: [], params: [], tags: [], removedTags: [] };

const ofName = one.and(metric);

const dataset = z.object({
  name: text(MLFLOW_LIMITS.datasetName).min(1),
  digest: text(MLFLOW_LIMITS.datasetDigest, 'A dataset digest').min(1),
  source_type: text(MLFLOW_LIMITS.path).default(''),
  source: text(MLFLOW_LIMITS.datasetText, 'A dataset source').default(''),
  schema: text(MLFLOW_LIMITS.datasetText, 'A dataset schema').nullish(),
  profile: text(MLFLOW_LIMITS.datasetText, 'A dataset profile').nullish(),
});

/** What a run logs: it is appended, whatever else there is. */
const APPENDS = { appendsOnly: true } as const;

/** What a run logs. */
export function addEndpoints(add: AddEndpoint, { log }: Tracker): void {
  const at = (path: string) => `/2.0/mlflow/runs/${path}`;

  /** Parameters are compared with those before: requests with some of them follow each other. */
  async function append(logged: Partial<TrackedValuesLogged> & { runId: string }, requestedBy: string) {
    const event = newEvent('TrackedValuesLogged', { ...NONE, ...logged, requestedBy });
    if (event.data.params.length > 0) await log().append(logged.runId, () => event);
    else await log().appendAtOnce(event);
    return {};
  }

  add(
    'POST',
    at('log-metric'),
    ofName,
    (input, caller) => {
      const { run_id, run_uuid, ...metric } = input;
      return append({ runId: runIdOf({ run_id, run_uuid }), metrics: [metric] }, caller.name);
    },
    APPENDS,
  );

  add(
    'POST',
    at('log-parameter'),
    one.extend(param.shape),
    ({ key, value, ...run }, caller) =>
      append({ runId: runIdOf(run), params: [{ key, value }] }, caller.name),
    APPENDS,
  );

  add(
    'POST',
    at('set-tag'),
    one.extend(tag.shape),
    ({ key, value, ...run }, caller) => append({ runId: runIdOf(run), tags: [{ key, value }] }, caller.name),
    APPENDS,
  );

  add(
    'POST',
    at('log-batch'),
    one.extend({
      metrics,
      params: list(param, MLFLOW_LIMITS.paramsPerBatch, 'params'),
      tags: tagList,
    }),
    async ({ metrics, params, tags, ...run }, caller) => {
      const count = metrics.length + params.length + tags.length;
      if (count > MLFLOW_LIMITS.entitiesPerBatch)
        throw invalid(
          `A batch logging request can contain at most ${MLFLOW_LIMITS.entitiesPerBatch} metrics, params and tags. Got ${count}: send several`,
        );
      const values = new Map<string, string>();
      for (const { key, value } of params) {
        if ((values.get(key) ?? value) !== value)
          throw invalid(`Duplicate parameter keys have been submitted: '${key}', with different values`);
        values.set(key, value);
      }
      const runId = runIdOf(run);
      if (count > 0) return append({ runId, metrics, params, tags }, caller.name);
      await log().caughtUp();
      runOf(log().state, runId);
      return {};
    },
    APPENDS,
  );

  add('POST', at('log-model'), one.extend({ model_json: text(MLFLOW_LIMITS.tag) }), (input, caller) => {
    const runId = runIdOf(input);
    const key = 'mlflow.log-model.history';
    const history = JSON.parse(runOf(log().state, runId).tags.get(key) ?? '[]');
    const value = JSON.stringify([...history, parsedModel(input.model_json)]);
    return append({ runId, tags: [{ key, value }] }, caller.name);
  });

  add(
    'POST',
    at('log-inputs'),
    one.extend({
      datasets: list(
        z.object({ dataset, tags: list(z.object({ key: text(255), value: text(500) }), 100, 'tags') }),
        MLFLOW_LIMITS.entitiesPerBatch,
        'datasets',
      ),
      models: list(z.object({ model_id: id }), MLFLOW_LIMITS.entitiesPerBatch, 'models'),
    }),
    async ({ datasets, models, ...run }, caller) => {
      const used = datasets.map(({ dataset: { source_type, schema, profile, ...rest }, tags }) => ({
        ...rest,
        ...{ sourceType: source_type, schema: schema ?? null, profile: profile ?? null, context: tags },
      }));
      await log().appendAtOnce(
        newEvent('TrackedInputsLogged', {
          ...{ runId: runIdOf(run), datasets: used, inputModels: models.map(({ model_id }) => model_id) },
          ...{ outputModels: [], requestedBy: caller.name },
        }),
      );
      return {};
    },
  );

  add(
    'POST',
    at('outputs'),
    one.extend({
      models: list(
        z.object({ model_id: id, step: int.default(0) }),
        MLFLOW_LIMITS.entitiesPerBatch,
        'models',
      ),
    }),
    async ({ models, ...run }, caller) => {
      await log().appendAtOnce(
        newEvent('TrackedInputsLogged', {
          ...{ runId: runIdOf(run), datasets: [], inputModels: [], requestedBy: caller.name },
          outputModels: models.map(({ model_id, step }) => ({ modelId: model_id, step })),
        }),
      );
      return {};
    },
  );
}

function parsedModel(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw invalid("Invalid value for parameter 'model_json' supplied: it is no JSON");
  }
}

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { hyperparameter, lookup } from '../../../kernel/texts.ts';
import { notListed } from '../found.ts';
import { addList } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

const metrics = z.record(z.string(), z.number());

const listedDataset = z
  .object({
    datasetId: z.string(),
    model: z.string(),
    status: z.enum(['sealed', 'refused']),
    extends: z.string().nullable(),
    artifact: z
      .string()
      .nullable()
      .describe('digest of its content: GET /v1/artifacts/{digest} downloads it'),
    contentHash: z.string().nullable(),
    train: z.number(),
    validation: z.number(),
    test: z.number(),
    reason: z.string().nullable(),
    time: z.string(),
  })
  .meta({ id: 'DatasetItem' });

const dataset = listedDataset
  .extend({
    seed: z.number().nullable(),
    split: z.string().describe('how it was divided: auto, random, stratified, grouped or time'),
    folds: z.number().describe('into so many folds; 0: it is no fold'),
    fold: z.number().describe('the one that is the test split, from 1'),
    profile: z
      .string()
      .nullable()
      .describe('digest of what is in it: GET /v1/artifacts/{digest} downloads it as JSON'),
    labels: z.array(z.string()),
    balance: z.record(z.string(), z.number()).describe('samples per label'),
    sources: z
      .array(z.object({ topic: z.string(), partition: z.number(), from: z.number(), to: z.number() }))
      .describe('what was read of the log; `to` is exclusive'),
    code: z.string().nullable(),
    eventId: z.string(),
  })
  .meta({ id: 'Dataset' });

const runStatus = z.enum(['requested', 'running', 'interrupted', 'completed', 'failed', 'cancelled']);

const listedRun = z.object({
  runId: z.string(),
  status: runStatus,
  model: z.string().nullable(),
  datasetId: z.string().nullable(),
  engine: z.string().nullable(),
  epochs: z.number().nullable(),
  seconds: z.number().nullable(),
  reason: z.string().nullable(),
  requestedAt: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});

const runInList = listedRun
  .extend({
    name: z.string().nullable().describe('that a tracking client gave'),
    seed: z.number().nullable(),
    primaryMetric: z.string().nullable(),
    metrics: metrics.describe('on the validation split; of a tracking client the last values'),
    params: z.record(z.string(), hyperparameter),
  })
  .meta({ id: 'RunItem' });

const epoch = z.object({
  epoch: z.number(),
  trainLoss: z.number(),
  validation: metrics.describe('metrics on the validation split, by name'),
  seconds: z.number(),
  learningRate: z.number().nullable().describe('of its last step'),
  gradientNorm: z.number().nullable().describe('mean over its steps, before they were clipped'),
  samplesPerSecond: z.number().nullable(),
  cpuPercent: z.number().nullable().describe('of one core'),
  rssBytes: z.number().nullable().describe('memory of the training process at its end'),
  device: z.string().nullable().describe('what computed it, such as wasm or cuda'),
  deviceBytes: z.number().nullable().describe('memory of a device of its own'),
  wattHours: z.number().nullable().describe('estimated from a stated power, see EPOCHLOG_TRAINER_WATTS'),
  co2Grams: z.number().nullable().describe('estimated from it and EPOCHLOG_TRAINER_GRAMS_PER_KWH'),
  time: z.string(),
});

const evaluation = z
  .object({
    evaluationId: z.string(),
    model: z.string(),
    version: z.string().nullable(),
    runId: z.string().nullable(),
    status: z.enum(['completed', 'failed']),
    package: z.string().nullable(),
    datasetId: z.string().nullable(),
    data: z.string().nullable().describe('artifact of the records it was measured on; null for a test split'),
    samples: z.number().nullable(),
    metrics: metrics.describe('by name; none when the evaluation failed'),
    primaryMetric: z.string().nullable(),
    standardErrors: metrics.describe('of the metrics that are a mean over the samples, or a root of one'),
    lower: metrics.describe('lower ends of the 95 % intervals of the metrics'),
    upper: metrics.describe('their upper ends'),
    suites: z
      .array(z.object({ suite: z.string(), weight: z.number(), samples: z.number(), score: z.number() }))
      .describe('the primary metric on each suite'),
    report: z
      .string()
      .nullable()
      .describe('artifact with curves and mistakes, JSON: GET /v1/artifacts/{digest} downloads it'),
    coverage: z.array(z.object({ coverage: z.number(), accuracy: z.number() })),
    perClass: z.array(
      z.object({
        label: z.string(),
        precision: z.number(),
        recall: z.number(),
        f1: z.number(),
        support: z.number(),
      }),
    ),
    confusion: z.array(z.array(z.number())).describe('[i][j]: samples of class i predicted as j'),
    inTraining: z
      .number()
      .nullable()
      .describe(
        'how many of the records were in the training split; null: not known, or not measured on records',
      ),
    trainingIncluded: z.boolean().describe('whether those were measured too'),
    baselineVersion: z.string().nullable(),
    baselineMetrics: metrics,
    baselinePaired: z
      .array(
        z.object({ metric: z.string(), mean: z.number(), standardError: z.number(), pValue: z.number() }),
      )
      .describe('losses beside those of the baseline, sample by sample: a mean below 0 is a better one'),
    reusedFrom: z
      .string()
      .nullable()
      .describe('the evaluation whose result it has, which had the same inputs; null: it was measured'),
    seconds: z.number().nullable(),
    reason: z.string().nullable(),
    time: z.string(),
  })
  .meta({ id: 'Evaluation' });

const run = listedRun.extend({
  tags: z.record(z.string(), z.string()).describe('what people and clients say of it, by name'),
  fromVersion: z.string().nullable().describe('the version whose weights it starts from'),
  seed: z.number().nullable(),
  params: z.record(z.string(), hyperparameter),
  metrics: metrics.describe('on the validation split after the best epoch'),
  primaryMetric: z.string().nullable(),
  contentHash: z.string().nullable(),
  package: z.string().nullable(),
  modelHash: z.string().nullable(),
  bestEpoch: z.number().nullable(),
  stoppedEarly: z.boolean().nullable(),
  code: z.string().nullable(),
  searchId: z.string().nullable().describe('search that it is a trial of'),
  reusedFrom: z
    .string()
    .nullable()
    .describe('the run whose result it has, which had the same inputs; null: it was trained'),
});

/** The values of hyperparameters are JSON in the projection. */
type RunRow = Omit<z.infer<typeof run>, 'params'> & { params: Readonly<Record<string, string>> };

const parsed = (params: RunRow['params']): Record<string, z.infer<typeof hyperparameter>> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, JSON.parse(value)]));

const runWithAll = run
  .extend({ history: z.array(epoch), evaluations: z.array(evaluation) })
  .meta({ id: 'Run' });

export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['training'];
  const model = lookup.optional();

  addList(app, query, {
    url: '/v1/datasets',
    operationId: 'listDatasets',
    summary: 'Datasets, the newest first',
    tags,
    query: 'datasets/list',
    filters: { model },
    item: listedDataset,
    key: ['time', 'datasetId', 'eventId'],
  });

  routes.route({
    method: 'GET',
    url: '/v1/datasets/:datasetId',
    schema: {
      operationId: 'getDataset',
      summary: 'A dataset: what it was made of, and how it was split',
      tags,
      params: z.object({ datasetId: lookup }),
      response: { 200: dataset },
    },
    async handler({ params }) {
      const [found] = await query<z.infer<typeof dataset>>('datasets/by-id', params);
      if (!found) throw await notListed(query, 'dataset', params.datasetId);
      return found;
    },
  });

  addList(app, query, {
    url: '/v1/runs',
    operationId: 'listRuns',
    summary: 'Training runs but the trials of searches, the newest first',
    tags,
    query: 'runs/table',
    filters: {
      ...{ model, status: runStatus.optional() },
      project: lookup.optional().describe('of one project, which clients of MLflow call an experiment'),
      tag: lookup.optional().describe('with this tag, name=value'),
      engine: lookup.optional(),
      datasetId: lookup.optional(),
      text: lookup.optional().describe('a part of its id, or of the name that a tracking client gave'),
    },
    item: runInList,
    toItem: (row) => ({ ...row, params: parsed(row.params as RunRow['params']) }),
    key: ['requestedAt', 'startedAt', 'endedAt', 'runId'],
  });

  routes.route({
    method: 'GET',
    url: '/v1/runs/:runId',
    schema: {
      operationId: 'getRun',
      summary: 'A training run with its epochs and evaluations',
      tags,
      params: z.object({ runId: lookup }),
      response: { 200: runWithAll },
    },
    async handler({ params: { runId } }) {
      const [found] = await query<RunRow>('runs/by-id', { runId });
      if (!found) throw await notListed(query, 'run', runId);
      const [history, evaluations] = await Promise.all([
        query<z.infer<typeof epoch>>('runs/epochs', { runId }),
        query<z.infer<typeof evaluation>>('evaluations/list', { runId, model: null, limit: 100 }),
      ]);
      return { ...found, params: parsed(found.params), history, evaluations };
    },
  });

  addList(app, query, {
    url: '/v1/evaluations',
    operationId: 'listEvaluations',
    summary: 'Evaluations, the newest first',
    tags,
    query: 'evaluations/list',
    filters: { model, runId: lookup.optional() },
    item: evaluation,
    key: ['time', 'evaluationId', 'eventId'],
  });
}

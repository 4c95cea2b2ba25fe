import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { NamedQuery } from '../../../kernel/ports/warehouse.ts';
import { flag, lookup } from '../../../kernel/texts.ts';
import { PRODUCTION } from '../../../schemas/deployments/running.ts';
import { addList, moment } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

export const prediction = z
  .object({
    requestId: z.string(),
    instanceId: z.string().nullable(),
    model: z.string(),
    version: z.string(),
    label: z.string().nullable().describe('null where the answer is a number'),
    value: z.number().nullable().describe('the number; null where the answer is a label'),
    confidence: z.number().nullable(),
    latencyMs: z.number(),
    features: z
      .record(z.string(), z.union([z.number(), z.string()]))
      .describe('what is monitored of the instance'),
    variant: z.string().nullable(),
    instant: z.string(),
    servedAt: z.string(),
    eventId: z.string(),
    trueLabel: z.string().nullable().describe('null until an outcome is reported'),
    trueValue: z.number().nullable(),
    reportedAt: z.string().nullable(),
    correct: z.boolean().nullable(),
    error: z.number().nullable().describe('the predicted number less the true one'),
  })
  .meta({ id: 'Prediction' });
export type Prediction = z.infer<typeof prediction>;

/** The query gives the features as the text of a JSON object. */
type PredictionRow = Omit<Prediction, 'features'> & { features: string };
const toPrediction = (row: PredictionRow): Prediction => ({ ...row, features: JSON.parse(row.features) });

const latency = z
  .object({
    model: z.string(),
    version: z.string().nullable().describe('null where `by` does not name it, like variant and route'),
    variant: z.string().nullable().describe('empty outside of deployments and experiments'),
    route: z.string().nullable(),
    start: z.string().nullable().describe('of the minute, hour or day; null for all time'),
    predictions: z.number(),
    failures: z.number(),
    errorRate: z.number(),
    perSecond: z.number().describe('predictions a second; of all time from the first minute to the last'),
    p50: z.number().nullable().describe('milliseconds, within 0.8 % of itself; null where all failed'),
    p95: z.number().nullable(),
    p99: z.number().nullable(),
    max: z.number().nullable(),
  })
  .meta({ id: 'Latency' });

const PARTS = ['version', 'variant', 'route', 'minute', 'hour', 'day'] as const;

const TIMES = new Set<string>(['minute', 'hour', 'day']);

/** Parts of a listing, separated by commas. */
const by = z
  .string()
  .max(100)
  .default('version')
  .describe(`of ${PARTS.join(', ')}, separated by commas`)
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.enum(PARTS)))
  .refine(
    (parts) => parts.filter((part) => TIMES.has(part)).length <= 1,
    'takes one of minute, hour and day',
  );

/** The latest predictions on a record, by any model of its task. */
export const predictionsOf = (
  query: NamedQuery,
  task: string,
  instanceId: string,
  limit: number,
): Promise<Prediction[]> =>
  query<PredictionRow>('predictions/list', {
    task,
    model: null,
    version: null,
    label: null,
    from: null,
    to: null,
    instanceId,
    limit,
  }).then((rows) => rows.map(toPrediction));

export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  const tags = ['predictions'];
  addList(app, query, {
    url: '/v1/predictions',
    operationId: 'listPredictions',
    summary: 'Predictions, the newest first, with their true labels or numbers as far as these are known',
    tags,
    query: 'predictions/list',
    queryOf: ({ labelled }) => (labelled === undefined ? 'predictions/list' : 'predictions/by-outcome'),
    filters: {
      task: lookup.optional(),
      model: lookup.optional(),
      version: lookup.optional(),
      label: lookup.optional(),
      instanceId: lookup.optional(),
      labelled: flag.optional().describe('true: only those whose outcome is known'),
      from: moment.optional().describe('served then or later'),
      to: moment.optional().describe('served before'),
    },
    item: prediction,
    toItem: (row) => toPrediction(row as PredictionRow),
    key: ['servedAt', 'requestId'],
  });

  addList(app, query, {
    url: '/v1/latency',
    operationId: 'listLatency',
    summary:
      'Latency of predictions, their rate and their failures: by version, variant, route and stretch of time',
    tags,
    query: 'latency/percentiles',
    filters: {
      model: lookup.optional(),
      version: lookup.optional(),
      variant: lookup.optional(),
      route: lookup.optional(),
      environment: lookup.default(PRODUCTION),
      by,
      from: moment.optional(),
      to: moment.optional(),
    },
    item: latency,
    key: ['start', 'model', 'version', 'variant', 'route'],
  });
}

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { NamedQuery } from '../../../kernel/ports/warehouse.ts';
import { flag, lookup } from '../../../kernel/texts.ts';
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
    version: z.string(),
    start: z.string().nullable().describe('of the stretch of time; null for all time'),
    predictions: z.number(),
    p50: z.number().describe('milliseconds, exact'),
    p95: z.number(),
    p99: z.number(),
    max: z.number(),
  })
  .meta({ id: 'Latency' });

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
    labelled: null,
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
    summary: 'Latency of predictions: percentiles by version and stretch of time',
    tags,
    query: 'latency/by-version',
    filters: {
      model: lookup.optional(),
      version: lookup.optional(),
      interval: z.enum(['all', 'minute', 'hour', 'day']).default('all'),
      from: moment.optional(),
      to: moment.optional(),
    },
    item: latency,
    key: ['start', 'model', 'version'],
  });
}

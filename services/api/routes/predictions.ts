import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { NamedQuery } from '../../../kernel/ports/warehouse.ts';
import { flag, lookup } from '../../../kernel/texts.ts';
import { addList, byKey, byOffset, moment } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

export const prediction = z.object({
  requestId: z.string(),
  instanceId: z.string().nullable(),
  model: z.string(),
  version: z.string(),
  label: z.string(),
  confidence: z.number(),
  latencyMs: z.number(),
  textLength: z.number(),
  rareWordShare: z.number(),
  instant: z.string(),
  servedAt: z.string(),
  eventId: z.string(),
  trueLabel: z.string().nullable().describe('null until an outcome is reported'),
  reportedAt: z.string().nullable(),
  correct: z.boolean().nullable(),
});
export type Prediction = z.infer<typeof prediction>;

const latency = z.object({
  model: z.string(),
  version: z.string(),
  start: z.string().nullable().describe('of the stretch of time; null for all time'),
  predictions: z.number(),
  p50: z.number().describe('milliseconds, exact'),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
});

const newestFirst = byKey(
  { beforeServedAt: '2299-01-01', beforeRequestId: '' },
  { beforeServedAt: 'servedAt', beforeRequestId: 'requestId' },
);

/** The latest predictions on an instance, whatever the model. */
export const predictionsOf = (query: NamedQuery, instanceId: string, limit: number): Promise<Prediction[]> =>
  query('predictions/list', {
    model: null,
    version: null,
    label: null,
    labelled: null,
    from: null,
    to: null,
    ...newestFirst.first,
    instanceId,
    limit,
  });

export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  const tags = ['predictions'];
  addList(app, query, {
    url: '/v1/predictions',
    summary: 'Predictions, the newest first, with their true labels as far as these are known',
    tags,
    query: 'predictions/list',
    filters: {
      model: lookup.optional(),
      version: lookup.optional(),
      label: lookup.optional(),
      instanceId: lookup.optional(),
      labelled: flag.optional().describe('true: only those whose true label is known'),
      from: moment.optional().describe('served then or later'),
      to: moment.optional().describe('served before'),
    },
    item: prediction,
    paging: newestFirst,
  });

  addList(app, query, {
    url: '/v1/latency',
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
    paging: byOffset,
  });
}

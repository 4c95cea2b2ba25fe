import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { lookup } from '../../../kernel/texts.ts';
import { ALL_STREAMS, type LoggedEvent, streamOf } from '../../../schemas/catalogue.ts';
import { addList, byKey, moment } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

const envelope = z.object({
  id: z.string(),
  type: z.string(),
  stream: z.string(),
  subject: z.string(),
  source: z.string(),
  time: z.string(),
});

export const event = envelope.extend({
  topic: z.string(),
  partition: z.number(),
  offset: z.number(),
  sequence: z.number(),
  correlationId: z.string(),
  causationId: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
});

type ApiEvent = z.infer<typeof event>;
/** As ClickHouse gives it: the data are still text. */
export type EventRow = Omit<ApiEvent, 'data'> & { data: string };

export const toEvent = (row: EventRow): ApiEvent => ({ ...row, data: JSON.parse(row.data) });

export const fromLog = (logged: LoggedEvent): ApiEvent => ({
  ...logged,
  stream: streamOf(logged.type),
  time: new Date(logged.time).toISOString(),
  data: { ...logged.data },
});

const eventWithAll = z.object({
  event,
  causes: z.array(event).describe('what led to it: each is the cause of the next'),
  effects: z.array(envelope).describe('what it led to directly; the first hundred'),
});

const typeCount = z.object({
  type: z.string(),
  stream: z.string(),
  events: z.number(),
  first: z.string(),
  last: z.string(),
});

const EFFECTS = 100;

export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['events'];

  addList(app, query, {
    url: '/v1/events',
    summary: 'Events, the oldest first',
    tags,
    query: 'audit/events',
    filters: {
      correlationId: lookup.optional().describe('all that came of one request'),
      stream: z.enum(ALL_STREAMS).optional(),
      type: lookup.optional(),
      subject: lookup.optional().describe('aggregate id'),
      from: moment.optional(),
      to: moment.optional(),
    },
    item: event,
    paging: byKey(
      { afterTime: '1900-01-01', afterTopic: '', afterPartition: 0, afterOffset: 0 },
      { afterTime: 'time', afterTopic: 'topic', afterPartition: 'partition', afterOffset: 'offset' },
    ),
    isMeasured: true,
    toItem: (row) => toEvent(row as EventRow),
  });

  routes.route({
    method: 'GET',
    url: '/v1/events/types',
    schema: {
      summary: 'How many events of each type there are',
      tags,
      response: { 200: z.object({ items: z.array(typeCount) }) },
    },
    handler: async () => ({ items: await query<z.infer<typeof typeCount>>('audit/types') }),
  });

  routes.route({
    method: 'GET',
    url: '/v1/events/:id',
    schema: {
      summary: 'An event, what led to it, and what it led to',
      tags,
      params: z.object({ id: lookup }),
      response: { 200: eventWithAll },
    },
    async handler({ params: { id } }) {
      const [chain, effects] = await Promise.all([
        query<EventRow>('audit/chain', { id }),
        query<z.infer<typeof envelope>>('audit/effects', { id, limit: EFFECTS }),
      ]);
      const found = chain.at(-1);
      if (!found) throw new EpochlogError('NOT_FOUND', `there is no event ${id}`);
      return { event: toEvent(found), causes: chain.slice(0, -1).map(toEvent), effects };
    },
  });
}

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { momentOf } from '../../../kernel/event.ts';
import { didYouMean } from '../../../kernel/nearest.ts';
import { flag, lookup } from '../../../kernel/texts.ts';
import {
  ALL_STREAMS,
  CATALOGUE,
  isEventType,
  type LoggedEvent,
  streamOf,
} from '../../../schemas/catalogue.ts';
import { withIsoMoments } from '../../../schemas/moments.ts';
import { addList, moment, pageAt, pageOf, pageQuery } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

export const eventType = lookup.refine(isEventType, {
  error: ({ input }) =>
    `is not the type of any event${didYouMean(String(input), CATALOGUE.types)}: GET /v1/events/types counts those there are`,
});

const envelope = z.object({
  id: z.string(),
  type: z.string(),
  stream: z.string(),
  subject: z.string(),
  source: z.string().describe('service, or client (cli, api), that wrote it'),
  time: z.string().describe('when it was written'),
  instant: z.string().describe('when what it tells was: of replayed data their own time, else `time`'),
});

export const event = envelope
  .extend({
    topic: z.string(),
    partition: z.number(),
    offset: z.number(),
    sequence: z.number().describe('of its aggregate, from 1; 0 for a request'),
    correlationId: z.string().describe('id of the request that began it all'),
    causationId: z.string().nullable().describe('id of the event that it follows from'),
    data: z
      .record(z.string(), z.unknown())
      .describe('as its schema says; moments in ISO 8601; empty where it is not asked for'),
  })
  .meta({ id: 'Event' });

export type ApiEvent = z.infer<typeof event>;
/** As ClickHouse gives it: the data are still text. */
export type EventRow = Omit<ApiEvent, 'data'> & { data: string };

export const toEvent = (row: EventRow): ApiEvent => {
  const data: object | null = JSON.parse(row.data);
  if (data === null) return { ...row, data: {} };
  return { ...row, data: isEventType(row.type) ? withIsoMoments(row.type, data) : { ...data } };
};

export const fromLog = (logged: LoggedEvent): ApiEvent => ({
  ...logged,
  stream: streamOf(logged.type),
  time: new Date(logged.time).toISOString(),
  instant: new Date(momentOf(logged)).toISOString(),
  data: withIsoMoments(logged.type, logged.data),
});

const eventWithAll = z
  .object({
    event,
    causes: z.array(event).describe('what led to it: each is the cause of the next'),
    effects: z.array(envelope).describe('what it led to directly; the first hundred'),
  })
  .meta({ id: 'EventWithCauses' });

const typeCount = z
  .object({
    type: z.string(),
    stream: z.string(),
    events: z.number(),
    first: z.string(),
    last: z.string(),
  })
  .meta({ id: 'EventTypeCount' });

const EFFECTS = 100;

export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['events'];

  addList(app, query, {
    url: '/v1/events',
    operationId: 'listEvents',
    summary: 'Events, the oldest first, or the newest',
    tags,
    query: 'audit/events',
    queryOf: ({ data }) => (data === false ? 'audit/heads' : 'audit/events'),
    filters: {
      correlationId: lookup.optional().describe('all that came of one request'),
      stream: z.enum(ALL_STREAMS).optional(),
      type: eventType.optional(),
      subject: lookup.optional().describe('aggregate id'),
      source: lookup.optional().describe('service, or client (cli, api), that wrote it'),
      causationId: lookup.optional().describe('what followed from an event at once'),
      from: moment.optional(),
      to: moment.optional(),
      newest: flag.default(false).describe('true: the newest first'),
      data: flag.default(true).describe('false: without what they say, which is most of their bytes'),
    },
    item: event,
    key: ['time', 'topic', 'partition', 'offset'],
    isMeasured: true,
    toItem: (row) => toEvent(row as EventRow),
  });

  routes.route({
    method: 'GET',
    url: '/v1/events/types',
    schema: {
      operationId: 'countEventTypes',
      summary: 'How many events of each type there are',
      tags,
      querystring: z.object(pageQuery),
      response: { 200: pageOf(typeCount) },
    },
    handler: async (request) =>
      pageAt(
        await query<z.infer<typeof typeCount>>('audit/types'),
        ({ stream, type }) => `${stream}/${type}`,
        'audit/types',
        request.query,
      ),
  });

  routes.route({
    method: 'GET',
    url: '/v1/events/:id',
    schema: {
      operationId: 'getEvent',
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

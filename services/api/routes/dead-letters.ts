import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { DeadLetter } from '../../../kernel/dead-letters/letter.ts';
import { ALL_STREAMS } from '../../../kernel/event.ts';
import { flag, identifier, lookup, reason } from '../../../kernel/texts.ts';
import type { ApiContext } from '../settings.ts';

const MOST_ITEMS = 1_000;

const deadLetter = z.object({
  id: z.string().describe('<stream>/<partition>@<offset>: where the letter lies'),
  state: z.enum(['open', 'ordered', 'done', 'failed', 'discarded']),
  time: z.string().describe('when the event was set aside'),
  service: z.string().describe('that could not take it'),
  step: z.enum(['decode', 'react']).describe('what the service was doing'),
  code: z.string().describe('of the error'),
  message: z.string(),
  attempt: z.number(),
  eventId: z.string(),
  type: z.string(),
  subject: z.string(),
  original: z
    .object({ topic: z.string(), partition: z.number(), offset: z.number() })
    .nullable()
    .describe('where the event lies'),
  copies: z.number().describe('processes that set it aside'),
  decision: z
    .object({
      what: z.enum(['retry', 'discard']),
      time: z.string(),
      requestedBy: z.string(),
      reason: z.string(),
      eventId: z.string(),
    })
    .nullable(),
  next: z.string().nullable().describe('the dead letter that it became when it was tried again'),
});

const contents = deadLetter.extend({
  headers: z.record(z.string(), z.string()),
  data: z.unknown(),
  undecodable: z
    .object({ message: z.string(), bytes: z.string().describe('hexadecimal') })
    .nullable()
    .describe('why the data cannot be decoded now'),
  identical: z.boolean().nullable().describe('whether the event still lies where it was, byte for byte'),
  attempts: z.array(deadLetter).describe('all of the service at this event, the first one first'),
});

const filters = z.object({
  stream: z.enum(ALL_STREAMS).optional(),
  service: lookup.optional(),
  code: lookup.optional(),
  all: flag.default(false).describe('also those that were tried again or discarded'),
  limit: z.coerce.number().int().min(1).max(MOST_ITEMS).default(100).describe('the last so many'),
});

const params = z.object({
  stream: lookup,
  place: lookup.describe('<partition>@<offset>'),
});

const requestedBy = identifier.default('api');
const retrying = z.strictObject({ reason: reason.default('asked for over HTTP'), requestedBy });
const discarding = z.strictObject({ reason, requestedBy });

const iso = (time: number): string => new Date(time).toISOString();

const told = ({ time, decision, ...letter }: DeadLetter) => ({
  ...letter,
  time: iso(time),
  decision: decision && { ...decision, time: iso(decision.time) },
});

/** Events that services could not take. They are read from the log itself. */
export function addDeadLetterRoutes(app: FastifyInstance, { deadLetters }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['dead letters'];
  const url = '/v1/dead-letters/:stream/:place';
  const idOf = ({ stream, place }: z.infer<typeof params>) => `${stream}/${place}`;

  routes.get(
    '/v1/dead-letters',
    {
      schema: {
        summary: 'Events that services could not take, the oldest first',
        tags,
        querystring: filters,
        response: { 200: z.object({ items: z.array(deadLetter), found: z.number() }) },
      },
    },
    async ({ query: { limit, ...filter } }) => {
      const letters = await deadLetters.list(filter);
      return { items: letters.slice(-limit).map(told), found: letters.length };
    },
  );

  routes.get(
    url,
    { schema: { summary: 'All there is to know of one', tags, params, response: { 200: contents } } },
    async (request) => {
      const { letter, attempts, ...rest } = await deadLetters.show(idOf(request.params));
      return { ...told(letter), ...rest, attempts: attempts.map(told) };
    },
  );

  routes.post(
    `${url}/retry`,
    {
      config: { errors: ['CONFLICT'] },
      schema: {
        summary: 'Let its service take the event once more; `state` of the letter tells how that ends',
        tags,
        params,
        body: retrying,
        response: { 202: deadLetter },
      },
    },
    async (request, reply) => {
      const [letter] = await deadLetters.retry([idOf(request.params)], request.body);
      return reply.code(202).send(told(letter!));
    },
  );

  routes.post(
    `${url}/discard`,
    {
      config: { errors: ['CONFLICT'] },
      schema: {
        summary: 'Close it: the event needs nothing more',
        tags,
        params,
        body: discarding,
        response: { 200: deadLetter },
      },
    },
    async (request) => {
      const [letter] = await deadLetters.discard([idOf(request.params)], request.body);
      return told(letter!);
    },
  );
}

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { DeadLetter } from '../../../kernel/dead-letters/dead-letter.ts';
import { flag, identifier, lookup, reason } from '../../../kernel/texts.ts';
import { ALL_STREAMS } from '../../../schemas/catalogue.ts';
import { pageAt, pageOf, pageQuery } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

const deadLetter = z
  .object({
    id: z.string().describe('<stream>/<partition>@<offset> of the dead letter'),
    state: z.enum(['open', 'redriving', 'redriven', 'failed', 'discarded']),
    time: z.string().describe('when processing failed'),
    service: z.string().describe('that could not process it'),
    step: z.enum(['decode', 'react']).describe('the step that failed'),
    code: z.string().describe('of the error'),
    message: z.string(),
    attempt: z.number(),
    eventId: z.string(),
    type: z.string(),
    subject: z.string(),
    original: z
      .object({ topic: z.string(), partition: z.number(), offset: z.number() })
      .nullable()
      .describe('position of the event'),
    copies: z.number().describe('processes in which it failed'),
    decision: z
      .object({
        what: z.enum(['redrive', 'discard']),
        time: z.string(),
        requestedBy: z.string(),
        reason: z.string(),
        eventId: z.string(),
      })
      .nullable(),
    next: z.string().nullable().describe('the dead letter of the next attempt'),
  })
  .meta({ id: 'DeadLetter' });

const details = deadLetter
  .extend({
    headers: z.record(z.string(), z.string()),
    data: z.unknown(),
    undecodable: z
      .object({ message: z.string(), bytes: z.string().describe('hexadecimal') })
      .nullable()
      .describe('why the data cannot be decoded now'),
    identical: z.boolean().nullable().describe('whether the record at its position has the same bytes'),
    attempts: z.array(deadLetter).describe('all of the service at this event, the first one first'),
  })
  .meta({ id: 'DeadLetterDetails' });

const filters = z.object({
  stream: z.enum(ALL_STREAMS).optional(),
  service: lookup.optional(),
  code: lookup.optional(),
  all: flag.default(false).describe('also redriven and discarded ones'),
  ...pageQuery,
});

const params = z.object({
  stream: lookup,
  place: lookup.describe('<partition>@<offset>'),
});

const requestedBy = identifier.default('api');
const redriving = z
  .strictObject({ reason: reason.default('asked for over HTTP'), requestedBy })
  .meta({ id: 'RedriveRequest' });
const discarding = z.strictObject({ reason, requestedBy }).meta({ id: 'DiscardRequest' });

const iso = (time: number): string => new Date(time).toISOString();

const bodyOf = ({ time, decision, ...rest }: DeadLetter) => ({
  ...rest,
  time: iso(time),
  decision: decision && { ...decision, time: iso(decision.time) },
});

/** The dead-letter queue, read from the log. */
export function addRoutes(app: FastifyInstance, { deadLetters }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['dead letters'];
  const url = '/v1/dead-letters/:stream/:place';
  const idOf = ({ stream, place }: z.infer<typeof params>) => `${stream}/${place}`;

  routes.get(
    '/v1/dead-letters',
    {
      schema: {
        operationId: 'listDeadLetters',
        summary: 'Dead letters, the oldest first',
        tags,
        querystring: filters,
        response: { 200: pageOf(deadLetter) },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const all = (await deadLetters.list(filter)).map(bodyOf);
      return pageAt(all, ({ time, id }) => `${time} ${id}`, 'dead-letters', { limit, cursor });
    },
  );

  routes.get(
    url,
    {
      schema: {
        operationId: 'getDeadLetter',
        summary: 'A dead letter with its event and its attempts',
        tags,
        params,
        response: { 200: details },
      },
    },
    async (request) => {
      const { deadLetter, attempts, ...rest } = await deadLetters.show(idOf(request.params));
      return { ...bodyOf(deadLetter), ...rest, attempts: attempts.map(bodyOf) };
    },
  );

  routes.post(
    `${url}/redrive`,
    {
      config: { role: 'operator', errors: ['CONFLICT'] },
      schema: {
        operationId: 'redriveDeadLetter',
        summary: 'Let its service process the event again; `state` is the outcome',
        tags,
        params,
        body: redriving,
        response: { 202: deadLetter },
      },
    },
    async (request, reply) => {
      const [deadLetter] = await deadLetters.redrive([idOf(request.params)], request.body);
      return reply.code(202).send(bodyOf(deadLetter!));
    },
  );

  routes.post(
    `${url}/discard`,
    {
      config: { role: 'admin', errors: ['CONFLICT'] },
      schema: {
        operationId: 'discardDeadLetter',
        summary: 'Close it without processing the event again',
        tags,
        params,
        body: discarding,
        response: { 200: deadLetter },
      },
    },
    async (request) => {
      const [deadLetter] = await deadLetters.discard([idOf(request.params)], request.body);
      return bodyOf(deadLetter!);
    },
  );
}

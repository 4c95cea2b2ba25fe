import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type NewEvent, newEvent } from '../../../kernel/event.ts';
import { hyperparameter, identifier, namedValues, reason, version } from '../../../kernel/texts.ts';
import type { ApiContext } from '../settings.ts';

const accepted = z.object({
  eventId: z.string(),
  correlationId: z.string().describe('of everything that comes of it'),
  follow: z.string().describe('where to read that'),
});

const INT32 = 2 ** 31;

const asked = {
  model: identifier,
  reason: reason.default('asked for over HTTP'),
  requestedBy: identifier.default('api'),
};

const training = z.strictObject({
  ...asked,
  engine: identifier.nullable().default(null).describe('null: the configured one'),
  params: namedValues(hyperparameter).default({}).describe('hyperparameters'),
  seed: z
    .int()
    .min(-INT32)
    .max(INT32 - 1)
    .nullable()
    .default(null),
  create: z
    .boolean()
    .default(false)
    .describe('whether the model may be a new one; else an unknown one is refused'),
});

const promotion = z.strictObject({ ...asked, version });

const rollback = z.strictObject(asked);

const retirement = z.strictObject(asked);

/** What people ask for: each is one event, answered at once; what comes of it is read by its correlation id. */
export function addRoutes(app: FastifyInstance, { publisher }: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['requests'];
  const response = { 202: accepted };

  async function accept(request: NewEvent, reply: FastifyReply) {
    const [event] = await publisher.publish([request]);
    const { id, correlationId } = event!;
    const follow = `/v1/events?correlationId=${correlationId}`;
    return reply.code(202).header('location', follow).send({ eventId: id, correlationId, follow });
  }

  routes.post(
    '/v1/trainings',
    {
      schema: {
        summary: 'Ask for a model to be trained on the samples there are',
        tags,
        body: training,
        response,
      },
    },
    ({ body }, reply) => accept(newEvent('TrainingPlanRequested', body), reply),
  );

  routes.post(
    '/v1/promotions',
    { schema: { summary: 'Ask for a version to go into production', tags, body: promotion, response } },
    ({ body }, reply) => accept(newEvent('PromotionRequested', body), reply),
  );

  routes.post(
    '/v1/rollbacks',
    { schema: { summary: 'Ask for the version before to come back', tags, body: rollback, response } },
    ({ body }, reply) => accept(newEvent('RollbackRequested', body), reply),
  );

  routes.post(
    '/v1/retirements',
    {
      schema: {
        summary: 'Ask for a model to be served and trained no more',
        tags,
        body: retirement,
        response,
      },
    },
    ({ body }, reply) => accept(newEvent('RetirementRequested', body), reply),
  );
}

import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { declaration, identifier } from '../../kernel/texts.ts';
import type { NewEvent, RecordedEvent } from '../../schemas/catalogue.ts';
import type { ApiContext } from './settings.ts';

/** The answer to a request: it is one event, and what comes of it is read by its id. */
export const accepted = z
  .object({
    requestId: z.string().describe('of the event that the request is'),
    correlationId: z.string().describe('of all events that come of it'),
    follow: z.string().describe('where its state and outcome are read; `?wait=30` there waits for them'),
  })
  .meta({ id: 'Accepted' });

/** The body of a declaration, with the text of a file that is one. */
export const declarationBody = (id: string, file: string) =>
  z
    .strictObject({
      file: declaration.describe('the whole YAML file'),
      requestedBy: identifier.default('api'),
    })
    .meta({ id, example: { file } });

/** The headers of a request. */
export const idempotency = z.object({
  'idempotency-key': z
    .uuidv7()
    .optional()
    .describe('the id of the request, new for each: a request that is sent again counts once'),
});

/** Appends a request, once where the client gives its id, and answers 202. */
export const accept =
  ({ publisher }: ApiContext) =>
  async (request: NewEvent, headers: z.infer<typeof idempotency>, reply: FastifyReply) => {
    const key = headers['idempotency-key'];
    const [event] =
      key === undefined ? await publisher.publish([request]) : [await publisher.publishOnce(request, key)];
    return answer(event!, reply);
  };

/** Answers 202 with a request that is in the log. */
export function answer({ id, correlationId }: RecordedEvent, reply: FastifyReply) {
  const follow = `/v1/requests/${id}`;
  return reply.code(202).header('location', follow).send({ requestId: id, correlationId, follow });
}

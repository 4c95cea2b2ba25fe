import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Answers, callerOf, HIDDEN } from './endpoints.ts';
import { text } from './values.ts';

const asking = z.object({ query: text(50_000), operationName: text(200).nullish() });
/** each is validated by the type that the schema gives it */
const variables = z.record(z.string(), z.unknown()).nullish();
const sent = asking.extend({ variables });

/** `POST /graphql`, below a prefix: errors are texts, as MLflow has them. */
export function addGraphql(app: FastifyInstance, prefix: string, answers: Answers): void {
  app.post(
    `${prefix}/graphql`,
    { schema: { ...HIDDEN, body: asking }, config: { role: 'viewer', counts: 'predictions' } },
    async (request, reply) => {
      const { data: asked, error } = sent.safeParse(request.body);
      if (error) return { data: null, errors: error.issues.map(({ message }) => message) };
      const { answerQuery } = await import('./graphql.ts'); // only MLflow's pages ask
      return answerQuery(asked, { answers, caller: callerOf(request, reply) });
    },
  );
}

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { lookup } from '../../../kernel/texts.ts';
import { assertModelKnown } from '../found.ts';
import { moment } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

const item = z.object({
  kind: z.enum(['predictions', 'drift', 'alert']),
  first: z.string(),
  last: z.string(),
  value: z.number().describe('predictions, or the largest PSI of a window'),
  label: z.string().describe('the feature of that PSI, or why an alert was raised'),
  isBad: z.boolean().describe('drifted, or raised'),
  eventId: z.string().describe('empty of predictions'),
});

const timeline = z.object({ items: z.array(item) }).meta({ id: 'Timeline' });

/** What happened to a model beneath its versions. */
export function addRoutes(app: FastifyInstance, { query }: ApiContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/models/:model/timeline',
    {
      config: { errors: ['NOT_FOUND'] },
      schema: {
        operationId: 'getTimeline',
        summary: 'Predictions, windows of drift and alerts of a model between two instants of its data',
        tags: ['models'],
        params: z.object({ model: lookup }),
        querystring: z.strictObject({
          from: moment,
          to: moment,
          steps: z.coerce
            .number()
            .int()
            .min(1)
            .max(1_000)
            .default(120)
            .describe('stretches in which predictions are counted'),
        }),
        response: { 200: timeline },
      },
    },
    async ({ params: { model }, query: { from, to, steps } }) => {
      const items = await query<z.infer<typeof item>>('models/timeline', { model, from, to, steps });
      if (items.length === 0) await assertModelKnown(query, model);
      return { items };
    },
  );
}

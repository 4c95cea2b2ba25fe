import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { lookup } from '../../../kernel/texts.ts';
import { readKeeping, retained } from '../../../schemas/models/kept.ts';
import { assertModelLogged, policyOf } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';

const retention = z
  .object({
    model: z.string(),
    keepLast: z.number().nullable().describe('archived versions whose packages are kept; null: no matter'),
    keepFor: z.number().nullable().describe('milliseconds since they were archived; null: no matter'),
    versions: z.array(
      z.object({
        version: z.string(),
        package: z.string(),
        kept: z.string().nullable().describe('why its package stays; null: it goes, or is gone'),
        archivedAt: z.string().nullable(),
        expiresAt: z.string().nullable().describe('when its package is deleted, or was'),
        isExpired: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'Retention' });

const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());

/** Which packages of versions stay. */
export function addRoutes(app: FastifyInstance, { events }: ApiContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/models/:model/retention',
    {
      config: { errors: ['NOT_FOUND'] },
      schema: {
        operationId: 'getRetention',
        summary: 'Which packages of the versions of a model stay, why, and when the others are deleted',
        tags: ['models'],
        params: z.object({ model: lookup }),
        response: { 200: retention },
      },
    },
    async ({ params: { model } }) => {
      await assertModelLogged(events, model);
      const rule = (await policyOf(events, model)).policy.retention;
      const versions = retained(await readKeeping(events, model), rule).map((one) => ({
        ...{ ...one, archivedAt: iso(one.archivedAt), expiresAt: iso(one.expiresAt) },
      }));
      return { model, ...rule, versions };
    },
  );
}

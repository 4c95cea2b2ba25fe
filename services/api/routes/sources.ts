import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { newId } from '../../../kernel/ids.ts';
import { identifier } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import type { ApiContext } from '../settings.ts';
import { sourceNamed, sourceOptions, sources } from '../sources.ts';

const day = z.iso.date().nullable().default(null);

const remoteCollection = z
  .strictObject({
    source: identifier.describe('name of the remote source; `GET /v1/sources` lists them'),
    options: sourceOptions,
    from: day.describe('only records of this day or later'),
    to: day.describe('only records before this day'),
    continues: identifier
      .nullable()
      .default(null)
      .describe('a collection of the source that failed: this one begins after its last page'),
    requestedBy: identifier.default('api'),
  })
  .meta({
    id: 'RemoteCollectionRequest',
    example: { source: [...sources.keys()][0] ?? '', from: '2026-01-01' },
  });

const remoteSource = z
  .object({
    source: z.string(),
    task: z.string().describe('what its records are records of'),
    description: z.string(),
    options: z.array(z.string()).describe('what can be asked for'),
  })
  .meta({ id: 'RemoteSource' });

/** What can be collected from elsewhere: what there is, and requests for it. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);

  routes.get(
    '/v1/sources',
    {
      schema: {
        operationId: 'listSources',
        summary: 'Remote sources of records, and what they can be asked for',
        tags: ['tasks'],
        response: { 200: z.object({ items: z.array(remoteSource) }).meta({ id: 'RemoteSources' }) },
      },
    },
    () => ({
      items: [...sources.values()].map(({ name: source, task, description, options }) => ({
        ...{ source, task, description },
        options: [...options],
      })),
    }),
  );

  routes.post(
    '/v1/collections/remote',
    {
      config: { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] },
      schema: {
        operationId: 'requestRemoteCollection',
        summary: 'Collect the records that a remote source lists',
        tags: ['requests'],
        body: remoteCollection,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      const { source: name, continues, requestedBy, ...asked } = body;
      const source = sourceNamed(name);
      const collectionId = `api-${headers['idempotency-key'] ?? newId(context.clock.now())}`;
      const about = { collectionId, task: source.task, sourceName: name, continues, requestedBy };
      return accept(
        newEvent('RemoteCollectionRequested', { ...about, ...source.check(asked) }),
        headers,
        reply,
      );
    },
  );
}

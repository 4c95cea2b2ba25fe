import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../../kernel/errors.ts';
import { loadSchemas } from '../../../schemas/load.ts';
import { bytesAs, conditional, download } from '../downloads.ts';
import type { ApiContext } from '../settings.ts';
import { digest } from '../uploads.ts';

const MEGABYTE = 1_000_000;

/** The events that name artifacts: their schemas say so. */
const NAMING_TYPES = loadSchemas().flatMap(({ events }) =>
  events.filter(({ fields }) => JSON.stringify(fields).includes('"artifact":')).map(({ name }) => name),
);

const uploaded = z
  .object({ digest: z.string(), bytes: z.number() })
  .meta({ id: 'Artifact', description: 'an artifact: its digest is its address' });

/** a body of any type, taken as the bytes that it is */
const file = z.custom<Buffer>((body) => Buffer.isBuffer(body) && body.length > 0, {
  error: 'must be the bytes of a file, such as curl --data-binary @records.csv sends',
});

/** Files: uploaded for a request, downloaded when the log names them. */
export function addRoutes(app: FastifyInstance, { artifacts, query, settings }: ApiContext): void {
  const tags = ['artifacts'];

  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/artifacts/:digest',
    {
      config: { errors: ['ARTIFACT_MISSING', 'ARTIFACT_CORRUPT', 'ARTIFACTS_UNAVAILABLE'] },
      schema: {
        operationId: 'getArtifact',
        summary:
          'Download an artifact that an event names: a source, a sealed dataset, a checkpoint, the sums of a package',
        tags,
        params: z.object({ digest }),
        headers: conditional,
        response: bytesAs('application/octet-stream'),
      },
    },
    async (request, reply) => {
      const { digest } = request.params;
      const [answer] = await query<{ named: boolean | number }>('audit/names-artifact', {
        types: NAMING_TYPES,
        digest,
      });
      if (!answer?.named)
        throw new EpochlogError('NOT_FOUND', `no event of the log names the artifact ${digest}`);
      const bytes = await artifacts.get(digest);
      const fileName = digest.replace(':', '-');
      return download({ bytes, type: 'application/octet-stream', digest, fileName }, request, reply);
    },
  );

  // in a scope of its own, since it takes bytes of any type
  app.register(async (uploads) => {
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    uploads.withTypeProvider<ZodTypeProvider>().post(
      '/v1/artifacts',
      {
        bodyLimit: settings.uploadMegabytes * MEGABYTE,
        config: { role: 'operator', errors: ['ARTIFACTS_UNAVAILABLE'] },
        schema: {
          operationId: 'uploadArtifact',
          summary: 'Upload a file of records, for a collection or an evaluation',
          description:
            'The bytes of the file are the body, whatever its media type; EPOCHLOG_API_UPLOAD_MEGABYTES bounds them. The ' +
            'same file again is the same artifact. It can be downloaded once a request names it.',
          tags,
          consumes: ['application/octet-stream'],
          body: file.meta({ type: 'string', format: 'binary', maxLength: 1_000 * MEGABYTE }),
          response: { 201: uploaded },
        },
      },
      async ({ body }, reply) => {
        const stored = await artifacts.put(body);
        return reply
          .code(201)
          .header('location', `/v1/artifacts/${stored}`)
          .send({ digest: stored, bytes: body.byteLength });
      },
    );
  });
}

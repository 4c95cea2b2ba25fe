import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { newEvent } from '../../schemas/catalogue.ts';
import { invalid, MlflowError, missing } from './errors.ts';
import { filesIn, located } from './files.ts';
import { HIDDEN, type Tracker } from './protocol/endpoints.ts';
import { MLFLOW_LIMITS, text } from './protocol/values.ts';

const MEGABYTE = 1 << 20;
const params = z.object({ '*': text(MLFLOW_LIMITS.path) });
const OPTIONS = { schema: { ...HIDDEN, params } } as const;
const file = z.custom<Buffer>().meta({ type: 'string', format: 'binary', maxLength: 1_000 * MEGABYTE });
const WRITING = { schema: { ...HIDDEN, params, body: file }, config: { role: 'operator' } } as const;
const listed = z.object({ path: text(MLFLOW_LIMITS.path).default('') });

/**
 * MLflow's artifacts through the server (`mlflow-artifacts:/…`): a file is stored by its content, and that a run or model has it
 * is an event.
 */
export async function addArtifactRoutes(
  app: FastifyInstance,
  root: string,
  { context, log }: Tracker,
): Promise<void> {
  const { artifacts, settings } = context;
  const base = `${root}/2.0/mlflow-artifacts/artifacts`;
  app.removeAllContentTypeParsers(); // a file of JSON is a file
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  const wanted = ({ params }: FastifyRequest) => located((params as { '*': string })['*']);
  const actorOf = ({ actor }: FastifyRequest) => actor?.name ?? 'mlflow';

  app.put(`${base}/*`, { ...WRITING, bodyLimit: settings.uploadMegabytes * MEGABYTE }, async (request) => {
    const { root, path } = wanted(request);
    if (path === '') throw invalid('Invalid path: it names no file');
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const digest = await artifacts.put(body);
    await log().appendAtOnce(
      newEvent('TrackedArtifactStored', {
        ...{ root, path, digest, bytes: body.byteLength, requestedBy: actorOf(request) },
      }),
    );
    return {};
  });

  app.get(`${base}/*`, OPTIONS, async (request, reply) => {
    const { root, path } = wanted(request);
    await log().caughtUp();
    const file = log().state.files.get(root)?.get(path);
    if (!file) throw missing(`There is no artifact ${path}; list those there are`);
    const name = path.slice(path.lastIndexOf('/') + 1);
    reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
    return reply.type('application/octet-stream').send(Buffer.from(await artifacts.get(file.digest)));
  });

  app.delete(`${base}/*`, WRITING, async (request) => {
    const { root, path } = wanted(request);
    await log().appendAtOnce(
      newEvent('TrackedArtifactStored', {
        ...{ root, path, digest: null, bytes: 0, requestedBy: actorOf(request) },
      }),
    );
    return {};
  });

  app.get(base, { schema: { ...HIDDEN, querystring: listed } }, async ({ query }) => {
    const { path = '' } = query as { path?: unknown };
    const { root, path: folder } = located(String(path));
    await log().caughtUp();
    return { files: filesIn(log().state.files.get(root), folder) };
  });

  for (const step of ['create', 'complete', 'abort'])
    app.post(`${root}/2.0/mlflow-artifacts/mpu/${step}/*`, WRITING, () => {
      const advice = `unset MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD, and send files of up to ${settings.uploadMegabytes} MB`;
      throw new MlflowError('NOT_IMPLEMENTED', `artifacts are not uploaded in parts here: ${advice}`);
    });
}

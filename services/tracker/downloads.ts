import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { newEvent } from '../../schemas/catalogue.ts';
import { invalid, missing } from './errors.ts';
import { placeOf, safePath } from './files.ts';
import { HIDDEN, type Tracker } from './protocol/endpoints.ts';
import { id, MLFLOW_LIMITS, ofRun, registeredName, text, versionNumber } from './protocol/values.ts';
import { filesOf } from './sources.ts';
import { loggedModelOf } from './state/logged-models.ts';
import { registeredOf, versionOf } from './state/registry.ts';
import { runOf } from './state/runs.ts';

const MEGABYTE = 1 << 20;

const path = text(MLFLOW_LIMITS.path).default('');
const ofARun = z.object({ ...ofRun, path });
const ofAVersion = z.object({ name: registeredName, version: versionNumber, path });
const ofAModel = z.object({ model_id: id });
const inAModel = z.object({ artifact_file_path: path });
const body = z.custom<Buffer>().meta({ type: 'string', format: 'binary', maxLength: 1_000 * MEGABYTE });

/** INVALID_PARAMETER_VALUE. */
function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(input);
  if (error)
    throw invalid(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  return data;
}

function pathOf(given: string): string {
  if (given === '') throw invalid('Request must specify path.');
  return safePath(given);
}

/** The place of a file below the artifacts of a run or model. RESOURCE_DOES_NOT_EXIST where they are kept elsewhere. */
function placeBelow(artifactUri: string, path: string) {
  const place = placeOf(artifactUri);
  if (!place) throw missing(`The artifacts are at ${artifactUri}, not here: read them there`);
  return { root: place.root, path: place.path === '' ? path : `${place.path}/${path}` };
}

/** Files by what they belong to, as MLflow's web pages ask for them. */
export async function addDownloadRoutes(
  app: FastifyInstance,
  prefix: string,
  { context, log }: Tracker,
): Promise<void> {
  const { artifacts, settings } = context;
  app.removeAllContentTypeParsers(); // a file of JSON is a file
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  async function send(reply: FastifyReply, artifactUri: string, given: string) {
    const { root, path } = placeBelow(artifactUri, pathOf(given));
    const file = log().state.files.get(root)?.get(path);
    if (!file) throw missing(`There is no artifact ${given}; list those there are`);
    const name = path.slice(path.lastIndexOf('/') + 1);
    reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
    reply.header('x-content-type-options', 'nosniff');
    return reply.type('application/octet-stream').send(Buffer.from(await artifacts.get(file.digest)));
  }

  const OF_RUN = { schema: { ...HIDDEN, querystring: ofARun }, config: { role: 'viewer' } } as const;
  for (const url of [`${prefix}/get-artifact`, `${prefix}/ajax-api/2.0/mlflow/get-artifact`])
    app.get(url, OF_RUN, async ({ query }, reply) => {
      const { run_id, run_uuid, path } = parsed(ofARun, query);
      safePath(path);
      await log().caughtUp();
      return send(reply, runOf(log().state, run_id ?? run_uuid ?? '').artifactUri, path);
    });

  const OF_VERSION = { schema: { ...HIDDEN, querystring: ofAVersion }, config: { role: 'viewer' } } as const;
  for (const url of [
    `${prefix}/model-versions/get-artifact`,
    `${prefix}/ajax-api/2.0/mlflow/model-versions/get-artifact`,
  ])
    app.get(url, OF_VERSION, async ({ query }, reply) => {
      const { name, version, path } = parsed(ofAVersion, query);
      safePath(path);
      await log().caughtUp();
      const { state } = log();
      return send(reply, filesOf(state, versionOf(registeredOf(state, name), version)), path);
    });

  app.get(
    `${prefix}/ajax-api/2.0/mlflow/logged-models/:model_id/artifacts/files`,
    { schema: { ...HIDDEN, params: ofAModel, querystring: inAModel }, config: { role: 'viewer' } },
    async ({ params, query }, reply) => {
      const { model_id } = parsed(ofAModel, params);
      const { artifact_file_path } = parsed(inAModel, query);
      await log().caughtUp();
      return send(reply, loggedModelOf(log().state, model_id).artifactUri, artifact_file_path);
    },
  );

  app.post(
    `${prefix}/ajax-api/2.0/mlflow/upload-artifact`,
    {
      schema: { ...HIDDEN, querystring: ofARun, body },
      config: { role: 'operator' },
      bodyLimit: settings.uploadMegabytes * MEGABYTE,
    },
    async ({ query, body: sent, actor }) => {
      const { run_id, run_uuid, path: given } = parsed(ofARun, query);
      const runId = run_uuid ?? run_id;
      if (!runId) throw invalid('Request must specify run_uuid.');
      const file = pathOf(given);
      if (!Buffer.isBuffer(sent) || sent.byteLength === 0) throw invalid('Request must specify data.');
      await log().caughtUp();
      const { root, path } = placeBelow(runOf(log().state, runId).artifactUri, file);
      const digest = await artifacts.put(sent);
      await log().appendAtOnce(
        newEvent('TrackedArtifactStored', {
          ...{ root, path, digest, bytes: sent.byteLength, requestedBy: actor?.name ?? 'mlflow' },
        }),
      );
      return {};
    },
  );
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { z } from 'zod';
import type { StartContext } from '../../kernel/service.ts';
import type { NewEvent, Service } from '../../schemas/catalogue.ts';
import { addArtifactRoutes } from './artifacts.ts';
import { addDownloadRoutes } from './downloads.ts';
import { MlflowError } from './errors.ts';
import {
  answerAsMlflow,
  endpointsOf,
  HIDDEN,
  prefixesOf,
  type RouteFile,
  rootsOf,
  validateLater,
} from './protocol/endpoints.ts';
import { addGraphql } from './protocol/graphql-route.ts';
import { text } from './protocol/values.ts';
import { settings, type TrackerContext, type TrackerSettings } from './settings.ts';
import { TrackingLog } from './tracking-log.ts';
import { addWebPages } from './web-pages.ts';

/** The version of MLflow whose API this is: clients ask for it, to know what a server can do. */
const MLFLOW_VERSION = '3.17.2';

/**
 * MLflow's tracking and registry API: what its clients log are events. Each process folds all of them in the order of the log,
 * so that any process can answer, and all agree.
 */
export function createTracker(): Service<TrackerSettings> {
  let running: TrackingLog | undefined;
  const log = () => {
    if (running) return running;
    throw new MlflowError('TEMPORARILY_UNAVAILABLE', 'the tracker is reading the log; ask again soon');
  };
  return {
    name: 'tracker',
    runs: 'everywhere',
    usesWarehouse: true,
    settings,
    reactsTo: [],
    effects: false,
    async start(context: StartContext<TrackerSettings, NewEvent>) {
      const stopping = new AbortController();
      const starting = new TrackingLog(context, context.savesUnder('fold'));
      await starting.restore();
      const signal = AbortSignal.any([stopping.signal, context.signal]);
      const following = starting.follow(signal);
      running = starting;
      return {
        async stop() {
          running = undefined;
          stopping.abort();
          await following;
          starting.save();
        },
      };
    },
    loadRoutes: routeFiles,
    async routes(app: FastifyInstance, context: TrackerContext) {
      answerAsMlflow(app);
      validateLater(app);
      const { settings } = context;
      const roots = rootsOf(settings);
      const { add, answers } = endpointsOf(app, roots, { log });
      for (const { addEndpoints } of await routeFiles()) addEndpoints(add, { context, log });
      for (const root of roots)
        await app.register((scope) => addArtifactRoutes(scope, root, { context, log }));
      for (const prefix of prefixesOf(settings)) {
        await app.register((scope) => addDownloadRoutes(scope, prefix, { context, log }));
        addGraphql(app, prefix, answers);
      }
      const { pages } = settings;
      if (pages !== undefined) await app.register((scope) => addWebPages(scope, pages));
      app.get('/version', { schema: HIDDEN }, (_request, reply) =>
        reply.type('text/plain').send(MLFLOW_VERSION),
      );
      addUnknown(app, roots);
    },
  };
}

/** Answers MLflow's clients: what they log are events, and each process folds all of them in the order of the log. */
export const service = createTracker();

/** Every file under routes/ exports `addEndpoints`. */
async function routeFiles(): Promise<RouteFile[]> {
  const folder = join(import.meta.dirname, 'routes');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  return Promise.all(names.map((name): Promise<RouteFile> => import(join(folder, name))));
}

const ofUnknown = z.object({ version: text(20), '*': text(1_000) });

/** Of MLflow's endpoints that are not there (traces, webhooks, …) a client must know that it is not its request that is wrong. */
function addUnknown(app: FastifyInstance, roots: readonly string[]): void {
  for (const root of roots) {
    const add = (method: HTTPMethods, schema: object) =>
      app.route({
        method,
        url: `${root}/:version/mlflow/*`,
        schema: { ...HIDDEN, params: ofUnknown, ...schema },
        config: { role: 'viewer' },
        handler: ({ url }) => {
          const path = url.split('?', 1)[0];
          throw new MlflowError(
            'ENDPOINT_NOT_FOUND',
            `epochlog has no ${path}: docs/mlflow.md says what it has`,
          );
        },
      });
    add('GET', {});
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) add(method, { body: z.object({}) });
  }
}

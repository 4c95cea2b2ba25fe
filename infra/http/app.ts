import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { type FastifyInstance, fastify } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
} from 'fastify-type-provider-zod';
import type { ErrorCode } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Host } from '../../kernel/runtime/host.ts';
import type { Service } from '../../kernel/service.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { type Access, bootstrapAccess, isAsked } from './access/access.ts';
import { nameActors } from './access/actor.ts';
import { limitRates, type Rates } from './access/rates.ts';
import { requireRoles } from './access/roles.ts';
import { tidied } from './components.ts';
import { addConsole } from './console.ts';
import { addDescriptions, describedDocument } from './described.ts';
import { documentErrors } from './documented-errors.ts';
import { addHealthRoutes, type HealthSources } from './health.ts';
import { answerRouterError, answerWithProblems } from './problems.ts';
import { type Protection, protect } from './protection.ts';
import { closedBody, refuseUnnamedParameters, validatorCompiler } from './unknown-fields.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** errors of this route, besides those of every route: their statuses are documented */
    errors?: readonly ErrorCode[];
  }
}

const MAX_BODY_BYTES = 1 << 20;

/** All schemas are zod's, whose compilers are set below: so fastify does not load those that it brings, 90 modules. */
const NO_OTHERS = () => {
  throw new Error('the compilers of schemas must be set first');
};
const COMPILERS = { buildValidator: NO_OTHERS, buildSerializer: NO_OTHERS };

/** What the API asks of the host. */
export type HostView = Pick<Host, 'status' | 'contextOf' | 'lag'>;

export interface AppOptions extends HealthSources {
  /** who is let in */
  config: Protection & Rates;
  /** opens what tells who sends a request, until the signal aborts; without it only the token of the configuration is known */
  openAccess?(closed: AbortSignal): Promise<Access>;
  services: readonly Service[];
  host: HostView;
  logger: Logger;
}

/**
 * The HTTP API: the routes of all services, health and metrics, documented at /docs. Not listening yet; on a server
 * that does, whoever has it hands over the requests.
 */
export async function createApp(options: AppOptions, server?: Server): Promise<FastifyInstance> {
  const { config, services, host, telemetry, logger } = options;
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    pluginTimeout: 0, // a plugin waits while the services fold a long log
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 500 },
    frameworkErrors: answerRouterError,
    clientErrorHandler: () => {}, // the owner of the server answers these
    schemaController: { compilersFactory: COMPILERS },
    ...(config.trustedProxies && { trustProxy: config.trustedProxies }),
    ...(server && { serverFactory: () => server }),
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // hooks without promises: each would cost every request a turn of the microtask queue
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  const closing = new AbortController();
  app.addHook('onClose', async () => closing.abort());
  protect(app, config, (await options.openAccess?.(closing.signal)) ?? bootstrapAccess(config));
  requireRoles(app);
  nameActors(app);
  await limitRates(app, config);
  answerWithProblems(app, logger);
  refuseUnnamedParameters(app);
  documentErrors(app, config);
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    telemetry.observe('httpSeconds', labels, reply.elapsedTime / 1_000);
    done();
  });
  addDescriptions(app, config);
  await document(app, isAsked(config));
  addHealthRoutes(app, options);
  addConsole(app);
  for (const service of services) {
    if (service.routes) await app.register(async (scope) => service.routes?.(scope, host.contextOf(service)));
  }
  return app;
}

async function document(app: FastifyInstance, withToken: boolean): Promise<void> {
  const { version, description, license } = packageJson;
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: { title: 'epochlog', version, description, license: { name: license, identifier: license } },
      servers: [{ url: '/', description: 'this server' }],
      ...(withToken
        ? {
            components: {
              securitySchemes: {
                token: {
                  type: 'http',
                  scheme: 'bearer',
                  description: 'EPOCHLOG_TOKEN of the server, or a token that an admin has made',
                },
              },
            },
            security: [{ token: [] }],
          }
        : { security: [] }), // every caller may ask
    },
    transform: (document) => closedBody(jsonSchemaTransform(document)),
    transformObject: (document) => tidied({ ...jsonSchemaTransformObject(document) }),
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    transformSpecificationClone: false,
    transformSpecification: (document, { described }) => describedDocument(document, described),
  });
}

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { messageOf } from '../../kernel/errors.ts';
import type { Host } from '../../kernel/runtime/host.ts';
import type { PrometheusTelemetry } from '../telemetry/prometheus.ts';
import { LIVENESS } from './access/roles.ts';
import { addModelMetrics, tellModels } from './model-metrics.ts';

const readiness = z
  .object({
    status: z.enum(['ok', 'unavailable']),
    log: z.string().describe('ok, or the error'),
    warehouse: z.string().describe('ok, or the error'),
    services: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['starting', 'running', 'standby', 'restarting', 'stopped']),
        shards: z.array(z.number()).readonly().describe('the shards that run in this process'),
        of: z.number().describe('number of shards in all processes'),
        lag: z.number().nullable().describe('consumer lag'),
        crashes: z.number(),
        lastError: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Readiness' });

/** Sources of health answers. */
export interface HealthSources {
  host: Pick<Host, 'status' | 'lag'>;
  telemetry: PrometheusTelemetry;
  /** rejects with the reason while the warehouse does not answer */
  ready(): Promise<void>;
}

/** shorter than the timeout of common probes */
const TIMEOUT_MS = 2_000;

/** Liveness, readiness and metrics. */
export function addHealthRoutes(app: FastifyInstance, { host, ready, telemetry }: HealthSources): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const lagNow = inTime(() => host.lag(), 'the log does not answer');
  const modelsNow = inTime(addModelMetrics(app), 'the warehouse does not answer');
  const readyNow = inTime(ready, 'the warehouse does not answer');

  routes.route({
    method: 'GET',
    url: LIVENESS,
    schema: {
      operationId: 'getLiveness',
      summary: 'Does this process answer?',
      tags: ['health'],
      response: { 200: z.object({ status: z.literal('ok') }) },
    },
    handler: async () => ({ status: 'ok' as const }),
  });

  routes.route({
    method: 'GET',
    url: '/health/ready',
    schema: {
      operationId: 'getReadiness',
      summary: 'Are the log, the warehouse and all services ready?',
      tags: ['health'],
      response: { 200: readiness, 503: readiness },
    },
    async handler(_request, reply) {
      const [lag, warehouse] = await Promise.allSettled([lagNow(), readyNow()]);
      const services = host.status().map((service) => ({
        ...service,
        lag: lag.status === 'fulfilled' ? (lag.value.get(service.name) ?? null) : null,
      }));
      const ok =
        lag.status === 'fulfilled' &&
        warehouse.status === 'fulfilled' &&
        services.every(({ state }) => state === 'running' || state === 'standby');
      return reply.code(ok ? 200 : 503).send({
        status: ok ? 'ok' : 'unavailable',
        log: outcomeOf(lag),
        warehouse: outcomeOf(warehouse),
        services,
      });
    },
  });

  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics for Prometheus',
        tags: ['health'],
        response: { 200: { content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => {
      const [lag, series] = await Promise.all([
        lagNow().catch(() => new Map<string, number>()), // not known while the log is down
        modelsNow().catch(() => []), // nor these without the warehouse
      ]);
      tellModels(telemetry, series);
      for (const { name: service } of host.status()) {
        telemetry.gauge('consumerLag', { service }, lag.get(service) ?? Number.NaN);
      }
      const { text, contentType } = await telemetry.scrape();
      return reply.header('content-type', contentType).send(text);
    },
  );
}

const outcomeOf = (result: PromiseSettledResult<unknown>): string =>
  result.status === 'fulfilled' ? 'ok' : messageOf(result.reason);

/**
 * The result of a check, or an error when it takes too long. Concurrent callers share one check, so that an unreachable
 * server gets one request.
 */
function inTime<T>(ask: () => Promise<T>, otherwise: string): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return async () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(otherwise)), TIMEOUT_MS);
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

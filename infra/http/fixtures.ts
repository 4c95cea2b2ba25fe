import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Service } from '../../kernel/service.ts';
import type { ServiceContext } from '../../schemas/catalogue.ts';
import { createPrometheus } from '../telemetry/prometheus.ts';
import { type AppOptions, createApp, type HostView } from './app.ts';

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

const greeter: Service = {
  name: 'greeter',
  reactsTo: [],
  effects: false,
  start: () => ({}),
  routes(app: FastifyInstance) {
    const routes = app.withTypeProvider<ZodTypeProvider>();
    const body = z.object({
      name: z.string().min(1),
      times: z.int().max(3),
      to: z.array(z.object({ name: z.string() })).optional(),
    });
    const querystring = z.object({ loud: z.stringbool().optional() });
    routes.post(
      '/v1/greet',
      {
        config: { role: 'operator' },
        schema: { body, querystring, response: { 200: z.object({ text: z.string() }) } },
      },
      async (request) => ({
        text: `hello ${request.body.name}`.repeat(request.body.times),
      }),
    );
    const answer = z.object({ fine: z.boolean() });
    const errors = ['MODEL_NOT_READY', 'CONFLICT'] as const;
    routes.get('/v1/unwell', { config: { errors }, schema: { response: { 503: answer } } }, async () => {
      throw new EpochlogError('MODEL_NOT_READY', 'no model');
    });
    const params = z.object({ how: z.string() });
    routes.get('/v1/fail/:how', { schema: { params } }, async ({ params: { how } }) => {
      if (how === 'busy') throw new EpochlogError('OVERLOADED', 'too much at once');
      throw new TypeError('secret inside');
    });
  },
};

export const atWork = (state: 'running' | 'restarting' = 'running'): HostView => ({
  status: () => [{ name: 'greeter', state, shards: [0], of: 1, crashes: 0, lastError: null }],
  contextOf: () => ({}) as ServiceContext,
  lag: async () => new Map([['greeter', 3]]),
});

/** An app with one service. */
export const greeting = (): AppOptions => ({
  config: {},
  services: [greeter],
  host: atWork(),
  telemetry: createPrometheus(),
  logger: quiet,
  ready: async () => {},
});

export const open = (options: Partial<AppOptions> = {}): Promise<FastifyInstance> =>
  createApp({ ...greeting(), ...options });

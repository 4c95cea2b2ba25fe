import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../../config/schema.ts';
import { isAsked } from './access.ts';
import { isPublic, type Reads } from './roles.ts';
import { throttled } from './throttle.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** what is counted against a limit of its own: predictions and the steps of trainings, of which one client may send many */
    counts?: 'predictions';
  }
}

/** The part of the configuration that says how often somebody may ask. */
export type Rates = Reads & Partial<Pick<Config, 'rateLimit' | 'predictionRateLimit'>>;

const WINDOW = '1 minute';
/** whose requests are counted at once; the longest unused one is forgotten */
const MAX_COUNTED = 10_000;

/**
 * Limits the requests of one token a minute, or of one address where there is none; what is above is answered with 429. In
 * development nothing is limited.
 */
export async function limitRates(app: FastifyInstance, rates: Rates): Promise<void> {
  const { rateLimit: others = 0, predictionRateLimit: predictions = 0 } = rates;
  if (!isAsked(rates) || (others === 0 && predictions === 0)) return;
  const isPrediction = ({ routeOptions: { config } }: FastifyRequest) => config.counts === 'predictions';
  const limitOf = (request: FastifyRequest) => (isPrediction(request) ? predictions : others);
  await app.register(rateLimit, {
    timeWindow: WINDOW,
    cache: MAX_COUNTED,
    max: limitOf,
    allowList: (request) => limitOf(request) === 0 || isPublic(request.routeOptions.url ?? ''),
    keyGenerator: (request) =>
      `${isPrediction(request)} ${request.actor ? `${request.actor.by} ${request.actor.name}` : request.ip}`,
    errorResponseBuilder: ({ actor }, { max, ttl }) =>
      throttled(`${actor?.name ?? 'this address'} may ask ${max} times a minute`, ttl),
  });
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EpochlogError } from '../../kernel/errors.ts';
import { type Config, LOOPBACK } from '../config/schema.ts';

/** Who is let in: the part of the configuration that says so. */
export type Protection = Partial<
  Pick<Config, 'token' | 'host' | 'allowedHosts' | 'openReads' | 'trustedProxies'>
>;

export const LIVENESS = '/health/live';
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Asked by those who restart or route to a process (Docker, Kubernetes, load balancers), which have no token. */
const PROBES = new Set([LIVENESS, '/health/ready']);
const METRICS = '/metrics';
/** The description of the API, which holds no data; what tasks have been declared is for those with the token. */
const DOCS = /^\/docs(?:\/|$)/;
/** The files of the console, which hold no data either: its pages ask for the token. */
const CONSOLE = /^\/(?:console(?:\/|$)|$)/;

/** On every answer: what keeps browsers from mischief. */
export const PROTECTIVE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * Every request must be addressed to an allowed host, with and without a token: else a web page whose name was rebound
 * to this address (DNS rebinding) could read and write. With a token every request must carry it, but for probes,
 * metrics and the documentation, or as `openReads` says.
 */
export function protect(app: FastifyInstance, protection: Protection): void {
  const checkHost = hostGuard(protection);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(PROTECTIVE_HEADERS);
    try {
      checkHost(request.headers.host);
      assertAllowed(protection, request);
      done();
    } catch (error) {
      done(error as EpochlogError);
    }
  });
}

function assertAllowed(protection: Protection, request: FastifyRequest): void {
  if (!needsToken(protection, request.method, request.routeOptions.url)) return;
  if (hasToken(protection, request)) return;
  throw new EpochlogError(
    'UNAUTHORIZED',
    'this needs the header Authorization: Bearer and the token (EPOCHLOG_TOKEN)',
  );
}

/** Whether a request carries the token, or there is none. */
export const hasToken = (
  { token }: Protection,
  { headers }: { headers: { authorization?: string | undefined } },
): boolean => token === undefined || sameSecret(bearerOf(headers.authorization), token);

/** Whether a request of that method for that route (undefined: for none) must carry the token. */
export function needsToken(
  { token, openReads = 'metrics' }: Protection,
  method: string,
  url?: string,
): boolean {
  if (token === undefined) return false;
  if (url !== undefined && (PROBES.has(url) || DOCS.test(url) || CONSOLE.test(url))) return false;
  if (openReads === 'health' || !READING.has(method)) return true;
  return openReads === 'metrics' && url !== METRICS;
}

/**
 * Checks the header Host. Allowed are addresses (DNS rebinding needs a name), the names of the loopback, the name that
 * is listened on, and those of EPOCHLOG_ALLOWED_HOSTS; one that begins with a dot allows the names below it.
 * HOST_NOT_ALLOWED for others, INPUT_INVALID for none.
 */
export function hostGuard({ host: listened, allowedHosts = [] }: Protection): (host?: string) => void {
  const names = new Set([...LOOPBACK, ...allowedHosts, ...(listened ? [listened.toLowerCase()] : [])]);
  const domains = allowedHosts.filter((name) => name.startsWith('.'));
  return (host = '') => {
    if (host === '') throw new EpochlogError('INPUT_INVALID', 'the header Host is missing');
    const name = nameOf(host);
    if (isIP(name) !== 0 || names.has(name) || domains.some((domain) => name.endsWith(domain))) return;
    throw new EpochlogError(
      'HOST_NOT_ALLOWED',
      `requests to the host ${name} are not answered: EPOCHLOG_ALLOWED_HOSTS names those that are`,
    );
  };
}

/** Of `name:port` and `[address]:port`, without the dot at the end that a full name may have. */
const nameOf = (host: string): string =>
  host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');

/** The scheme is case-insensitive (RFC 9110, 11.1). */
const bearerOf = (authorization = ''): string => /^bearer +(\S+)$/i.exec(authorization.trim())?.[1] ?? '';

/** Compares in constant time, also for texts of different lengths. */
function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

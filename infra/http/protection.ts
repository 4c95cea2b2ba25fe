import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type Actor, assertRole } from '../../kernel/access.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Config } from '../config/schema.ts';
import { LOOPBACK } from '../config/sections/values.ts';
import { type Access, DEVELOPER, isAsked } from './access/access.ts';
import { isPublic, type Reads, roleNeeded } from './access/roles.ts';

/** Who is let in: the part of the configuration that says so. */
export type Protection = Reads & Partial<Pick<Config, 'host' | 'allowedHosts' | 'trustedProxies'>>;

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
 * to this address (DNS rebinding) could read and write. Where tokens are asked for, a request must carry one whose role
 * its route needs, but for probes, metrics and the documentation, or as `openReads` says. Without, every caller may do
 * everything, and a token that is given counts all the same.
 */
export function protect(app: FastifyInstance, protection: Protection, access: Access): void {
  const checkHost = hostGuard(protection);
  const anonymous = isAsked(protection) ? null : DEVELOPER;
  app.decorateRequest('actor', null);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(PROTECTIVE_HEADERS);
    try {
      checkHost(request.headers.host);
    } catch (error) {
      return done(error as EpochlogError);
    }
    request.actor = anonymous;
    const { url, config } = request.routeOptions;
    const needed = roleNeeded(protection, { method: request.method, url, role: config.role });
    const token = bearerOf(request.headers.authorization);
    if (needed === null && (token === '' || (url !== undefined && isPublic(url)))) return done();
    if (token === '') return done(missingToken());
    // where no token is needed, a wrong one is not refused
    const refuse = (error: Error) => done(needed === null && anonymous === null ? undefined : error);
    const admit = (actor: Actor) => {
      const role = needed ?? config.role;
      if (role !== undefined) assertRole(actor, role, `${request.method} ${url ?? ''}`.trim());
      request.actor = actor;
    };
    try {
      const actor = access.authenticate(token, request.ip);
      if (actor instanceof Promise) return void actor.then(admit).then(() => done(), refuse);
      admit(actor);
      done();
    } catch (error) {
      refuse(error as Error);
    }
  });
}

const missingToken = () =>
  new EpochlogError(
    'UNAUTHORIZED',
    'this needs the header Authorization: Bearer and a token: `epochlog token create` makes one, and EPOCHLOG_TOKEN of the server is one',
  );

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

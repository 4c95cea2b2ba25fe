import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Role } from '../../../kernel/access.ts';
import type { Config } from '../../config/schema.ts';
import { type Asking, isAsked } from './access.ts';

/** The part of the configuration that says who may read what. */
export type Reads = Asking & Partial<Pick<Config, 'openReads'>>;

export const LIVENESS = '/health/live';
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Asked by those who restart or route to a process (Docker, Kubernetes, load balancers), which have no token. */
const PROBES = new Set([LIVENESS, '/health/ready']);
const METRICS = '/metrics';
/** The description of the API, which holds no data; what tasks have been declared is for those with a token. */
const DOCS = /^\/docs(?:\/|$)/;
/** The files of the console, which hold no data either: its pages ask for a token. */
const CONSOLE = /^\/(?:console(?:\/|$)|$)/;

/** What is answered without a token, and with any. */
export const isPublic = (url: string): boolean => PROBES.has(url) || url === METRICS || CONSOLE.test(url);

type Asked = Pick<RouteOptions, 'method'> & { url?: string | undefined; role?: Role | undefined };

/** The role that a request needs, by its route; null where it needs no token. Without a url: of no route. */
export function roleNeeded(reads: Reads, { method, url, role }: Asked): Role | null {
  if (!isAsked(reads)) return null;
  if (url !== undefined && (PROBES.has(url) || DOCS.test(url) || CONSOLE.test(url))) return null;
  const { openReads = 'metrics' } = reads;
  const isRead = [method].flat().every((one) => READING.has(one));
  const isOpen = openReads === 'all' ? role === undefined : openReads === 'metrics' && url === METRICS;
  return isRead && isOpen ? null : (role ?? 'viewer');
}

/**
 * A route that is no GET must say who may ask, in `config.role`: without it the server does not start. The documentation of
 * each has it.
 */
export function requireRoles(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { method, url, config, schema } = route;
    const isRead = [method].flat().every((one) => READING.has(one));
    if (!isRead && config?.role === undefined)
      throw new TypeError(`${method} ${url} does not say who may ask: set config.role, such as 'operator'`);
    if (!schema || schema.hide || config?.role === undefined) return;
    const needs = `Needs the role ${config.role}.`;
    route.schema = { ...schema, description: [schema.description, needs].filter(Boolean).join(' ') };
  });
}

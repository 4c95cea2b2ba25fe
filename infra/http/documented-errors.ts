import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../../kernel/errors.ts';
import { isAsked } from './access/access.ts';
import { LIVENESS, type Reads, roleNeeded } from './access/roles.ts';
import { PROBLEM_TYPE, problemSchema } from './problem.ts';

/**
 * Documents what each route answers when it fails: what follows from its form (a body may be too large, a path may
 * name nothing), from who is let in, and what the route says of its own handler in `config.errors`.
 */
export function documentErrors(app: FastifyInstance, reads: Reads): void {
  app.addHook('onRoute', (route) => {
    const { schema = {} } = route;
    if (schema.hide) return;
    const response: Record<string, unknown> = { ...(schema.response as object | undefined) };
    for (const [status, codes] of errorsOf(route, reads)) {
      response[status] = {
        description: `${STATUS_CODES[status]} (${[...codes].join(', ')})`,
        content: { ...contentOf(response[status]), [PROBLEM_TYPE]: { schema: problemSchema } },
      };
    }
    route.schema = {
      ...schema,
      response,
      ...(isAsked(reads) && !isProtected(route, reads) && { security: [] }),
    };
  });
}

/** What a route documents itself for a status, as answers by media type. */
const contentOf = (answer: unknown): object =>
  answer instanceof z.ZodType ? { 'application/json': { schema: answer } } : {};

const isProtected = ({ method, url, config }: RouteOptions, reads: Reads): boolean =>
  roleNeeded(reads, { method, url, role: config?.role }) !== null;

/** Codes by status. */
function errorsOf(route: RouteOptions, reads: Reads): Map<number, Set<ErrorCode>> {
  const { schema = {}, config, url } = route;
  const errors = new Map<number, Set<ErrorCode>>();
  const add = (code: ErrorCode, status: number = ERRORS[code].status) =>
    errors.set(status, (errors.get(status) ?? new Set<ErrorCode>()).add(code));
  add('INPUT_INVALID');
  add('INPUT_INVALID', 431); // the query string counts too
  add('HOST_NOT_ALLOWED');
  if (isProtected(route, reads)) {
    add('UNAUTHORIZED');
    add('FORBIDDEN');
    add('TOO_MANY_REQUESTS');
    add('OVERLOADED');
    if (reads.oidcIssuer !== undefined) add('ISSUER_UNAVAILABLE');
  }
  if (schema.params) {
    add('NOT_FOUND');
    add('INPUT_INVALID', 414);
  }
  if (schema.body) {
    add('INPUT_INVALID', 413);
    add('INPUT_INVALID', 415);
    add('DISK_FULL');
  }
  if (url !== LIVENESS) add('LOG_UNAVAILABLE');
  for (const code of config?.errors ?? []) add(code);
  return errors;
}

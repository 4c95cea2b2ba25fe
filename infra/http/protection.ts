import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { EpochlogError } from '../../kernel/errors.ts';
import { LOOPBACK } from '../config/schema.ts';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * With a token, whatever is not a mere GET must carry it. Without one the API is this machine's alone: a request that
 * was addressed to another name comes from a web page whose name was rebound to this address, and is refused.
 */
export function protect(app: FastifyInstance, token: string | undefined): void {
  app.addHook('onRequest', async (request) => {
    if (token === undefined) {
      const name = request.hostname.replace(/^\[(.*)\]$/, '$1');
      if (LOOPBACK.has(name)) return;
      throw new EpochlogError(
        'UNAUTHORIZED',
        `without a token only requests to localhost are answered, not to ${name}`,
      );
    }
    if (READING.has(request.method) || sameSecret(request.headers.authorization ?? '', `Bearer ${token}`))
      return;
    throw new EpochlogError(
      'UNAUTHORIZED',
      'this needs the header Authorization: Bearer and the token (EPOCHLOG_TOKEN)',
    );
  });
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(HEADERS))
      if (!reply.hasHeader(name)) reply.header(name, value);
  });
}

/** Compares in a time that tells nothing, not even of the lengths. */
function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

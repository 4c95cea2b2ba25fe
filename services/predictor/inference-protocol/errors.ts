import type { FastifyInstance } from 'fastify';
import { EpochlogError } from '../../../kernel/errors.ts';
import { inferFailure } from './schemas.ts';

const PROBLEM = 'application/problem+json';
const BINARY_HEADER = 'inference-header-content-length';

/** Errors are `{"error": "…"}`, with the status and the words that the other routes have for them; so they are documented. */
export function answerInProtocol(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { response, ...schema } = route.schema ?? {};
    const documented = Object.entries({ ...(response as object | undefined) }).map(([status, answer]) => [
      status,
      inProtocol(answer),
    ]);
    route.schema = { ...schema, response: Object.fromEntries(documented) };
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    const isProblem = String(reply.getHeader('content-type')).startsWith(PROBLEM);
    if (!isProblem || typeof payload !== 'string') return done(null, payload);
    const { detail } = JSON.parse(payload);
    reply.header('content-type', 'application/json; charset=utf-8');
    done(null, JSON.stringify({ error: detail }));
  });
}

/** Clients of the protocol send JSON with another media type, or with none. Tensors in binary form are refused. */
export function readAnyMediaTypeAsJson(app: FastifyInstance): void {
  app.addContentTypeParser('*', { parseAs: 'string' }, ({ headers }, body, done) => {
    if (headers[BINARY_HEADER] !== undefined) {
      const advice = 'send tensors as JSON (in tritonclient: binary_data=False)';
      done(new EpochlogError('INPUT_INVALID', `tensors in binary form are not taken: ${advice}`));
      return;
    }
    try {
      done(null, JSON.parse(String(body)));
    } catch {
      done(new EpochlogError('INPUT_INVALID', 'the body is no JSON: check its quotes, commas and brackets'));
    }
  });
}

/** The documentation of an answer: a problem is the error of the protocol. */
function inProtocol(answer: unknown): unknown {
  const isProblem = typeof answer === 'object' && answer !== null && 'content' in answer;
  return isProblem ? { ...answer, content: { 'application/json': { schema: inferFailure } } } : answer;
}

import { randomUUID } from 'node:crypto';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';

/** Problem details for HTTP APIs (RFC 9457): what every answer that is no success holds. */
interface Problem {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  instance: string;
  /** of the table of errors, or UNEXPECTED */
  code: string;
  requestId: string;
  /** which fields of the request are wrong, and how */
  errors?: { field: string; message: string }[];
}

type Cause = Pick<Problem, 'status' | 'code' | 'detail'> & Partial<Problem>;

const MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** Answers every error with a problem. What was not foreseen is logged, and tells the client nothing of the inside. */
export function answerWithProblems(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    const cause = causeOf(error);
    if (cause.code === 'UNEXPECTED') {
      logger.error({ err: error, requestId: request.id, url: request.url }, 'a request failed unexpectedly');
    }
    if (error instanceof EpochlogError && error.retriable && !reply.hasHeader('retry-after')) {
      reply.header('retry-after', '1');
    }
    if (cause.status === 401) reply.header('www-authenticate', 'Bearer');
    return send(cause, request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const detail = `there is no ${request.method} ${pathOf(request.url)}; /docs lists what there is`;
    const cause: Cause = { status: 404, code: 'NOT_FOUND', detail };
    return send(cause, request, reply);
  });
}

function causeOf(error: unknown): Cause {
  if (error instanceof EpochlogError)
    return { status: error.status, code: error.code, detail: error.message };
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map(({ instancePath, message = 'is wrong' }) => ({
      field: [error.validationContext, ...instancePath.split('/').filter(Boolean)].join('.'),
      message,
    }));
    const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
    return { status: 400, code: 'INPUT_INVALID', detail, errors };
  }
  if (isRefusedByFastify(error))
    return { status: error.statusCode, code: 'INPUT_INVALID', detail: error.message };
  return { status: 500, code: 'UNEXPECTED', detail: 'something went wrong here; the log tells more' };
}

/** A body that is too large, not JSON, of another media type … */
const isRefusedByFastify = (error: unknown): error is FastifyError & { statusCode: number } =>
  error instanceof Error &&
  'statusCode' in error &&
  typeof error.statusCode === 'number' &&
  error.statusCode >= 400 &&
  error.statusCode < 500;

/** Not through the route's own serializer, which only knows the answers that the route documents. */
function send(cause: Cause, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(cause, { url: request.url, id: request.id });
  return reply.code(cause.status).type(MEDIA_TYPE).serializer(JSON.stringify).send(problem);
}

/** Answers a request that no app has seen with an error as a problem. */
export function answerWithProblem(error: EpochlogError, url: string, response: ServerResponse): void {
  const problem = problemOf(causeOf(error), { url, id: randomUUID() });
  const headers = { 'content-type': MEDIA_TYPE, ...(error.retriable && { 'retry-after': '1' }) };
  response.writeHead(problem.status, headers).end(JSON.stringify(problem));
}

const problemOf = (cause: Cause, { url, id }: { url: string; id: string }): Problem => ({
  type: 'about:blank',
  title: STATUS_CODES[cause.status] ?? 'Error',
  ...cause,
  instance: pathOf(url),
  requestId: id,
});

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

import { randomUUID } from 'node:crypto';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EpochlogError, systemCodeOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { Throttled } from './access/throttle.ts';
import { allowedMethods } from './methods.ts';
import { PROBLEM_TYPE, type Problem } from './problem.ts';
import { PROTECTIVE_HEADERS } from './protection.ts';

type Cause = Pick<Problem, 'status' | 'code' | 'detail'> & Partial<Problem>;

const MEDIA_TYPE = `${PROBLEM_TYPE}; charset=utf-8`;
/** wrong fields in an answer: a request may have any number of them */
const MAX_ERRORS = 20;

/** Answers every error with a problem. An error that is not in the table is logged, and the answer has no details of it. */
export function answerWithProblems(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    const cause = causeOf(error, request.routeOptions.bodyLimit);
    if (cause.code === 'UNEXPECTED') {
      logger.error({ err: error, requestId: request.id, url: request.url }, 'a request failed unexpectedly');
    }
    if (error instanceof Throttled) reply.header('retry-after', String(error.retryAfter));
    if (error instanceof EpochlogError && error.retriable && !reply.hasHeader('retry-after')) {
      reply.header('retry-after', '1');
    }
    if (cause.status === 401) reply.header('www-authenticate', 'Bearer');
    return send(cause, request, reply);
  });
  const methodsAt = allowedMethods(app);
  // in a hook, since a handler comes after the body was read, which may be refused for another reason
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const path = pathOf(request.url);
    const methods = methodsAt(path);
    if (methods.length === 0) {
      return done(new EpochlogError('NOT_FOUND', `there is no ${path}; /docs lists what there is`));
    }
    reply.header('allow', methods.join(', '));
    const told = `${path} takes ${methods.join(', ')}, not ${request.method}`;
    done(new EpochlogError('METHOD_NOT_ALLOWED', told));
  });
}

/** fastify's own words for them repeat the path */
const ROUTER_DETAILS: Record<number, string> = {
  400: 'the path cannot be decoded: write % as %25, and other bytes as percent-encoded UTF-8',
  414: 'a name in the path is too long',
};

/** Answers what never reaches a route: a path that cannot be decoded, or with a part that is too long. */
export function answerRouterError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const cause = causeOf(error);
  const detail = ROUTER_DETAILS[cause.status] ?? cause.detail;
  void send(
    { ...cause, detail },
    request,
    reply.headers({ ...PROTECTIVE_HEADERS, 'x-request-id': request.id }),
  );
}

/** What fastify says of bodies, in words that say what to do; `limit` is in bytes. */
const BODY_DETAILS: Record<string, (limit: number) => string> = {
  FST_ERR_CTP_INVALID_JSON_BODY: () => 'the body is no JSON: check its quotes, commas and brackets',
  FST_ERR_CTP_EMPTY_JSON_BODY: () => 'the body is empty: send a JSON object, such as {}',
  FST_ERR_CTP_BODY_TOO_LARGE: (limit) =>
    `the body is larger than the ${limit.toLocaleString('en')} bytes that this route takes: send less at once`,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => 'the header Content-Type must be application/json, and the body JSON',
};

function causeOf(error: unknown, bodyLimit = 0): Cause {
  if (error instanceof EpochlogError)
    return { status: error.status, code: error.code, detail: error.message };
  if (hasValidation(error)) {
    const errors = error.validation.slice(0, MAX_ERRORS).map(({ instancePath, message = 'is wrong' }) => ({
      field: [error.validationContext, ...instancePath.split('/').filter(Boolean)].join('.'),
      message,
    }));
    const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
    return { status: 400, code: 'INPUT_INVALID', detail, errors };
  }
  if (isRefusedByFastify(error)) {
    const detail = BODY_DETAILS[error.code]?.(bodyLimit) ?? error.message;
    return { status: error.statusCode, code: 'INPUT_INVALID', detail };
  }
  return { status: 500, code: 'UNEXPECTED', detail: 'something went wrong here; the log tells more' };
}

/** What the validator of a route has found. */
const hasValidation = (error: unknown): error is FastifyError & Required<Pick<FastifyError, 'validation'>> =>
  error instanceof Error && 'validation' in error && Array.isArray(error.validation);

/** A body that is too large, not JSON, of another media type … */
const isRefusedByFastify = (error: unknown): error is FastifyError & { statusCode: number } =>
  error instanceof Error &&
  'code' in error &&
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
  const headers = {
    ...PROTECTIVE_HEADERS,
    'content-type': MEDIA_TYPE,
    ...(error.retriable && { 'retry-after': '1' }),
  };
  response.writeHead(problem.status, headers).end(JSON.stringify(problem));
}

const PARSER_STATUS: Record<string, number> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/** Answers bytes that are no HTTP request, or one that does not come to an end; the connection is closed. */
export function answerParserError(error: Error, socket: Duplex): void {
  const system = systemCodeOf(error) ?? '';
  if (system === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = PARSER_STATUS[system] ?? 400;
  const detail = `this is not a request that can be read: ${error.message}`;
  const body = JSON.stringify(
    problemOf({ status, code: 'INPUT_INVALID', detail }, { url: '', id: randomUUID() }),
  );
  const headers = {
    ...PROTECTIVE_HEADERS,
    'content-type': MEDIA_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

const problemOf = (cause: Cause, { url, id }: { url: string; id: string }): Problem => ({
  type: 'about:blank',
  title: STATUS_CODES[cause.status] ?? 'Error',
  ...cause,
  instance: pathOf(url),
  requestId: id,
});

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

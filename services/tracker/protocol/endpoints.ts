import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { z } from 'zod';
import type { Role } from '../../../kernel/access.ts';
import { codeOfStatus, invalid, MlflowError } from '../errors.ts';
import type { TrackerContext, TrackerSettings } from '../settings.ts';
import type { TrackingLog } from '../tracking-log.ts';

/** `/ajax-api` is what MLflow's web pages ask, `/api` its clients. */
const ROOTS = ['/api', '/ajax-api'];

/** What MLflow's web pages ask is below their own URL. */
export const prefixesOf = ({ pages }: TrackerSettings): readonly string[] =>
  pages === undefined ? [''] : ['', PAGES];

export const rootsOf = (settings: TrackerSettings): readonly string[] => [
  ...ROOTS,
  ...(settings.pages === undefined ? [] : [`${PAGES}/ajax-api`]),
];

/** Where MLflow's web pages are: they ask for everything below the folder of their own URL. */
export const PAGES = '/mlflow';

/** a batch of MLflow's has 1 MB at most; an event up to 4 MiB */
const BODY_BYTES = 2 << 20;
const PROBLEM = 'application/problem+json';
const MAX_TOLD = 5;
const MAX_VALUE_TOLD = 200;
/** messages that say which parameter they are of */
const WHOLE = /^(Parameter '|Missing value for|Invalid Model Version stage)/;

export interface Tracker {
  readonly context: TrackerContext;
  /** TEMPORARILY_UNAVAILABLE while it starts */
  log(): TrackingLog;
}

/** Of the caller. */
export interface Caller {
  readonly name: string;
  /** aborts when the client is gone */
  readonly signal: AbortSignal;
}

interface EndpointOptions {
  readonly role?: Role;
  /** It only appends, and so need not wait for what other processes have appended. */
  readonly appendsOnly?: true;
}

/** Adds an endpoint of MLflow's, below both roots: `input` is the body, or the query string of a GET, with the parameters of the path. */
export type AddEndpoint = <Schema extends z.ZodType>(
  method: HTTPMethods,
  path: string,
  input: Schema,
  handle: (input: z.output<Schema>, caller: Caller) => object | Promise<object>,
  options?: EndpointOptions,
) => void;

/** A file under routes/. */
export interface RouteFile {
  addEndpoints(add: AddEndpoint, tracker: Tracker): void;
}

/** Inputs are validated where they are read: the body and the path are one message there, and unknown fields are let through. */
export function validateLater(app: FastifyInstance): void {
  app.setValidatorCompiler(() => (value: unknown) => ({ value }));
}

/** They are MLflow's own, documented by it and by docs/mlflow.md: the API's own documentation leaves them out. */
export const HIDDEN = { hide: true } as const;

/** Answers what an endpoint is asked, such as `POST /2.0/mlflow/runs/search`. */
export type Answers = (endpoint: string, input: object, caller: Caller) => Promise<object>;

/** What adds endpoints to an app, and answers for those added, without HTTP. */
export function endpointsOf(
  app: FastifyInstance,
  roots: readonly string[],
  { log }: Pick<Tracker, 'log'>,
): { add: AddEndpoint; answers: Answers } {
  const added = new Map<string, (input: object, caller: Caller) => object | Promise<object>>();
  const add: AddEndpoint = (method, path, input, answer, { role, appendsOnly = false } = {}) => {
    const handle = async (given: z.output<typeof input>, caller: Caller) => {
      if (!appendsOnly) await log().caughtUp();
      return answer(given, caller);
    };
    added.set(`${method} ${path}`, (given, caller) => handle(parsed(input, Object.entries(given)), caller));
    for (const root of roots) {
      app.route({
        method,
        url: `${root}${path}`,
        schema: {
          ...HIDDEN,
          ...(method === 'GET' ? { querystring: input } : { body: input }),
          ...(path.includes(':') && { params: input }),
        },
        config: { role: role ?? (method === 'GET' ? 'viewer' : 'operator'), counts: 'predictions' }, // a training logs as often as it takes steps
        bodyLimit: BODY_BYTES,
        handler: (request, reply) => handle(inputOf(input, request), callerOf(request, reply)),
      });
    }
  };
  const answers: Answers = async (endpoint, input, caller) => {
    const answer = added.get(endpoint);
    if (!answer) throw new MlflowError('ENDPOINT_NOT_FOUND', `there is no ${endpoint}`);
    return answer(input, caller);
  };
  return { add, answers };
}

export function callerOf({ actor }: FastifyRequest, reply: FastifyReply): Caller {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort()); // the request itself closes once its body was read
  return { name: actor?.name ?? 'mlflow', signal: gone.signal };
}

/** INVALID_PARAMETER_VALUE names the parameters that are wrong. */
function inputOf<Schema extends z.ZodType>(schema: Schema, request: FastifyRequest): z.output<Schema> {
  const sent = request.method === 'GET' ? request.query : (request.body ?? request.query);
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent))
    throw invalid('The body must be a JSON object, such as {}');
  const given = Object.entries({ ...sent, ...(request.params as object) });
  const fields = schema instanceof z.ZodObject ? schema.shape : {};
  const isList = (name: string) =>
    fields[name] instanceof z.ZodDefault && fields[name].unwrap() instanceof z.ZodArray;
  if (request.method === 'GET') for (const entry of given) if (isList(entry[0])) entry[1] = [entry[1]].flat();
  return parsed(schema, given);
}

function parsed<Schema extends z.ZodType>(
  schema: Schema,
  given: readonly (readonly [string, unknown])[],
): z.output<Schema> {
  const { data, error } = schema.safeParse(Object.fromEntries(given.filter(([, value]) => value !== null)), {
    reportInput: true,
  });
  if (error) throw invalid(error.issues.slice(0, MAX_TOLD).map(told).join('; '));
  return data;
}

/** In MLflow's words, which its clients and tests know. */
function told({ path, message, input }: z.core.$ZodIssue): string {
  const name = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const parameter = name.slice(name.startsWith('.') ? 1 : 0) || 'body';
  if (input === undefined) return `Missing value for required parameter '${parameter}'.`;
  if (WHOLE.test(message)) return message;
  const value = JSON.stringify(input);
  const shown = value.length > MAX_VALUE_TOLD ? `${value.slice(0, MAX_VALUE_TOLD)}…` : value;
  return `Invalid value ${shown} for parameter '${parameter}' supplied: ${message}`;
}

/** Errors are as MLflow has them: `{"error_code": "…", "message": "…"}`. */
export function answerAsMlflow(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    if (!(error instanceof MlflowError)) throw error; // a problem, which is rewritten below
    if (error.code === 'TEMPORARILY_UNAVAILABLE') reply.header('retry-after', '1');
    const { code, status, message } = error;
    if (request.raw.destroyed) request.log.debug({ code }, 'the client is gone');
    return reply.code(status).send({ error_code: code, message });
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    const isProblem = String(reply.getHeader('content-type')).startsWith(PROBLEM);
    if (!isProblem || typeof payload !== 'string') return done(null, payload);
    const { detail } = JSON.parse(payload);
    reply.header('content-type', 'application/json; charset=utf-8');
    done(null, JSON.stringify({ error_code: codeOfStatus(reply.statusCode), message: detail }));
  });
}

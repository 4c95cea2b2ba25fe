import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { PassThrough, type Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import type { ChdbResult } from 'chdb';
import { systemCodeOf } from '../../../kernel/errors.ts';
import { type Engine, EngineError, OverrunError, quoted, type Run, type Statement } from './engine.ts';
import { assertReadsOnly } from './guard.ts';

type Query = URLSearchParams;

/** Parameters of the interface that are not query settings. */
const NO_SETTING =
  /^(query|query_id|database|default_format|user|password|role|quota_key|session_(id|check|timeout)|wait_end_of_query|buffer_size|(de)?compress)$/;

/** `readonly` of a user query; the client's own read requests have 2. */
const OF_USER = '1';

const OPTIONS = {
  /** bound values are part of the URL: Node's default limit of 16 KB is too small for a text */
  maxHeaderSize: 4 << 20,
  /** longer than any client keeps an idle connection, so that none is closed during a request */
  keepAliveTimeout: 600_000,
  requestTimeout: 0,
};

/**
 * The part of ClickHouse's HTTP interface that its official clients use. `bodies` is a folder for the data of running
 * inserts, whose path contains no glob character; `onAborted` is called with the error when the engine must be
 * restarted: it has shut down after a fatal error, or a user query does not stop.
 */
export function createHttpServer(
  engine: Engine,
  bodies: string,
  onAborted: (error: EngineError) => void,
): Server {
  let requests = 0;
  const server = createServer(OPTIONS, async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/ping') {
      await engine.probe().catch(() => {}); // an error means that it responds, too
      response.end('Ok.\n');
      return;
    }
    requests += 1;
    const result = await answer(engine, request, searchParams, join(bodies, String(requests))).catch(
      asEngineError,
    );
    response.shouldKeepAlive = server.listening; // else a client's idle connection would delay the stop
    if (result instanceof EngineError) sendError(response, result, onAborted);
    else sendResult(request, response, searchParams, result);
  });
  return server;
}

async function answer(
  engine: Engine,
  request: IncomingMessage,
  query: Query,
  bodyFile: string,
): Promise<ChdbResult> {
  const context = contextOf(request, query);
  const sql = query.get('query');
  if (sql !== null && request.method === 'POST')
    return insert(engine, { ...context, sql }, request, bodyFile);

  const statement = { ...context, sql: sql ?? (await pipeline(request, decoder(request), text)) };
  const { readonly = '0', max_execution_time: seconds = '0' } = statement.settings;
  const guarded = async (run: Run) => {
    if (readonly !== '0') await assertReadsOnly(run, statement.sql);
    return run(statement);
  };
  if (readonly !== OF_USER) return guarded((each) => engine.run(each));
  return engine.runForUser(guarded, Number(seconds) * 1000 || Infinity);
}

function contextOf(request: IncomingMessage, query: Query): Omit<Statement, 'sql'> {
  const settings: Record<string, string> = request.method === 'GET' ? { readonly: '2' } : {};
  const params: Record<string, string> = {};
  for (const [name, value] of query) {
    if (name.startsWith('param_')) params[name.slice('param_'.length)] = value;
    else if (!NO_SETTING.test(name)) settings[name] = value;
  }
  const database = query.get('database') ?? undefined;
  return { database, settings, params, format: query.get('default_format') ?? 'TabSeparated' };
}

/**
 * `INSERT … FORMAT X` in the URL, its data in the body. The engine parses data behind a statement as SQL: after an empty
 * line it would be executed. So the data is written to a file, which the engine reads.
 */
async function insert(
  engine: Engine,
  statement: Statement,
  request: IncomingMessage,
  bodyFile: string,
): Promise<ChdbResult> {
  const [, into, format] = /^(\s*INSERT\s.*?)\s+FORMAT\s+(\w+)[\s;]*$/is.exec(statement.sql) ?? [];
  if (into === undefined || format === undefined) {
    throw new EngineError(62, 'SYNTAX_ERROR', 'only INSERT … FORMAT takes data in the body of a request');
  }
  try {
    await pipeline(request, decoder(request), createWriteStream(bodyFile));
    const empty = (await stat(bodyFile)).size === 0;
    const sql = empty ? 'SELECT 1 WHERE 0' : `${into} FROM INFILE ${quoted(bodyFile)} FORMAT ${format}`;
    return await engine.run({ ...statement, sql });
  } finally {
    await rm(bodyFile, { force: true });
  }
}

function decoder(request: IncomingMessage): Transform {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined) return new PassThrough();
  if (encoding === 'gzip') return createGunzip();
  throw new EngineError(
    89,
    'UNKNOWN_COMPRESSION_METHOD',
    `a body may be encoded in gzip, not in ${encoding}`,
  );
}

function sendResult(
  request: IncomingMessage,
  response: ServerResponse,
  query: Query,
  result: ChdbResult,
): void {
  const accepted = /\bgzip\b/.test(`${request.headers['accept-encoding']}`);
  const gzip = accepted && query.get('enable_http_compression') === '1';
  const bytes = gzip ? gzipSync(result.bytes(), { level: 1 }) : result.bytes();
  const summary = {
    read_rows: String(result.rowsRead),
    read_bytes: String(result.bytesRead),
    elapsed_ns: String(Math.round(result.elapsed * 1e9)),
  };
  if (gzip) response.setHeader('content-encoding', 'gzip');
  response.setHeader('content-length', bytes.byteLength);
  response.setHeader('x-clickhouse-query-id', query.get('query_id') ?? '');
  response.setHeader('x-clickhouse-summary', JSON.stringify(summary));
  response.end(bytes);
}

const ABORTED = 236;
/** The HTTP status by ClickHouse's error code; 500 for all others. */
const STATUS: Readonly<Record<number, number>> = { 60: 404, 62: 400, 81: 404, 164: 403, 202: 503, 497: 403 };

function sendError(
  response: ServerResponse,
  error: EngineError,
  onAborted: (error: EngineError) => void,
): void {
  const { number, message } = error;
  const isFatal = number === ABORTED || error instanceof OverrunError;
  response.setHeader('x-clickhouse-exception-code', number);
  response.writeHead(STATUS[number] ?? 500).end(`${message}\n`, () => isFatal && onAborted(error));
}

function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  return systemCodeOf(error) === 'ENOSPC'
    ? new EngineError(243, 'NOT_ENOUGH_SPACE', 'No space left on the device')
    : new EngineError(1002, 'UNKNOWN_EXCEPTION', String(error));
}

import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import type { ChdbResult } from 'chdb';
import { type Engine, EngineError, quoted, type Statement } from './engine.ts';
import { assertReadsOnly } from './guard.ts';

/** Parameters of ClickHouse's HTTP interface that are no settings of a query. */
const NO_SETTINGS = new Set([
  ...['query', 'database', 'query_id', 'default_format', 'user', 'password', 'role', 'quota_key'],
  ...[
    'session_id',
    'session_timeout',
    'session_check',
    'wait_end_of_query',
    'buffer_size',
    'compress',
    'decompress',
  ],
]);

/** A bound value travels in the address; Node's own limit of 16 KB for all headers would be too small for a text. */
const MAX_HEADER_BYTES = 4 << 20;
/** Longer than any client keeps an idle connection, so that it is never closed under a request. */
const KEEP_ALIVE_MS = 600_000;

/**
 * ClickHouse's HTTP interface, as far as its official clients use it. `bodies` is a folder for inserts under
 * way; `onAborted` is called when the engine has shut itself down after a fatal error and would only repeat it.
 */
export function createHttpServer(engine: Engine, bodies: string, onAborted: () => void): Server {
  let inserts = 0;
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (url.pathname === '/ping') {
        response.end('Ok.\n');
        return;
      }
      inserts += 1;
      answer(engine, request, url.searchParams, join(bodies, `${inserts}`)).then(
        (result) => sendResult(request, response, url.searchParams, result),
        (error: unknown) => sendError(response, error, onAborted),
      );
    },
  );
  server.requestTimeout = 0;
  return server;
}

async function answer(
  engine: Engine,
  request: IncomingMessage,
  url: URLSearchParams,
  bodyFile: string,
): Promise<ChdbResult> {
  const statement = readStatement(request, url);
  if (statement.sql === '') statement.sql = await text(request);
  else if (request.method === 'POST') return insert(engine, statement, request, bodyFile);
  if (statement.settings.readonly !== undefined && statement.settings.readonly !== '0')
    await assertReadsOnly(engine, statement);
  return engine.run(statement);
}

function readStatement(request: IncomingMessage, url: URLSearchParams): Statement {
  const settings: Record<string, string> = request.method === 'GET' ? { readonly: '2' } : {};
  const params: Record<string, string> = {};
  for (const [name, value] of url) {
    if (name.startsWith('param_')) params[name.slice('param_'.length)] = value;
    else if (!NO_SETTINGS.has(name)) settings[name] = value;
  }
  return {
    sql: url.get('query') ?? '',
    database: url.get('database') ?? undefined,
    settings,
    params,
    format: url.get('default_format') ?? 'TabSeparated',
  };
}

/**
 * `INSERT … FORMAT X` in the address and its data in the body. To the engine, data behind a statement is SQL
 * text: after an empty line it would be executed. So the data goes through a file and the engine reads that.
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
    const decoders = request.headers['content-encoding'] === 'gzip' ? [createGunzip()] : [];
    await pipeline([request, ...decoders, createWriteStream(bodyFile)]);
    const empty = (await stat(bodyFile)).size === 0;
    const sql = empty ? 'SELECT 1 WHERE 0' : `${into} FROM INFILE ${quoted(bodyFile)} FORMAT ${format}`;
    return await engine.run({ ...statement, sql });
  } finally {
    await rm(bodyFile, { force: true });
  }
}

function sendResult(
  request: IncomingMessage,
  response: ServerResponse,
  url: URLSearchParams,
  result: ChdbResult,
): void {
  const gzip =
    url.get('enable_http_compression') === '1' && /\bgzip\b/.test(`${request.headers['accept-encoding']}`);
  const bytes = gzip ? gzipSync(result.bytes(), { level: 1 }) : result.bytes();
  const summary = {
    read_rows: `${result.rowsRead}`,
    read_bytes: `${result.bytesRead}`,
    elapsed_ns: `${Math.round(result.elapsed * 1e9)}`,
  };
  response.setHeader('content-length', bytes.byteLength);
  if (gzip) response.setHeader('content-encoding', 'gzip');
  response.setHeader('x-clickhouse-query-id', url.get('query_id') ?? '');
  response.setHeader('x-clickhouse-summary', JSON.stringify(summary));
  response.end(bytes);
}

const ABORTED = 236;
/** The status that ClickHouse answers with, by the number of its error; 500 for all others. */
const STATUS: Readonly<Record<number, number>> = { 60: 404, 62: 400, 81: 404, 164: 403, 202: 503, 497: 403 };

function sendError(response: ServerResponse, error: unknown, onAborted: () => void): void {
  const { number, message } =
    error instanceof EngineError ? error : new EngineError(1002, 'UNKNOWN_EXCEPTION', String(error));
  response.setHeader('x-clickhouse-exception-code', number);
  response.writeHead(STATUS[number] ?? 500).end(`${message}\n`, () => number === ABORTED && onAborted());
}

import { once } from 'node:events';
import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { EpochlogError, messageOf, systemCodeOf } from '../../kernel/errors.ts';
import type { Config } from '../config/schema.ts';
import { LIVENESS } from './access/roles.ts';
import type { AppOptions } from './app.ts';
import { answerParserError, answerWithProblem } from './problems.ts';
import { hostGuard, PROTECTIVE_HEADERS, type Protection } from './protection.ts';

/** for requests in progress when the server closes */
const CLOSE_TIMEOUT_MS = 5_000;
/** Clients that keep asking are told to close their connections: for so long at most, and until none has asked for a while. */
const DRAIN_TIMEOUT_MS = 1_000;
const QUIET_MS = 50;
/** longer than the idle timeout of proxies: else a connection may close while a proxy sends a request */
const KEEP_ALIVE_MS = 72_000;
/** A client may send slowly, but not for ever: how long a request may take to arrive, and how often that is looked at. */
const ARRIVAL: Arrival = {
  headersTimeout: 30_000,
  requestTimeout: 120_000,
  connectionsCheckingInterval: 5_000,
};

type Arrival = Required<
  Pick<ServerOptions, 'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval'>
>;

export interface HttpServer {
  /** where it listens, such as http://127.0.0.1:8800 */
  url: string;
  /** Answers with the API from now on. */
  serve(options: AppOptions): Promise<void>;
  /** The same, but the API is made for the first request: that takes as long as all else of a start. */
  serveOnDemand(options: AppOptions): void;
  /** Accepts no more requests, waits for those in progress, and closes their connections at the timeout. */
  close(): Promise<void>;
}

/**
 * Listens. Until there is an API, it says at /health/live that the process lives, and answers all else with the error
 * that `missing` tells. A request that does not arrive in time is answered with 408. PORT_IN_USE when the port is taken, CONFIG_INVALID when the address is not this machine's.
 */
export async function openServer(
  config: Pick<Config, 'host' | 'port'> & Protection,
  missing: () => EpochlogError,
  arrival = ARRIVAL,
): Promise<HttpServer> {
  const { host, port } = config;
  let app: FastifyInstance | undefined;
  let handle = beforehand(config, missing);
  // a request without Host is answered like others; Node's own answer is no problem document
  const server = createServer({ requireHostHeader: false, ...arrival }, (request, response) =>
    handle(request, response),
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const { inProgress, drained } = drain(server);
  server.on('clientError', (error, socket) => {
    const own = inProgress.values().find((response) => response.socket === socket);
    const isLate = systemCodeOf(error) === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (own && (own.headersSent || !isLate)) socket.destroy();
    else answerParserError(error, socket);
  });
  await listen(server, host, port);
  const close = async () => {
    await drained();
    const closed = Promise.all([app?.close(), new Promise((resolve) => server.close(resolve))]);
    await requestsDone(inProgress, CLOSE_TIMEOUT_MS);
    server.closeAllConnections();
    await closed;
  };
  async function serve(options: AppOptions): Promise<void> {
    const { createApp } = await import('./app.ts');
    app = await createApp(options, server);
    await app.ready();
    handle = app.routing;
  }
  let closing: Promise<void> | undefined;
  return {
    url: urlOf(server),
    serve,
    serveOnDemand(options) {
      let served: Promise<void> | undefined;
      handle = (request, response) => {
        served ??= serve(options);
        served.then(
          () => handle(request, response),
          (error: unknown) => {
            options.logger.error({ err: error }, 'the API does not start');
            response.destroy();
          },
        );
      };
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function beforehand(protection: Protection, missing: () => EpochlogError): RequestListener {
  const checkHost = hostGuard(protection);
  return ({ url = '', headers }, response) => {
    try {
      checkHost(headers.host);
      if (url !== LIVENESS) throw missing();
      response
        .writeHead(200, { ...PROTECTIVE_HEADERS, 'content-type': 'application/json' })
        .end('{"status":"ok"}');
    } catch (error) {
      if (!(error instanceof EpochlogError)) throw error;
      answerWithProblem(error, url, response);
    }
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    throw listenError(error, host, port);
  }
}

/** A wildcard address is reached by the loopback. */
function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  const name = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address] ?? address;
  return `http://${family === 'IPv6' ? `[${name}]` : name}:${port}`;
}

/**
 * Incomplete responses (Node counts connections as busy that never sent a request), and what begins the end of a server:
 * from then on every response closes its connection, so that no client sends a request into one that is being closed.
 */
function drain(server: Server): { inProgress: ReadonlySet<ServerResponse>; drained(): Promise<void> } {
  const inProgress = new Set<ServerResponse>();
  let isDraining = false;
  let lastRequestAt = Number.NEGATIVE_INFINITY;
  server.prependListener('request', (_request, response) => {
    lastRequestAt = performance.now();
    response.shouldKeepAlive &&= !isDraining;
    inProgress.add(response);
    response.once('close', () => inProgress.delete(response));
  });
  return {
    inProgress,
    async drained() {
      isDraining = true;
      for (const response of inProgress) response.shouldKeepAlive = false;
      const deadline = performance.now() + DRAIN_TIMEOUT_MS;
      while (performance.now() < Math.min(lastRequestAt + QUIET_MS, deadline)) await sleep(QUIET_MS / 5);
    },
  };
}

async function requestsDone(inProgress: ReadonlySet<ServerResponse>, timeoutMs: number): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  await Promise.allSettled([...inProgress].map((response) => once(response, 'close', { signal })));
}

function listenError(error: unknown, host: string, port: number): unknown {
  switch (systemCodeOf(error)) {
    case 'EADDRINUSE':
      return new EpochlogError(
        'PORT_IN_USE',
        `port ${port} of ${host} is in use: stop what listens there, or choose another (EPOCHLOG_PORT; 0 takes a free one)`,
      );
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'ENOTFOUND':
      return new EpochlogError(
        'CONFIG_INVALID',
        `cannot listen on port ${port} of ${host}: ${messageOf(error)} (EPOCHLOG_HOST, EPOCHLOG_PORT)`,
      );
    default:
      return error;
  }
}

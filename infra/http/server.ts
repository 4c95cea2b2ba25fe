import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { EpochlogError, messageOf, systemCodeOf } from '../../kernel/errors.ts';
import type { Config } from '../config/schema.ts';
import { type AppOptions, createApp } from './app.ts';

/** How long requests under way may take to end when the server closes. */
const CLOSE_PATIENCE_MS = 5_000;

export interface HttpServer {
  /** where it listens, such as http://127.0.0.1:8800 */
  url: string;
  /** Takes no more requests, lets those under way end, and cuts off what does not. */
  close(): Promise<void>;
}

/** Starts the HTTP API. PORT_IN_USE when the port is taken, CONFIG_INVALID when the address is not this machine's. */
export async function createServer(
  options: AppOptions & { config: Pick<Config, 'host' | 'port' | 'token'> },
): Promise<HttpServer> {
  const { host, port } = options.config;
  const app = await createApp(options);
  const underWay = answersUnderWay(app.server);
  const url = await app.listen({ host, port }).catch(async (error: unknown) => {
    await app.close();
    throw listenError(error, host, port);
  });
  return {
    url,
    async close() {
      const closed = app.close();
      await requestsEnd(underWay, CLOSE_PATIENCE_MS);
      app.server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers that are not complete. Node's own count takes connections for busy that never sent a request. */
function answersUnderWay(server: Server): ReadonlySet<ServerResponse> {
  const underWay = new Set<ServerResponse>();
  server.on('request', (_request, response) => {
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
  });
  return underWay;
}

async function requestsEnd(underWay: ReadonlySet<ServerResponse>, patienceMs: number): Promise<void> {
  const signal = AbortSignal.timeout(patienceMs);
  await Promise.allSettled([...underWay].map((response) => once(response, 'close', { signal })));
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

import { EpochlogError, messageOf, systemCodeOf } from '../../kernel/errors.ts';
import type { Config } from '../config/config.ts';
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
  const url = await app.listen({ host, port }).catch(async (error: unknown) => {
    await app.close();
    throw listenError(error, host, port);
  });
  return {
    url,
    async close() {
      const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_PATIENCE_MS);
      await app.close();
      clearTimeout(timer);
    },
  };
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

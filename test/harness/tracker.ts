import type { AddressInfo } from 'node:net';
import { createApp } from '../../infra/http/app.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import { service as projector } from '../../services/projector/service.ts';
import { createTracker } from '../../services/tracker/service.ts';
import { type ServicesOptions, startServices } from './services.ts';
import { sharedProjections } from './shared-projections.ts';

/** MLflow's API with its log and warehouse; with a `token`, only for requests that carry it. `await using` stops it. */
export async function startTracker({ token, ...options }: ServicesOptions & { token?: string } = {}) {
  await using stack = new AsyncDisposableStack();
  const warehouse = stack.use(await sharedProjections());
  const environment = { EPOCHLOG_PROJECTOR_PAUSE_MS: '0', ...options.environment };
  const tracker = createTracker();
  const services = stack.use(
    await startServices([projector, tracker], { ...options, warehouse, environment }),
  );
  const app = await createApp({
    config: token === undefined ? {} : { token },
    services: [tracker],
    host: services.host,
    telemetry: createPrometheus(),
    logger: NO_LOGGER,
    ready: () => warehouse.ping(),
  });
  stack.defer(() => app.close());

  /** The answer of an endpoint of MLflow, which must have this status. */
  async function ask(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    payload: object = {},
    status = 200,
  ) {
    const url = `/api/2.0/mlflow/${path}`;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const query = new URLSearchParams(payload as Record<string, string>);
    const answer = await app.inject(
      method === 'GET'
        ? { method, url, headers, query: Object.fromEntries(query) }
        : { method, url, headers, payload },
    );
    if (answer.statusCode !== status)
      throw new Error(`${method} ${path}: ${answer.statusCode} ${answer.body}`);
    return answer.json();
  }

  /** Listens, and returns the URL. */
  async function listen(): Promise<string> {
    await app.listen({ host: '127.0.0.1', port: 0 });
    return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  }

  const started = stack.move();
  return { app, services, warehouse, ask, listen, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

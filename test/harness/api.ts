import { expect } from 'vitest';
import { createApp } from '../../infra/http/app.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { service as api } from '../../services/api/service.ts';
import { service as projector } from '../../services/projector/service.ts';
import { startServices } from './services.ts';
import { sharedProjections } from './shared-projections.ts';

export const TOKEN = 'a-secret-of-some-length';

/** An item of an answer. */
export interface Row {
  [name: string]: unknown;
}

export type ApiUnderTest = Awaited<ReturnType<typeof startApi>>;

/** The query API over some events, all of them projected. `await using` stops it. */
export async function startApi(events: readonly RecordedEvent[]) {
  await using stack = new AsyncDisposableStack();
  const warehouse = stack.use(await sharedProjections());
  const environment = { EPOCHLOG_PROJECTOR_PAUSE_MS: '0', EPOCHLOG_API_SQL_ROWS: '50' };
  const services = stack.use(await startServices([projector, api], { warehouse, environment }));
  await services.log.append(events.map(services.codec.encode));
  await services.host.settled();
  const app = await createApp({
    config: { token: TOKEN },
    services: [projector, api],
    host: services.host,
    telemetry: createPrometheus(),
    logger: NO_LOGGER,
    ready: () => warehouse.ping(),
  });
  stack.defer(() => app.close());

  const headers = { authorization: `Bearer ${TOKEN}` };

  /** The answer to a GET with the token, which must have this status. */
  async function get(url: string, status = 200) {
    const answer = await app.inject({ url, headers });
    expect([answer.statusCode, answer.body]).toEqual([status, answer.body]);
    return answer.json();
  }

  /** The answer to a POST with the token, which must have this status. */
  async function post(url: string, payload: object, status: number) {
    const answer = await app.inject({ method: 'POST', url, payload, headers });
    expect([answer.statusCode, answer.body]).toEqual([status, answer.body]);
    return answer.json();
  }

  /** Walks a list page by page and returns how many items it has; each must come once. */
  async function walk(url: string, key: string, limit = 1): Promise<number> {
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const { items, next } = await get(
        `${url}${url.includes('?') ? '&' : '?'}limit=${limit}${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...items.map((item: Row) => item[key]));
      cursor = next;
    } while (cursor);
    expect(new Set(seen).size).toBe(seen.length);
    return seen.length;
  }

  const started = stack.move();
  return { app, services, warehouse, get, post, walk, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { openClickHouse } from '../../infra/warehouse/open.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { service as projector } from '../../services/projector/service.ts';
import { type ClickHouseServer, startClickHouseServer } from '../harness/clickhouse-server.ts';
import { eventually } from '../harness/eventually.ts';
import { mixedEvent, rowsAfter } from '../harness/mixed-events.ts';
import { rowsOf } from '../harness/projections.ts';
import { startServices } from '../harness/services.ts';
import { openLink, type TcpLink } from '../harness/tcp-link.ts';

const RETRIES = 4;

let server: ClickHouseServer;
beforeAll(async () => {
  server = await startClickHouseServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const signal = (name: NodeJS.Signals) => process.kill(server.pid!, name);

test.each<[string, string, (link: TcpLink) => void, (link: TcpLink) => void]>([
  ['gives no answers', 'reset', (link) => link.fail('reset'), (link) => link.heal()],
  ['is not reached', 'unresponsive', (link) => link.fail('unresponsive'), (link) => link.heal()],
  ['stands still', 'stopped', () => signal('SIGSTOP'), () => signal('SIGCONT')],
])('while ClickHouse %s reading pauses; then every event is there once', async (_what, name, begin, end) => {
  await using link = await openLink(server.url);
  const { url, username, password } = server;
  const direct = await openClickHouse({ url, username, password }, `epochlog_${name}`);
  await migrate(direct, PROJECTIONS);
  const endpoint = { url: link.url, username, password, timeoutMs: 2_000 };
  const warehouse = await openClickHouse(endpoint, `epochlog_${name}`);
  const telemetry = createPrometheus();
  await using services = await startServices([projector], {
    warehouse,
    telemetry,
    environment: { EPOCHLOG_PROJECTOR_PAUSE_MS: '0' },
  });
  const { log, codec, host } = services;
  let count = 0;
  const append = (events: number) =>
    log.append(Array.from({ length: events }, () => codec.encode(mixedEvent(count++))));
  const retries = async () => {
    const line = /^epochlog_retries_total\{service="projector",code="WAREHOUSE_UNAVAILABLE"\} (\d+)$/m;
    return Number(line.exec((await telemetry.scrape()).text)?.[1] ?? 0);
  };
  await append(15);
  await host.settled();

  begin(link);
  await append(10);
  await eventually(async () => ((await retries()) >= RETRIES / 2 ? true : undefined));
  await append(200);
  await eventually(async () => ((await retries()) >= RETRIES ? true : undefined));
  expect((await host.lag()).get('projector')).toBe(210); // nothing was committed
  end(link);
  await append(5);
  await host.settled();

  expect(host.status()).toMatchObject([{ state: 'running', crashes: 0 }]);
  expect(await rowsOf(direct)).toEqual(rowsAfter(count));
  for (const opened of [warehouse, direct]) await opened.close();
});

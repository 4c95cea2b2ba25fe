import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startClickHouseServer } from '../harness/clickhouse-server.ts';
import { type Cluster, startCluster } from '../harness/cluster/cluster.ts';
import { type S3Server, startS3 } from '../harness/cluster/s3.ts';
import { text } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { beginService } from '../harness/service-process.ts';
import { openLink, type TcpLink } from '../harness/tcp-link.ts';

/** A service starts while backends are unreachable or not prepared. */

const stack = new AsyncDisposableStack();
let home: string;
let cluster: Cluster;
let clickhouse: TcpLink;
let store: TcpLink;
let environment: Record<string, string>;

beforeAll(async () => {
  home = stack.use(await temporaryFolder('start')).path;
  const [started, warehouse, s3] = await Promise.all([
    startCluster({ registry: true }),
    startClickHouseServer(),
    startS3(),
  ]);
  cluster = stack.use(started);
  clickhouse = stack.use(await openLink(stack.use(warehouse).url));
  store = stack.use(await openLink(stack.use(s3).endpoint));
  environment = {
    EPOCHLOG_LOG: `kafka://${cluster.brokers.join(',')}`,
    EPOCHLOG_REGISTRY: cluster.registryUrl,
    ...warehouse.environment,
    EPOCHLOG_CLICKHOUSE: clickhouse.url,
    ...bucketOf(s3),
  };
});
afterAll(() => stack.disposeAsync());

const bucketOf = ({ bucket, accessKeyId, secretAccessKey }: S3Server) => ({
  EPOCHLOG_ARTIFACTS: `s3://${bucket}`,
  EPOCHLOG_S3_ENDPOINT: store.url,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_CONFIG_FILE: '/dev/null', // not the user's own
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
});

/** The backends of the projector, in the order in which it connects to them. */
const BACKENDS: [code: string, stop: () => Promise<unknown>, start: () => Promise<unknown>][] = [
  ['ARTIFACTS_UNAVAILABLE', async () => store.fail('reset'), async () => store.heal()],
  ['LOG_UNAVAILABLE', () => cluster.stopBroker(0), () => cluster.startBroker(0)],
  ['REGISTRY_UNAVAILABLE', () => cluster.stopRegistry(), () => cluster.startRegistry()],
  ['WAREHOUSE_UNAVAILABLE', async () => clickhouse.fail('reset'), async () => clickhouse.heal()],
];

describe('a permanent error ends a service at once', () => {
  const endsWith = async (code: string, variables: Record<string, string> = {}) => {
    await using service = beginService('projector', home, { ...environment, ...variables });
    const { code: status, stdout } = await service.ended;
    expect([status, JSON.parse(stdout)]).toEqual([2, { error: { code, message: expect.any(String) } }]);
    expect(service.waiting).toEqual([]);
  };

  test('missing topics', async () => {
    await endsWith('LOG_TOPIC_UNKNOWN');
    await text(home, ['topics', 'apply'], environment);
  });

  test('missing schemas', async () => {
    await endsWith('SCHEMA_UNKNOWN');
    await text(home, ['schemas', 'push'], environment);
  });

  test('missing tables', async () => {
    await endsWith('WAREHOUSE_MIGRATION');
    await text(home, ['projections', 'apply'], environment);
  });

  test('refused credentials', async () => {
    await endsWith('CONFIG_INVALID', { EPOCHLOG_CLICKHOUSE_PASSWORD: 'wrong' });
    await endsWith('CONFIG_INVALID', { AWS_SECRET_ACCESS_KEY: 'wrong' });
  });
});

test('a service waits for each unreachable backend, says which, and runs when all are reachable', async () => {
  for (const [, stop] of BACKENDS) await stop();
  await using service = beginService('projector', home, environment);
  for (const [code, , start] of BACKENDS) {
    const { url } = await service.waits(code);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { code }]);
    await using other = beginService('projector', home, environment);
    await other.waits(code);
    expect(await other.stop()).toBe(0);
    await start();
  }
  const { url } = await service.running();
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(service.waiting.map(({ code }) => code)).toEqual(BACKENDS.map(([code]) => code)); // each once
  expect(await service.stop()).toBe(0);
});

test('an unresponsive broker is waited for like an unreachable one', async () => {
  const [address] = cluster.brokers;
  await using link = await openLink(`tcp://${address}`);
  link.fail('unresponsive');
  const viaLink = { EPOCHLOG_LOG: `kafka://127.0.0.1:${link.port}` };
  await using service = beginService('projector', home, { ...environment, ...viaLink });
  await service.waits('LOG_UNAVAILABLE');
  link.heal();
  await service.running();
  expect(await service.stop()).toBe(0);
});

test.each([
  ['the broker', 'EPOCHLOG_LOG'],
  ['the registry', 'EPOCHLOG_REGISTRY'],
  ['ClickHouse', 'EPOCHLOG_CLICKHOUSE'],
  ['the store', 'EPOCHLOG_S3_ENDPOINT'],
])('a service that waits for a response of %s stops on SIGTERM', async (_server, variable) => {
  const url = environment[variable]!;
  const [address] = /127\.0\.0\.1:\d+/.exec(url)!;
  await using link = await openLink(`tcp://${address}`);
  link.fail('unresponsive');
  const viaLink = { [variable]: url.replace(address, `127.0.0.1:${link.port}`) };
  await using service = beginService('projector', home, { ...environment, ...viaLink });
  await eventually(async () => link.connections > 0 || undefined);
  expect(await service.stop()).toBe(0);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startClickHouseServer } from '../harness/clickhouse-server.ts';
import { type Cluster, startCluster } from '../harness/cluster/cluster.ts';
import { type S3Server, startS3 } from '../harness/cluster/s3.ts';
import { text } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { beginService } from '../harness/service-process.ts';
import { eventually } from '../harness/services.ts';
import { openLink, type TcpLink } from '../harness/tcp-link.ts';

/** The start of a service in a cluster of which something is missing. */

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
  AWS_CONFIG_FILE: '/dev/null', // nothing of the person's own
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
});

/** Everything that the projector uses, in the order in which it asks for it. */
const SERVERS: [code: string, end: () => Promise<unknown>, begin: () => Promise<unknown>][] = [
  ['ARTIFACTS_UNAVAILABLE', async () => store.fail('cut'), async () => store.mend()],
  ['LOG_UNAVAILABLE', () => cluster.stopBroker(0), () => cluster.startBroker(0)],
  ['REGISTRY_UNAVAILABLE', () => cluster.stopRegistry(), () => cluster.startRegistry()],
  ['WAREHOUSE_UNAVAILABLE', async () => clickhouse.fail('cut'), async () => clickhouse.mend()],
];

describe('what waiting does not mend ends a service at once', () => {
  const ends = async (code: string, variables: Record<string, string> = {}) => {
    await using service = beginService('projector', home, { ...environment, ...variables });
    const { code: status, stdout } = await service.ended;
    expect([status, JSON.parse(stdout)]).toEqual([2, { error: { code, message: expect.any(String) } }]);
    expect(service.waiting).toEqual([]);
  };

  test('topics that are not there', async () => {
    await ends('LOG_TOPIC_UNKNOWN');
    await text(home, ['topics', 'apply'], environment);
  });

  test('schemas that are not there', async () => {
    await ends('SCHEMA_UNKNOWN');
    await text(home, ['schemas', 'push'], environment);
  });

  test('tables that are not there', async () => {
    await ends('WAREHOUSE_MIGRATION');
    await text(home, ['projections', 'apply'], environment);
  });

  test('credentials that are refused', async () => {
    await ends('CONFIG_INVALID', { EPOCHLOG_CLICKHOUSE_PASSWORD: 'wrong' });
    await ends('CONFIG_INVALID', { AWS_SECRET_ACCESS_KEY: 'wrong' });
  });
});

test('a service waits for each server that is away, says which, and goes to work when all are there', async () => {
  for (const [, end] of SERVERS) await end();
  await using service = beginService('projector', home, environment);
  for (const [code, , begin] of SERVERS) {
    const { url } = await service.waits(code);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { code }]);
    await using other = beginService('projector', home, environment);
    await other.waits(code);
    expect(await other.stop()).toBe(0);
    await begin();
  }
  const { url } = await service.atWork();
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(service.waiting.map(({ code }) => code)).toEqual(SERVERS.map(([code]) => code)); // each once
  expect(await service.stop()).toBe(0);
});

test('a broker that is reached and is silent is one that is away', async () => {
  const [address] = cluster.brokers;
  await using link = await openLink(`tcp://${address}`);
  link.fail('silent');
  const behind = { EPOCHLOG_LOG: `kafka://127.0.0.1:${link.port}` };
  await using service = beginService('projector', home, { ...environment, ...behind });
  await service.waits('LOG_UNAVAILABLE');
  link.mend();
  await service.atWork();
  expect(await service.stop()).toBe(0);
});

test.each([
  ['the broker', 'EPOCHLOG_LOG'],
  ['the registry', 'EPOCHLOG_REGISTRY'],
  ['ClickHouse', 'EPOCHLOG_CLICKHOUSE'],
  ['the store', 'EPOCHLOG_S3_ENDPOINT'],
])('a service ends when it is told to as it waits for an answer of %s', async (_server, variable) => {
  const url = environment[variable]!;
  const [address] = /127\.0\.0\.1:\d+/.exec(url)!;
  await using link = await openLink(`tcp://${address}`);
  link.fail('silent');
  const silent = { [variable]: url.replace(address, `127.0.0.1:${link.port}`) };
  await using service = beginService('projector', home, { ...environment, ...silent });
  await eventually(async () => link.connections > 0 || undefined);
  expect(await service.stop()).toBe(0);
});

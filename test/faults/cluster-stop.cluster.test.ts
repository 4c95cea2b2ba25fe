import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Store } from '../../operations/session.ts';
import { startChild } from '../harness/child.ts';
import { startClickHouseServer } from '../harness/clickhouse-server.ts';
import type { Cluster } from '../harness/cluster/cluster.ts';
import { collection } from '../harness/collections.ts';
import { answer, text } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { appendFact, shortPaper } from '../harness/facts.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { preparedCluster } from '../harness/prepared.ts';
import { type ServiceProcess, startService } from '../harness/service-process.ts';
import { openLink, type TcpLink } from '../harness/tcp-link.ts';
import type { HangingOptions } from './hanging-child.ts';

/** Services with a backlog are stopped while a backend is down or unresponsive. */

const stack = new AsyncDisposableStack();
let home: string;
let cluster: Cluster;
let clickhouse: TcpLink;
let environment: Record<string, string>;
let store: Store;

beforeAll(async () => {
  home = stack.use(await temporaryFolder('stop')).path;
  const [prepared, server] = await Promise.all([preparedCluster(), startClickHouseServer()]);
  cluster = stack.use(prepared).cluster;
  clickhouse = stack.use(await openLink(stack.use(server).url));
  environment = {
    ...prepared.environment,
    ...server.environment,
    EPOCHLOG_CLICKHOUSE: clickhouse.url,
  };
  await text(home, ['projections', 'apply'], environment);
  store = await openStore(readConfig({ home }, environment), 'test');
  stack.defer(() => store.close());
});
afterAll(() => stack.disposeAsync());

let papers = 0;

/** Appends papers, as the collector does, until it is stopped. */
function appendPapers(): { stop(): Promise<void> } {
  let isStopped = false;
  const append = async () => {
    while (!isStopped) {
      await appendFact(store, shortPaper(`paper-${papers++}`)).catch((error: unknown) => {
        if (!(error instanceof EpochlogError) || !error.retriable) throw error;
      });
      await sleep(5); // a stream, not a flood
    }
  };
  const appending = append();
  return {
    stop() {
      isStopped = true;
      return appending;
    },
  };
}

const handled = async (service: ServiceProcess, events: number) =>
  eventually(async () => (await service.metric('epochlog_events_handled_total')) >= events || undefined);

const isUnready = ({ url }: ServiceProcess) =>
  eventually(async () => (await fetch(`${url}/health/ready`)).status === 503 || undefined);

type Step = () => unknown;
const nothing = () => {};

test.for<[how: string, begin: Step, notices: 'curator' | 'projector' | undefined, end: Step]>([
  ['all backends run', nothing, undefined, nothing],
  ['the registry is down', () => cluster.stopRegistry(), undefined, () => cluster.startRegistry()],
  ['ClickHouse is down', () => clickhouse.fail('reset'), 'projector', () => clickhouse.heal()],
  ['ClickHouse is unresponsive', () => clickhouse.fail('unresponsive'), undefined, () => clickhouse.heal()],
  [
    'the broker is unresponsive',
    () => cluster.signalBroker(0, 'SIGSTOP'),
    undefined,
    () => cluster.signalBroker(0, 'SIGCONT'),
  ],
  [
    'the broker stops at the same moment',
    () => cluster.stopBroker(0),
    undefined,
    () => cluster.startBroker(0),
  ],
  ['the broker is down', () => cluster.stopBroker(0), 'curator', () => cluster.startBroker(0)],
])('services with a backlog stop on SIGTERM: %s', async ([_how, begin, notices, end], { annotate }) => {
  const start = (name: string) => startService(name, home, environment);
  const [first, second] = await Promise.all([start('curator'), start('projector')]);
  await using curator = first;
  await using projector = second;
  const appending = appendPapers();
  await Promise.all([handled(curator, 20), handled(projector, 20)]);
  await using standby = await start('curator');
  await begin();
  if (notices) await isUnready(notices === 'curator' ? curator : projector);
  const stopping = performance.now();
  const stopped = [curator, projector, standby].map(async (service) => {
    const code = await service.stop();
    await annotate(`${service.name} ended after ms: ${Math.round(performance.now() - stopping)}`);
    return code;
  });
  expect(await Promise.all(stopped)).toEqual([0, 0, 0]);
  await end();
  await appending.stop();
});

test('a service that does not stop in time kills itself, and its reaction is repeated after the next start', async ({
  annotate,
}) => {
  const options: HangingOptions = { home, environment };
  const child = startChild<string>(new URL('./hanging-child.ts', import.meta.url), [JSON.stringify(options)]);
  await store.publisher.publish([collection('c')]);
  await child.reported(1);
  const stopping = performance.now();
  process.kill(child.pid, 'SIGTERM');
  expect(await child.ended).toBe(null);
  await annotate(`ended after ms: ${Math.round(performance.now() - stopping)}`);
});

test('nothing is lost or doubled', async () => {
  expect(await answer(home, ['verify'], environment)).toMatchObject({ verified: true, log: { faults: 0 } });
  const scan = store.events.scan([
    'RecordIngested',
    'SampleRejected',
    'CollectionRequested',
    'CollectionFailed',
  ]);
  const events = await Array.fromAsync(scan);
  const [causes, effects] = [
    events.filter(({ causationId }) => !causationId),
    events.filter(({ causationId }) => causationId),
  ];
  expect(effects.map(({ causationId }) => causationId).sort()).toEqual(causes.map(({ id }) => id).sort());
});

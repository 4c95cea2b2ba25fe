import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { collection } from '../../kernel/runtime/fixtures.ts';
import type { Store } from '../../operations/session.ts';
import { startChild } from '../harness/child.ts';
import { startClickHouseServer } from '../harness/clickhouse-server.ts';
import type { Cluster } from '../harness/cluster/cluster.ts';
import { answer, text } from '../harness/command.ts';
import { appendFact, shortPaper } from '../harness/facts.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { preparedCluster } from '../harness/prepared.ts';
import { type ServiceProcess, startService } from '../harness/service-process.ts';
import { eventually } from '../harness/services.ts';
import { openLink, type TcpLink } from '../harness/tcp-link.ts';
import type { HangingOptions } from './hanging-child.ts';

/** Services that are told to stop as a server is gone, or silent, with work before them. */

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

/** Papers come, as from the collector, until it is told to stop. */
function papersCome(): { stop(): Promise<void> } {
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
  ['all is well', nothing, undefined, nothing],
  ['the registry is gone', () => cluster.stopRegistry(), undefined, () => cluster.startRegistry()],
  ['ClickHouse is gone', () => clickhouse.fail('cut'), 'projector', () => clickhouse.mend()],
  ['ClickHouse is silent', () => clickhouse.fail('silent'), undefined, () => clickhouse.mend()],
  [
    'the broker is silent',
    () => cluster.signalBroker(0, 'SIGSTOP'),
    undefined,
    () => cluster.signalBroker(0, 'SIGCONT'),
  ],
  [
    'the broker goes at the same moment',
    () => cluster.stopBroker(0),
    undefined,
    () => cluster.startBroker(0),
  ],
  ['the broker is gone', () => cluster.stopBroker(0), 'curator', () => cluster.startBroker(0)],
])(
  'services with work before them end when they are told to: %s',
  async ([_how, begin, notices, end], { annotate }) => {
    const start = (name: string) => startService(name, home, environment);
    await using curator = await start('curator');
    await using projector = await start('projector');
    const coming = papersCome();
    await Promise.all([handled(curator, 20), handled(projector, 20)]);
    await using standby = await start('curator');
    await begin();
    if (notices) await isUnready(notices === 'curator' ? curator : projector);
    const told = performance.now();
    const stopped = [curator, projector, standby].map(async (service) => {
      const code = await service.stop();
      await annotate(`${service.name} ended after ms: ${Math.round(performance.now() - told)}`);
      return code;
    });
    expect(await Promise.all(stopped)).toEqual([0, 0, 0]);
    await end();
    await coming.stop();
  },
);

test('a service that does not come to an end is killed by itself, and what it was in is done at the next start', async ({
  annotate,
}) => {
  const options: HangingOptions = { home, environment };
  const child = startChild<string>(new URL('./hanging-child.ts', import.meta.url), [JSON.stringify(options)]);
  await store.publisher.publish([collection('c')]);
  await child.reported(1);
  const told = performance.now();
  process.kill(child.pid, 'SIGTERM');
  expect(await child.ended).toBe(null);
  await annotate(`ended after ms: ${Math.round(performance.now() - told)}`);
});

test('nothing is lost or doubled', async () => {
  expect(await answer(home, ['verify'], environment)).toMatchObject({ verified: true, log: { faults: 0 } });
  const scan = store.events.scan([
    'PaperIngested',
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

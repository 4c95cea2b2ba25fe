import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../cli/exit.ts';
import { loadServices } from '../../cli/services.ts';
import { type KafkaLog, openKafkaLog } from '../../infra/log/kafka/log.ts';
import { TOPIC_PREFIX } from '../../kernel/topics.ts';
import type { LoggedEvent } from '../../schemas/catalogue.ts';
import { canonicalEvents } from '../harness/canonical.ts';
import { answer, epochlog, finished, smallWindows, writeCorpus } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { startGateway } from '../harness/gateway.ts';
import { freePorts } from '../harness/ports.ts';
import { preparedServers } from '../harness/prepared.ts';
import { type ServiceProcess, startedTogether, startService } from '../harness/service-process.ts';

/** The whole cluster, each service in its own process, each killed once during a lifecycle. */

/** The last service is killed when so much of the lifecycle is in the log: the others spread over what comes before. */
const LAST_KILL = 0.7;
/** The bulk of the log, written within a second: how far a lifecycle is follows from the other events. */
const BULK: readonly string[] = ['collector', 'curator'];
const POLL_RECORDS = 500;

const stack = new AsyncDisposableStack();
let home: (name: string) => string;
let environment: Record<string, string>;
let embedded: LoggedEvent[];
let killed: string[];
let services: string[];
let runs: number;

beforeAll(async () => {
  const folder = stack.use(await temporaryFolder('killed-processes'));
  home = (name) => join(folder.path, name);
  await writeCorpus(home('papers.jsonl'), 600);
  const lifecycle = ['lifecycle', '--data', home('papers.jsonl'), '--cut', '2025-02-01'];
  await smallWindows(home('embedded'));
  await answer(home('embedded'), lifecycle);
  embedded = await canonicalEvents(home('embedded'));

  const servers = stack.use(await preparedServers());
  const cluster = servers.environment;
  await smallWindows(home('cluster'), cluster);
  const names = (await loadServices()).map(({ name }) => name);
  const ports = await freePorts(names.length);
  const start = (name: string) =>
    startService(name, home('cluster'), { ...cluster, EPOCHLOG_PORT: `${ports[names.indexOf(name)]}` });
  /** running, or being restarted */
  const processes = new Map<string, Promise<ServiceProcess>>();
  stack.defer(async () => {
    const started = await Promise.allSettled(processes.values());
    await Promise.all(started.map((process) => process.status === 'fulfilled' && process.value.stop()));
  });
  await startedTogether(names, (name) => {
    processes.set(name, start(name));
    return processes.get(name)!;
  });
  const urlOf = async (name: string) => (await processes.get(name)!).url;
  const predictors = [await urlOf('predictor')];
  const gateway = stack.use(await startGateway({ api: await urlOf('api'), predictors }));
  environment = { ...cluster, EPOCHLOG_API: gateway.url };

  services = names;
  killed = [];
  const kill = async (name: string) => {
    const { child } = await processes.get(name)!;
    child.kill('SIGKILL');
    await once(child, 'close');
    processes.set(name, start(name));
    killed.push(name);
  };
  const run = async () => {
    for (runs = 1; ; runs++) {
      const { code, stdout } = await finished(
        epochlog(home('cluster'), [...lifecycle, '--json'], environment),
      );
      if (code === 0) return;
      // The API was killed, or is starting: the command resumes when it is run again.
      if (code !== EXIT.interrupted.code && code !== EXIT.unavailable.code)
        throw new Error(`the lifecycle ended with ${code}: ${stdout}`);
    }
  };
  const log = await openKafkaLog({ brokers: servers.cluster.brokers });
  stack.defer(() => log.close());
  const failed = new AbortController();
  const running = run().catch((error: unknown) => {
    failed.abort();
    throw error;
  });
  await Promise.all([running, killInTurn(log, kill, failed.signal)]);
}, 500_000);
afterAll(() => stack.disposeAsync());

/**
 * Kills each service when a part of the events that it has to write is in the log; one that writes none, when that part of
 * all events is. So the kills follow the lifecycle, however fast the machine is.
 */
async function killInTurn(
  log: KafkaLog,
  kill: (name: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const isCounted = (source: string, name: string) =>
    written.has(name) ? source === name : !BULK.includes(source);
  const written = new Set(embedded.map(({ source }) => source));
  const waiting = new Map(
    services.map((name, at) => {
      const total = embedded.filter(({ source }) => isCounted(source, name)).length;
      return [name, Math.ceil((LAST_KILL * total * (at + 1)) / services.length)];
    }),
  );
  const topics = (await log.topics()).map(({ name }) => name).filter((name) => name.startsWith(TOPIC_PREFIX));
  const follower = log.follow((await log.endOffsets(topics)).map((end) => ({ ...end, offset: 0 })));
  try {
    while (waiting.size > 0 && !signal.aborted) {
      for (const { headers } of await follower.poll(POLL_RECORDS, signal))
        for (const [name, missing] of waiting)
          if (isCounted(headers.ce_source ?? '', name)) waiting.set(name, missing - 1);
      const due = [...waiting].filter(([, missing]) => missing <= 0).map(([name]) => name);
      for (const name of due) waiting.delete(name);
      await Promise.all(due.map(kill));
    }
  } finally {
    await follower.close();
  }
}

/** Events by type and subject. */
const countsOf = (events: readonly LoggedEvent[]): Record<string, number> => {
  const groups = Object.groupBy(events, ({ type, subject }) => `${type} of ${subject}`);
  return Object.fromEntries(Object.entries(groups).map(([name, group = []]) => [name, group.length]));
};

describe('a lifecycle during which every service is killed (kill -9)', () => {
  test('equals the embedded one, event for event', async ({ annotate }) => {
    await annotate(`the command was run ${runs} times; killed: ${killed}`);
    expect(killed.toSorted()).toEqual(services.toSorted());
    expect(embedded.length).toBeGreaterThan(1_000);
    const events = await canonicalEvents(home('cluster'), environment);
    expect(countsOf(events)).toEqual(countsOf(embedded)); // says which, where some are missing or repeated
    expect(events).toEqual(embedded);
  });

  test('leaves projections with each event once, which equal their rebuild from the log', async () => {
    const report = await answer(home('cluster'), ['verify'], environment);
    expect(report).toMatchObject({ verified: true, log: { faults: 0 } });
  });
});

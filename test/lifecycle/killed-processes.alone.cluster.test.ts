import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../cli/exit.ts';
import { loadServices } from '../../cli/services.ts';
import { seededRandom } from '../../ml/random.ts';
import { canonicalEvents } from '../harness/canonical.ts';
import { answer, epochlog, finished, smallWindows, writeCorpus } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { startGateway } from '../harness/gateway.ts';
import { freePorts } from '../harness/ports.ts';
import { preparedServers } from '../harness/prepared.ts';
import { type ServiceProcess, startedTogether, startService } from '../harness/service-process.ts';

/** The whole cluster, each service in its own process, each killed once during a lifecycle. */

/** between two kills; a killed service is restarted meanwhile */
const MAX_PAUSE_MS = 2_500;

const stack = new AsyncDisposableStack();
let home: (name: string) => string;
let environment: Record<string, string>;
let killed: Set<string>;
let services: string[];
let runs: number;

beforeAll(async () => {
  const folder = stack.use(await temporaryFolder('killed-processes'));
  home = (name) => join(folder.path, name);
  await writeCorpus(home('papers.jsonl'), 600);
  const lifecycle = ['lifecycle', '--data', home('papers.jsonl'), '--cut', '2025-02-01'];
  await smallWindows(home('embedded'));
  await answer(home('embedded'), lifecycle);

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
  killed = new Set();
  const ended = new AbortController();
  const killing = killInTurn(processes, start, ended.signal);
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
  await Promise.all([run().finally(() => ended.abort()), killing]);
}, 500_000);
afterAll(() => stack.disposeAsync());

async function killInTurn(
  processes: Map<string, Promise<ServiceProcess>>,
  start: (name: string) => Promise<ServiceProcess>,
  signal: AbortSignal,
): Promise<void> {
  const random = seededRandom(7);
  for (const [name, process] of processes) {
    const { child } = await process;
    await sleep(random() * MAX_PAUSE_MS);
    if (signal.aborted) return;
    child.kill('SIGKILL');
    await once(child, 'close');
    processes.set(name, start(name));
    killed.add(name);
  }
}

describe('a lifecycle during which every service is killed (kill -9)', () => {
  test('equals the embedded one, event for event', async ({ annotate }) => {
    await annotate(`the command was run ${runs} times`);
    expect(killed).toEqual(new Set(services));
    const embedded = await canonicalEvents(home('embedded'));
    expect(embedded.length).toBeGreaterThan(1_000);
    expect(await canonicalEvents(home('cluster'), environment)).toEqual(embedded);
  });

  test('leaves projections with each event once, which equal their rebuild from the log', async () => {
    const report = await answer(home('cluster'), ['verify'], environment);
    expect(report).toMatchObject({ verified: true, log: { faults: 0 } });
  });
});

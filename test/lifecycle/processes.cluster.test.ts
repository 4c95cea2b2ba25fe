import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../cli/exit.ts';
import { loadServices } from '../../cli/services.ts';
import { canonicalEvents } from '../harness/canonical.ts';
import { answer, epochlog, finished, smallWindows, writeCorpus } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { startGateway } from '../harness/gateway.ts';
import { preparedServers } from '../harness/prepared.ts';
import { type ServiceProcess, startService } from '../harness/service-process.ts';

/** The whole cluster, each service in its own process; some services in two, which split the shards. */

const IN_PAIRS = new Set(['trainer', 'predictor', 'projector']);

const stack = new AsyncDisposableStack();
const processes: ServiceProcess[] = [];
const named = (name: string) => processes.filter((process) => process.name === name);
let home: (name: string) => string;
let environment: Record<string, string>;

beforeAll(async () => {
  const folder = stack.use(await temporaryFolder('processes'));
  home = (name) => join(folder.path, name);
  const servers = stack.use(await preparedServers());
  const cluster = servers.environment;
  const names = (await loadServices()).flatMap(({ name }) => (IN_PAIRS.has(name) ? [name, name] : [name]));
  for (const name of names) {
    processes.push(stack.use(await startService(name, home('cluster'), cluster)));
  }
  const [api] = named('api');
  const predictors = named('predictor').map(({ url }) => url);
  const gateway = stack.use(await startGateway({ api: api!.url, predictors }));
  environment = { ...cluster, EPOCHLOG_API: gateway.url };

  await writeCorpus(home('papers.jsonl'), 1_000);
  const lifecycle = ['lifecycle', '--data', home('papers.jsonl'), '--cut', '2025-01-01'];
  await smallWindows(home('embedded'));
  await answer(home('embedded'), lifecycle);
  await smallWindows(home('cluster'), environment);
  await answer(home('cluster'), lifecycle, environment);
});
afterAll(() => stack.disposeAsync());

describe('a lifecycle run by separate processes', () => {
  test('equals the embedded one, event for event', async () => {
    const embedded = await canonicalEvents(home('embedded'));
    expect(await canonicalEvents(home('cluster'), environment)).toEqual(embedded);
  });

  test('leaves projections that equal their rebuild from the log', async () => {
    const report = await answer(home('cluster'), ['verify'], environment);
    expect(report).toMatchObject({ verified: true, log: { faults: 0 } });
  });

  test.each([...IN_PAIRS])('is split between both processes of the %s', async (name) => {
    const worked = named(name).map((process) =>
      name === 'predictor'
        ? process.metric('epochlog_predictions_total')
        : process.metric('epochlog_events_handled_total', `service="${name}"`),
    );
    for (const events of await Promise.all(worked)) expect(events).toBeGreaterThan(0);
  });

  test('has the shards of a stopped process taken over by the other', async () => {
    const [first, second] = named('trainer');
    expect(await first!.stop()).toBe(0);
    const before = await second!.metric('epochlog_events_handled_total', 'service="trainer"');
    for (const seed of ['7', '8']) {
      const { code } = await finished(epochlog(home('cluster'), ['train', '--seed', seed], environment));
      expect([EXIT.ok.code, EXIT.refused.code]).toContain(code); // better or not, it was trained
    }
    expect(await second!.metric('epochlog_events_handled_total', 'service="trainer"')).toBe(before + 2);
  });
});

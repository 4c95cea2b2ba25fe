import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../cli/exit.ts';
import { loadServices } from '../../cli/services.ts';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { readModel } from '../../operations/production.ts';
import { type EventType, newEvent } from '../../schemas/catalogue.ts';
import { PRODUCTION, targetOf } from '../../schemas/deployments/running.ts';
import { canonicalEvents } from '../harness/canonical.ts';
import { answer, epochlog, finished, smallWindows, writeCorpus } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { startGateway } from '../harness/gateway.ts';
import { policyChanged } from '../harness/policies.ts';
import { preparedServers } from '../harness/prepared.ts';
import { type ServiceProcess, startedTogether, startService } from '../harness/service-process.ts';

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
  const start = async (name: string) => stack.use(await startService(name, home('cluster'), cluster));
  processes.push(...(await startedTogether(names, start)));
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
afterAll(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await stack.disposeAsync();
});

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
    // each is asked for, and cleared up after its end
    await expect
      .poll(() => second!.metric('epochlog_events_handled_total', 'service="trainer"'), { timeout: 120_000 })
      .toBe(before + 4);
  });
});

describe('a canary by separate processes', () => {
  const MODEL = 'arxiv-classifier';
  const POLICY = `
rollout:
  strategy: canary
  stages: [20, 50]
  dwell: 1s
  minimumSamples: 20
  reviewEvery: 1s
  latencyRatio: 1000000
  maximumP95Ms: 1000000
guard: { p95Ms: null }
`;

  test('ends as it would have while each service that takes part is killed and started again, and no request fails', async () => {
    const store = await openStore(readConfig({ home: home('cluster') }, environment), 'test');
    stack.defer(() => store.close());
    const found = <T extends EventType>(type: T) => Array.fromAsync(store.events.scan([type]));
    const { versions, production } = await readModel(store.events, MODEL);
    const version = [...versions.keys()].findLast((name) => name !== production?.data.version)!;
    await store.publisher.publish([policyChanged(MODEL, POLICY)]);
    await store.publisher.publish([
      newEvent('DeploymentRequested', {
        target: targetOf(MODEL, PRODUCTION),
        deploymentId: 'killed',
        model: MODEL,
        environment: PRODUCTION,
        version,
        strategy: 'canary',
        reason: 'a test',
        requestedBy: 'ada',
      }),
    ]);

    let asked = 0;
    const ask = async () => {
      const predictors = named('predictor');
      const { url } = predictors[asked++ % predictors.length]!;
      const answer = await fetch(`${url}/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: MODEL,
          instance: { title: `the wing ${asked}`, abstract: 'of a bird' },
        }),
      });
      expect(answer.status, await answer.text()).toBe(200);
    };
    const askUntil = async (isSo: () => Promise<boolean>) => {
      while (!(await isSo())) for (let i = 0; i < 20; i++) await ask();
    };
    const restart = async (name: string) => {
      const at = processes.findIndex((process) => process.name === name);
      const [killed] = processes.splice(at, 1);
      killed!.child.kill('SIGKILL');
      await once(killed!.child, 'exit');
      processes.push(stack.use(await startService(name, home('cluster'), environment)));
    };

    await askUntil(async () => (await found('TrafficShifted')).length >= 1);
    await restart('predictor');
    await restart('deployer');
    await askUntil(async () => (await found('TrafficShifted')).length >= 2);
    await restart('measurer');
    await restart('projector');
    await restart('registrar');
    await askUntil(async () => (await found('VersionPromoted')).at(-1)?.data.version === version);
    expect(await found('TrafficShifted')).toMatchObject([20, 50, 100].map((share) => ({ data: { share } })));
    expect(await found('DeploymentRolledBack')).toEqual([]);
    const answeredBy = (await found('PredictionServed')).filter(({ data }) => data.deploymentId === 'killed');
    expect(new Set(answeredBy.map(({ data }) => data.variant))).toEqual(new Set(['candidate', 'production']));
  });

  test('has measurements that can be computed again', async () => {
    const report = await answer(home('cluster'), ['verify'], environment);
    expect(report).toMatchObject({ verified: true, log: { faults: 0 } });
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../infra/warehouse/testing/temporary.ts';
import { checkMeasurements } from '../../operations/verify/measurements.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { FAILED_DIRECT } from '../../schemas/predictions/direct.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { appendFact, factOf } from '../../test/harness/facts.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { emptyProjections } from '../../test/harness/projections.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { service as measurer } from '../measurer/service.ts';
import { service as projector } from '../projector/service.ts';
import { evaluated, outcome, promoted, sealed, served, times } from './fixtures.ts';
import { service as monitor } from './service.ts';

const POLICY = policyChanged(
  'topics',
  `
drift: { psi: 100 }
monitors:
  errorRate: { limit: 0.2, window: 2s, every: 1s, minimumSamples: 20, clearAfter: 1 }
  latency: { limit: 100, window: 2s, every: 1s, minimumSamples: 20, clearAfter: 1 }
  lowConfidence: { limit: 0.3, window: 2s, every: 1s, minimumSamples: 20, clearAfter: 1, confidence: 0.75 }
`,
);

const FAIR = policyChanged(
  'topics',
  `
drift: { psi: 100 }
quality: { margin: 1 }
monitors:
  rateParity: { limit: 0.2, group: team, minimumSamples: 200, window: 1h, clearAfter: 1 }
  accuracyParity: { limit: 0.2, group: team, minimumSamples: 200, window: 1h, clearAfter: 1 }
`,
);

const failed = (index: number) =>
  newEvent('PredictionFailed', {
    requestId: `f${index}`,
    instanceId: null,
    model: 'topics',
    version: 'v1.0.0',
    ...FAILED_DIRECT,
    route: 'predict',
    code: 'INFERENCE_FAILED',
    reason: 'broken',
  });

let under: WarehouseUnderTest;
beforeAll(async () => {
  under = await temporaryWarehouse();
});
afterAll(() => under[Symbol.asyncDispose]());

test('alerts of traffic are raised once and resolved, across restarts; `verify` measures the same', async () => {
  await using folder = await temporaryFolder('monitors');
  await using store = await startServices([], { home: folder.path });
  await store.publish(POLICY);
  for (const fact of [sealed, evaluated, promoted('v1.0.0')]) await appendFact(store, fact);
  await using warehouse = await emptyProjections(under.warehouse)();
  const start = () => startServices([monitor, measurer, projector], { home: folder.path, warehouse });
  const changes = async ({ all }: ServicesUnderTest) =>
    (await all('AlertRaised', 'AlertResolved')).map(({ type, data }) => `${type} ${data.alertId}`);
  let index = 0;
  /** Predictions in a restarted system, until there are so many changes of alerts. */
  const until = async (count: number, bad: boolean) => {
    await using services = await start();
    await eventually(async () => {
      const answered = times(
        20,
        (i) => served(i, { latencyMs: bad ? 500 : 5, confidence: bad ? 0.6 : 0.9 }),
        index,
      );
      const facts = [...answered, ...(bad ? times(20, failed, index) : [])];
      await services.log.append(facts.map((fact) => services.codec.encode(factOf(fact))));
      index += 20;
      const seen = await changes(services);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return seen.length >= count ? seen : undefined;
    });
  };
  await until(3, true);
  await until(6, false);
  const seen = await changes(store);
  expect(seen.slice(0, 3).toSorted()).toEqual([
    'AlertRaised topics/errorRate/1',
    'AlertRaised topics/latency/1',
    'AlertRaised topics/lowConfidence/1',
  ]);
  expect(seen.slice(3).toSorted()).toEqual([
    'AlertResolved topics/errorRate/1',
    'AlertResolved topics/latency/1',
    'AlertResolved topics/lowConfidence/1',
  ]);
  const query = await namedQueries(warehouse, PROJECTIONS);
  const report = await checkMeasurements(
    { events: store.events, query },
    await store.log.endOffsets(['epochlog.measurements']),
  );
  expect(report).toMatchObject({ changed: 0, faults: 0, findings: [] });
  expect(report.measured).toBeGreaterThanOrEqual(6);
});

test('groups of instances are compared by their rates, and by their accuracy once outcomes have come', async () => {
  await using folder = await temporaryFolder('parity');
  await using store = await startServices([], { home: folder.path });
  await store.publish(FAIR);
  for (const fact of [sealed, evaluated, promoted('v1.0.0')]) await appendFact(store, fact);
  await using warehouse = await emptyProjections(under.warehouse)();
  await using services = await startServices([monitor, measurer, projector], {
    home: folder.path,
    warehouse,
  });
  const of = (i: number) => ({
    team: i % 2 === 0 ? 'red' : 'blue',
    isA: i % 2 === 0 ? i % 10 === 0 : i % 10 < 8,
  });
  const raised = (count: number) =>
    eventually(async () => {
      const alerts = await services.all('AlertRaised');
      return alerts.length >= count ? alerts.map(({ data }) => data) : undefined;
    });
  const facts = times(200, (i) => {
    const { team, isA } = of(i);
    const { features } = served(i).data;
    return served(i, { label: isA ? 'a' : 'b', features: { ...features, team } });
  });
  await services.log.append(facts.map((fact) => services.codec.encode(factOf(fact))));
  const [rates] = await raised(1);
  expect(rates).toMatchObject({ cause: 'rateParity', value: expect.closeTo(0.6), samples: 200 });
  expect(rates!.reason).toMatch(/of 100 of (red|blue), .* of 100 of (red|blue): a difference of 60/);
  await services.publish(...times(200, (i) => outcome(i, of(i).isA || i % 2 === 0 ? 'a' : 'b')));
  const [, accuracy] = await raised(2);
  expect(accuracy).toMatchObject({ cause: 'accuracyParity', samples: 200 });
  expect(accuracy!.value).toBeCloseTo(0.8);
});

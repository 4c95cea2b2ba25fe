import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../infra/http/app.ts';
import { startInference } from '../../infra/inference/inference.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../infra/warehouse/testing/temporary.ts';
import { putBundle } from '../../kernel/bundle.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { checkMeasurements } from '../../operations/verify/measurements.ts';
import { type LoggedEvent, newEvent } from '../../schemas/catalogue.ts';
import { targetOf } from '../../schemas/deployments/running.ts';
import { service as deployer } from '../../services/deployer/service.ts';
import { service as measurer } from '../../services/measurer/service.ts';
import { createPredictor } from '../../services/predictor/service.ts';
import { service as projector } from '../../services/projector/service.ts';
import { service as registrar } from '../../services/registrar/service.ts';
import { badPackages } from '../harness/bad-packages.ts';
import { eventually } from '../harness/eventually.ts';
import { appendFact } from '../harness/facts.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { policyChanged } from '../harness/policies.ts';
import { startPredictor } from '../harness/predictor.ts';
import { emptyProjections } from '../harness/projections.ts';
import { type ServicesUnderTest, startServices } from '../harness/services.ts';
import { TOY_LABELS, toyDataset } from '../harness/toy-dataset.ts';
import { toyPackage } from '../harness/toy-package.ts';

const MODEL = 'toy';
const MAX_TERMS = 80;
const CANARY = `
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

const logger = pino({ level: 'silent' });
const good = await toyPackage(1);
const better = await toyPackage(2);
const { validation: papers } = toyDataset(99);

let under: WarehouseUnderTest;
let stack: AsyncDisposableStack;
beforeAll(async () => {
  under = await temporaryWarehouse();
});
afterAll(() => under[Symbol.asyncDispose]());
beforeEach(() => {
  stack = new AsyncDisposableStack();
  return () => stack.disposeAsync();
});

const measured = { modelHash: 'h', metrics: { accuracy: 0.8 }, primaryMetric: 'accuracy' };
const originOf = (digest: string) => ({
  package: digest,
  runId: `run-${digest}`,
  datasetId: 'd',
  evaluationId: `evaluation-${digest}`,
  policyVersion: 0,
});
const registered = (version: string, digest: string) =>
  newEvent('VersionRegistered', { model: MODEL, version, ...originOf(digest), ...measured });

/** A log with v1.0.0 in production, and with v1.1.0 and a version registered whose package cannot be read. */
async function logOfVersions(home: string, policy: string): Promise<void> {
  await using services = await startServices([], { home });
  const store = (files: ReadonlyMap<string, Uint8Array>) => putBundle(services.artifacts, files);
  const [first, second] = [await store(good), await store(better)];
  const torn = await services.artifacts.put(Buffer.from('nothing that lists files'));
  const promotion = { model: MODEL, version: 'v1.0.0', previous: null, ...originOf(first) };
  const facts = [
    registered('v1.0.0', first),
    newEvent('VersionPromoted', { ...promotion, reason: 'first', requestedBy: 'test' }),
    registered('v1.1.0', second),
    registered('v1.9.0', torn),
    registered('v1.2.0', await store(await badPackages.failing(better, MAX_TERMS))),
  ];
  for (const [i, fact] of facts.entries()) await appendFact(services, fact, i + 1);
  await services.publisher.publish([policyChanged(MODEL, policy)]);
}

/** A text that the version v1.2.0 fails on. */
const long = { title: 'long', abstract: papers.map(({ abstract }) => abstract).join(' ') };

/** A new home with its services running. */
async function start(policy: string) {
  const { path: home } = stack.use(await temporaryFolder('epochlog-deployments-'));
  await logOfVersions(home, policy);
  return launch(home, stack.use(await emptyProjections(under.warehouse)()));
}

interface Asked {
  requestId: string;
  version: string;
  truth: string;
}

interface Under extends ServicesUnderTest {
  app: FastifyInstance;
  warehouse: Warehouse;
  ask(i: number): Promise<Asked>;
  /** the events of a type, but for those of v1.0.0 */
  found(type: LoggedEvent['type']): Promise<LoggedEvent[]>;
  request(given?: object): Promise<unknown>;
  /** stops all of it, and starts it again */
  restarted(): Promise<Under>;
}

/** All services that a deployment needs. */
async function launch(home: string, warehouse: Warehouse): Promise<Under> {
  const running = stack.use(new AsyncDisposableStack());
  const inference = startInference({ logger });
  running.defer(() => inference.close());
  const telemetry = createPrometheus();
  const predictor = createPredictor();
  const all = [predictor, deployer, registrar, measurer, projector];
  const services = running.use(await startServices(all, { home, warehouse, inference, telemetry }));
  const parts = { config: {}, services: all, host: services.host, telemetry, logger };
  const app = await createApp({ ...parts, ready: async () => {} });
  running.defer(() => app.close());
  await services.host.settled();

  const ask = async (i: number) => {
    const { title, abstract, label } = papers[i % papers.length]!;
    const payload = { model: MODEL, instance: { title, abstract } };
    const answer = await app.inject({ method: 'POST', url: '/v1/predict', payload });
    expect(answer.statusCode, answer.body).toBe(200);
    return { ...(answer.json().predictions[0] as { requestId: string; version: string }), truth: label };
  };
  const found = async (type: LoggedEvent['type']) =>
    (await Array.fromAsync(services.events.scan([type]))).filter(
      ({ data }) => !('version' in data) || data.version !== 'v1.0.0',
    );
  const request = (given: object = {}) =>
    services.publisher.publish([
      newEvent('DeploymentRequested', {
        target: targetOf(MODEL, 'production'),
        deploymentId: 'deployment',
        model: MODEL,
        environment: 'production',
        version: 'v1.1.0',
        strategy: null,
        reason: 'try it',
        requestedBy: 'ada',
        ...given,
      }),
    ]);
  const restarted = async () => {
    await running.disposeAsync();
    return launch(home, warehouse);
  };
  return { ...services, app, warehouse, ask, found, request, restarted };
}

/** Asks again and again until an event of a type is there; `each` sees every answer. */
async function askUntil(
  { ask, found }: Under,
  type: LoggedEvent['type'],
  each: (answer: Asked) => Promise<void> = async () => {},
) {
  const versions = new Map<string, number>();
  for (let i = 0; ; i++) {
    const answer = await ask(i);
    versions.set(answer.version, (versions.get(answer.version) ?? 0) + 1);
    await each(answer);
    await sleep(5);
    if (i % 10 === 0 && (await found(type)).length > 0) return versions;
  }
}

test('a canary gets its share stage by stage, also through a restart, no request fails, and it is promoted at 100 %', async () => {
  const before = await start(CANARY);
  await before.request();
  await askUntil(before, 'StagePassed');
  const system = await before.restarted();
  const versions = await askUntil(system, 'VersionPromoted');
  expect([...versions.keys()].sort()).toEqual(['v1.0.0', 'v1.1.0']);

  const shifts = await system.found('TrafficShifted');
  expect(shifts.map(({ data }) => (data as { share: number }).share)).toEqual([20, 50, 100]);
  expect(await system.found('StagePassed')).toHaveLength(2);
  expect(await system.found('PredictionFailed')).toEqual([]);
  await system.host.settled();
  expect((await system.ask(1)).version).toBe('v1.1.0');

  // asked again later, over the same events, the warehouse gives the same numbers
  const query = await namedQueries(system.warehouse, PROJECTIONS);
  const report = await checkMeasurements(
    { ...system, query },
    await system.events.endOffsets(['measurements']),
  );
  expect(report).toMatchObject({ changed: 0, faults: 0, findings: [] });
  expect(report.measured).toBeGreaterThanOrEqual(2);
  const ends = await system.events.endOffsets(['measurements']);
  const [started] = await system.found('DeploymentStarted');
  const keptSince = async (at: number) => checkMeasurements({ ...system, query }, ends, at);
  expect(await keptSince(started!.time)).toMatchObject({ measured: report.measured, expired: 0 });
  expect(await keptSince(started!.time + 1)).toMatchObject({
    measured: 0,
    expired: report.measured,
    faults: 0,
  });
});

test('a canary whose answers turn out to be wrong is back at 0 % by itself', async () => {
  const system = await start(CANARY);
  await system.request();
  const wrongOf = (label: string) => TOY_LABELS[(TOY_LABELS.indexOf(label) + 1) % TOY_LABELS.length]!;
  await askUntil(system, 'DeploymentRolledBack', async ({ requestId, version, truth }) => {
    const label = version === 'v1.1.0' ? wrongOf(truth) : truth;
    const outcomes = [{ requestId, label }];
    await system.app.inject({ method: 'POST', url: '/v1/outcomes', payload: { outcomes } });
  });
  const [failed] = await system.found('StageFailed');
  expect(failed?.data).toMatchObject({
    stage: expect.any(Number),
    reason: expect.stringContaining('accuracy'),
  });
  await system.host.settled();
  const after = await Promise.all(Array.from({ length: 30 }, (_, i) => system.ask(i)));
  expect(new Set(after.map(({ version }) => version))).toEqual(new Set(['v1.0.0']));
  expect(await system.found('VersionPromoted')).toEqual([]);
});

describe('in one home, one after the other', () => {
  let home: AsyncDisposableStack;
  let system: Under;
  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    system = await start(CANARY);
    home = stack;
  });
  afterAll(() => home.disposeAsync());

  /** How a deployment ended that was rolled back. */
  const rolledBack = (deploymentId: string) =>
    eventually(async () => {
      const events = await system.found('DeploymentRolledBack');
      return events.find(({ data }) => 'deploymentId' in data && data.deploymentId === deploymentId);
    });

  test('a package that cannot be read is not deployed', async () => {
    await system.request({ deploymentId: 'torn', version: 'v1.9.0' });
    expect((await rolledBack('torn')).data).toMatchObject({ code: 'PACKAGE_INVALID', version: 'v1.9.0' });
    expect((await system.ask(0)).version).toBe('v1.0.0');
  });

  test('a shadow sees the traffic and answers none of it; an abort ends it', async () => {
    await system.request({ deploymentId: 'shadow', strategy: 'shadow' });
    await eventually(async () => (await system.found('TrafficShifted'))[0]);
    await system.host.settled();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => system.ask(i)));
    expect(new Set(answers.map(({ version }) => version))).toEqual(new Set(['v1.0.0']));
    const shadows = await eventually(async () => {
      const seen = await system.found('ShadowPredicted');
      return seen.length === 30 ? seen : undefined;
    });
    expect(shadows.map(({ data }) => 'requestId' in data && data.requestId).sort()).toEqual(
      answers.map(({ requestId }) => requestId).sort(),
    );
    const asked = { model: MODEL, environment: 'production', reason: 'seen enough', requestedBy: 'ada' };
    const target = targetOf(MODEL, 'production');
    await system.publisher.publish([newEvent('DeploymentAbortRequested', { target, ...asked })]);
    expect((await rolledBack('shadow')).data).toMatchObject({
      code: 'ABORTED',
      reason: 'seen enough',
      previous: 'v1.0.0',
    });
  });

  test('staging has a version and a predictor of its own, and its traffic is not that of production', async () => {
    await using staging = await startPredictor({
      home: system.home,
      environment: { EPOCHLOG_PREDICTOR_ENVIRONMENT: 'staging' },
    });
    const environment = 'staging';
    const target = targetOf(MODEL, environment);
    const { title, abstract } = papers[0]!;
    const payload = { model: MODEL, instance: { title, abstract } };
    expect(await staging.ask(payload)).toMatchObject({ status: 503, body: { code: 'MODEL_NOT_READY' } });
    await system.request({ deploymentId: 'staged', target, environment, strategy: 'canary' });
    await eventually(async () =>
      (await system.found('DeploymentCompleted')).find(
        ({ data }) => 'deploymentId' in data && data.deploymentId === 'staged',
      ),
    );
    const answer = await eventually(async () => {
      const given = await staging.ask(payload);
      return given.status === 200 ? given.body : undefined;
    });
    expect(answer).toMatchObject({ version: 'v1.1.0', decidedVersion: 'v1.1.0' });
    expect((await system.ask(0)).version).toBe('v1.0.0');
    const served = await staging.services.all('PredictionServed');
    expect(served.filter(({ data }) => data.environment === environment)).toHaveLength(1);
    expect(await system.found('VersionPromoted')).toEqual([]);
    await system.request({ deploymentId: 'again', target, environment });
    const refused = await eventually(async () => (await system.found('DeploymentRefused'))[0]);
    expect(refused.data).toMatchObject({ reason: 'v1.1.0 of toy is in staging already' });
  });

  test('blue-green switches in one step, under load, without a failed request', async () => {
    const asking = askUntil(system, 'VersionPromoted');
    await system.request({ deploymentId: 'blue-green', strategy: 'blue-green' });
    await asking;
    await system.host.settled();
    expect((await system.ask(0)).version).toBe('v1.1.0');
    expect(await system.found('PredictionFailed')).toEqual([]);
  });

  test('a version that fails in production is replaced by the one before, by itself, and comes back no more', async () => {
    const request = {
      model: MODEL,
      version: 'v1.2.0',
      reason: 'looks good',
      requestedBy: 'ada',
      expected: null,
      force: false,
    };
    await system.publisher.publish([newEvent('PromotionRequested', request)]);
    await eventually(async () =>
      (await system.found('VersionServing')).find(
        ({ data }) => 'version' in data && data.version === 'v1.2.0',
      ),
    );
    const statuses: number[] = [];
    await eventually(async () => {
      const payload = { model: MODEL, instance: long };
      for (let i = 0; i < 20; i++)
        statuses.push((await system.app.inject({ method: 'POST', url: '/v1/predict', payload })).statusCode);
      return statuses.at(-1) === 200 || undefined;
    });
    expect(statuses[0]).toBe(500);
    const [tripped] = await system.found('GuardTripped');
    expect(tripped?.data).toMatchObject({ version: 'v1.2.0', previous: 'v1.1.0', code: 'ROLLED_BACK' });
    expect((await system.found('VersionRolledBack')).at(-1)?.data).toMatchObject({
      version: 'v1.1.0',
      requestedBy: 'guard',
    });
    const query = await namedQueries(system.warehouse, PROJECTIONS);
    const ends = await system.events.endOffsets(['measurements']);
    expect(await checkMeasurements({ ...system, query }, ends)).toMatchObject({ changed: 0, faults: 0 });
  });
});

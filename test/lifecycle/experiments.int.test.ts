import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { createApp } from '../../infra/http/app.ts';
import { startInference } from '../../infra/inference/inference.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { PROJECTIONS } from '../../infra/warehouse/projections.ts';
import { putBundle } from '../../kernel/bundle.ts';
import { checkMeasurements } from '../../operations/verify/measurements.ts';
import { type EventType, type LoggedEvent, newEvent } from '../../schemas/catalogue.ts';
import { service as api } from '../../services/api/service.ts';
import { service as deployer } from '../../services/deployer/service.ts';
import { service as experimenter } from '../../services/experimenter/service.ts';
import { service as measurer } from '../../services/measurer/service.ts';
import { createPredictor } from '../../services/predictor/service.ts';
import { service as projector } from '../../services/projector/service.ts';
import { service as registrar } from '../../services/registrar/service.ts';
import { eventually } from '../harness/eventually.ts';
import { appendFact } from '../harness/facts.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { startServices } from '../harness/services.ts';
import { sharedProjections } from '../harness/shared-projections.ts';
import { TOY_LABELS, toyDataset } from '../harness/toy-dataset.ts';
import { toyPackage } from '../harness/toy-package.ts';

const MODEL = 'toy';
const KEYS = 400;
const logger = pino({ level: 'silent' });
const { validation: papers } = toyDataset(99);
const stack = new AsyncDisposableStack();
const { app, services, warehouse, found } = await (async () => {
  const { path: home } = stack.use(await temporaryFolder('epochlog-experiments-'));
  const warehouse = stack.use(await sharedProjections());
  await versions(home);
  const inference = startInference({ logger });
  stack.defer(() => inference.close());
  const telemetry = createPrometheus();
  const all = [api, createPredictor(), experimenter, deployer, registrar, measurer, projector];
  const services = stack.use(await startServices(all, { home, warehouse, inference, telemetry }));
  const parts = { config: {}, services: all, host: services.host, telemetry, logger };
  const app = await createApp({ ...parts, ready: async () => {} });
  stack.defer(() => app.close());
  await services.host.settled();
  const found = <T extends EventType>(type: T) =>
    eventually(
      async () => (await Array.fromAsync(services.events.scan([type])))[0] as LoggedEvent<T> | undefined,
    );
  return { app, services, warehouse, found };
})();
afterAll(() => stack.disposeAsync());

/** v1.0.0 in production, v1.1.0 beside it. */
async function versions(home: string): Promise<void> {
  await using services = await startServices([], { home });
  for (const [i, version] of ['v1.0.0', 'v1.1.0'].entries()) {
    const digest = await putBundle(services.artifacts, await toyPackage(i + 1));
    const origin = {
      package: digest,
      runId: `run-${i}`,
      datasetId: 'd',
      evaluationId: 'e',
      policyVersion: 0,
    };
    const measured = { modelHash: 'h', metrics: { accuracy: 0.7 }, primaryMetric: 'accuracy' };
    const sequence = 2 * i + 1;
    await appendFact(
      services,
      newEvent('VersionRegistered', { model: MODEL, version, ...origin, ...measured }),
      sequence,
    );
    if (i > 0) continue;
    const why = { previous: null, reason: 'first', requestedBy: 'test' };
    const promoted = newEvent('VersionPromoted', { model: MODEL, version, ...origin, ...why });
    await appendFact(services, promoted, sequence + 1);
  }
}

async function post(url: string, payload: object, status = 202) {
  const answer = await app.inject({ method: 'POST', url, payload });
  expect(answer.statusCode, answer.body).toBe(status);
  return answer.json();
}

interface Predicted {
  requestId: string;
  version: string;
  label: string;
}

/** One request of each key, with the version that answered it. */
async function ask(): Promise<Predicted[]> {
  const instances = Array.from({ length: KEYS }, (_, i) => {
    const { title, abstract } = papers[i % papers.length]!;
    const attributes = { device: i % 2 === 0 ? 'phone' : 'desk', name: 'nobody keeps this' };
    return { routingKey: `user-${i}`, attributes, instance: { title, abstract } };
  });
  return (await post('/v1/predict', { model: MODEL, instances }, 200)).predictions;
}

test('an experiment goes from its start to the deployment of the better version, and its numbers can be computed again', async () => {
  const before = await ask();
  expect(new Set(before.map(({ version }) => version))).toEqual(new Set(['v1.0.0']));
  await post('/v1/experiments', {
    experimentId: 'titles',
    model: MODEL,
    arms: [
      { name: 'control', version: 'v1.0.0', share: 50 },
      { name: 'treatment', version: 'v1.1.0', share: 50 },
    ],
    metrics: [
      { metric: 'accuracy', role: 'primary' },
      { metric: 'errorRate', role: 'guardrail' },
      { metric: 'adjustedConfidence', role: 'secondary' },
    ],
    segments: ['device'],
    minimumUnits: 50,
    analyseEvery: 1_000,
  });
  await found('ExperimentStarted');
  await services.host.settled();
  const answers = await ask();
  // the same key is answered by the same version
  expect((await ask()).map(({ version }) => version)).toEqual(answers.map(({ version }) => version));

  // the treatment turns out to be always right, the control six times of ten; some of it is known later
  const outcomes = answers.map(({ requestId, version, label }, i) => {
    const wrong = TOY_LABELS[(TOY_LABELS.indexOf(label) + 1) % TOY_LABELS.length];
    return { requestId, label: version === 'v1.1.0' || i % 10 < 6 ? label : wrong };
  });
  await post('/v1/outcomes', { outcomes: outcomes.slice(0, 20) });
  await found('ExperimentAnalysed');
  await post('/v1/outcomes', { outcomes: outcomes.slice(20) });

  const concluded = await found('ExperimentConcluded');
  expect(concluded.data).toMatchObject({ verdict: 'PROMOTE', winner: 'treatment', version: 'v1.1.0' });
  await services.host.settled();
  expect(new Set((await ask()).map(({ version }) => version))).toEqual(new Set(['v1.0.0']));

  await post('/v1/experiments/titles/promote', { reason: 'it won' });
  const completed = await found('DeploymentCompleted');
  expect(completed.data).toMatchObject({ version: 'v1.1.0', deploymentId: 'titles-promotion-1' });
  await services.host.settled();
  expect(new Set((await ask()).map(({ version }) => version))).toEqual(new Set(['v1.1.0']));

  const shown = await eventually(async () => {
    const { state, analysis, changes } = (await app.inject('/v1/experiments/titles')).json();
    return changes?.length === 3 ? { state, analysis, changes } : undefined;
  });
  expect(shown).toMatchObject({
    state: 'concluded',
    changes: [{ change: 'started' }, {}, { change: 'promoted' }],
  });
  const { counts, comparisons } = shown.analysis;
  const units = counts.map((count: { units: number }) => count.units);
  expect(units[0] + units[1]).toBe(KEYS);
  expect(counts).toMatchObject([{ predictions: 2 * units[0] }, { predictions: 2 * units[1] }]);
  expect(
    comparisons.map(({ metric, segment }: { metric: string; segment: string }) => [metric, segment]),
  ).toEqual([
    ['accuracy', null],
    ['errorRate', null],
    ['adjustedConfidence', null],
    ['accuracy', 'device=desk'],
    ['accuracy', 'device=phone'],
  ]);
  expect(comparisons[0]).toMatchObject({ treatment: 1, code: null });
  expect(comparisons[2].varianceReduction).toBeGreaterThan(0.1);
  expect((await app.inject('/v1/experiments')).json().items).toMatchObject([
    { experimentId: 'titles', state: 'concluded', verdict: 'PROMOTE', winner: 'treatment', units },
  ]);

  const query = await namedQueries(warehouse, PROJECTIONS);
  const ends = await services.events.endOffsets(['measurements']);
  const report = await checkMeasurements({ ...services, query }, ends);
  expect(report).toMatchObject({ changed: 0, faults: 0, findings: [] });
  expect(report.measured).toBeGreaterThanOrEqual(2);
  const later = await checkMeasurements({ ...services, query }, ends, Number.MAX_SAFE_INTEGER);
  expect(later).toMatchObject({ measured: 0, expired: report.measured, faults: 0 });
});

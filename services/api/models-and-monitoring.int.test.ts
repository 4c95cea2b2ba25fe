import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { FAILED_DIRECT } from '../../schemas/predictions/direct.ts';
import { type ApiUnderTest, type Row, startApi, TOKEN } from '../../test/harness/api.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { MODEL, START } from '../../test/harness/scenario.ts';
import { smallScenario } from '../../test/harness/small-scenario.ts';

const scenario = smallScenario();
let under: ApiUnderTest;
const get = (url: string, status?: number) => under.get(url, status);
const headers = { authorization: `Bearer ${TOKEN}` };
beforeAll(async () => {
  under = await startApi(scenario);
});
afterAll(() => under[Symbol.asyncDispose]());

const iso = (event: RecordedEvent | undefined) => new Date(event?.time ?? 0).toISOString();
const first = (type: RecordedEvent['type']) => scenario.find((event) => event.type === type)!;
const last = (type: RecordedEvent['type']) => scenario.findLast((event) => event.type === type)!;

describe('models', () => {
  test('versions as they stand', async () => {
    const { items } = await get(`/v1/models/${MODEL}/versions`);
    expect(items.map(({ version, status }: Row) => [version, status])).toEqual([
      ['v1.1.0', 'replaced'],
      ['v1.0.0', 'production'],
      ['v9.9.9', 'refused'],
    ]);
    expect(items[1]).toMatchObject({
      metrics: { accuracy: 0.7 },
      primaryMetric: 'accuracy',
      runId: 'run-1',
      modelHash: 'm1',
      reason: 'it looks wrong',
    });
    expect(items[1].firstInProductionAt).toBe(iso(first('VersionPromoted')));
    expect(await get(`/v1/models/${MODEL}/versions/v1.0.0`)).toEqual(items[1]);
    expect((await get(`/v1/models/${MODEL}/versions/v1.0.1`, 404)).detail).toMatch(
      /did you mean v1\.[01]\.0\?/,
    );
    for (const rest of ['', '/versions', '/versions/v1.0.0', '/history', '/policy'])
      expect((await get(`/v1/models/paper${rest}`, 404)).detail).toContain('did you mean papers?');
  });

  test('two versions beside each other, as the evaluation in a training has measured them', async () => {
    const { items } = await get(`/v1/models/${MODEL}/comparisons?version=v1.0.0`);
    expect(items).toMatchObject([
      { baseline: 'v1.0.0', candidate: 'v1.1.0', primaryMetric: 'accuracy', baselineValue: 0.7 },
    ]);
    const pair = `/v1/models/${MODEL}/comparisons/v1.0.0/v1.1.0`;
    const found = await get(pair);
    const measured = scenario.find(({ id }) => id === found.eventId)!;
    expect(measured).toMatchObject({
      type: 'EvaluationCompleted',
      data: { evaluationId: items[0].evaluationId },
    });
    const { value } = items[0];
    expect(found.metrics[0]).toEqual({
      ...{ name: 'accuracy', unit: 'fraction', baseline: 0.7, candidate: value },
      ...{ difference: value - 0.7, verdict: 'better' },
    });
    expect(found.costs).toContainEqual(
      expect.objectContaining({ name: 'sizeMb', baseline: null, candidate: 1 }),
    );
    expect(found.tests).toMatchObject([{ name: 'paired z', metric: 'accuracy', pValue: 0.2 }]);
    // 1.25 standard errors: fewer than the two that the default policy asks for
    expect(found.verdict).toMatchObject({
      outcome: 'INCONCLUSIVE',
      reasons: [/chance may explain it/, /samples/].map((text) => expect.stringMatching(text)),
    });
    for (const { name } of found.plots) {
      const csv = await under.app.inject({ url: `${pair}/plots/${name}?format=csv`, headers });
      expect(csv.body).toContain('accuracy,');
    }
    expect((await get(`/v1/models/${MODEL}/comparisons/v1.1.0/v1.0.0`, 404)).detail).toContain(
      `npx epochlog compare v1.1.0 v1.0.0 --model ${MODEL}`,
    );
    expect((await get(`/v1/models/${MODEL}/comparisons/v1.0.0/v1.9.0`, 404)).detail).toContain(
      'did you mean',
    );
  });

  test('what was in production at a moment, and the events that put it there', async () => {
    const at = async (moment: number) =>
      get(`/v1/models/${MODEL}/history?at=${encodeURIComponent(new Date(moment).toISOString())}`);
    const promoted = first('VersionPromoted');

    expect(await at(promoted.time - 1)).toMatchObject({
      production: null,
      chain: [],
      changes: [{ change: 'registered' }],
    });

    const then = await at(promoted.time);
    expect(then.production).toMatchObject({ version: 'v1.0.0', eventId: promoted.id, since: iso(promoted) });
    expect(then.chain.map(({ type }: Row) => type)).toEqual([
      'TrainingPlanRequested',
      'TrainingPlanned',
      'DatasetRequested',
      'DatasetSealed',
      'TrainingRequested',
      'TrainingStarted',
      'TrainingCompleted',
      'EvaluationRequested',
      'EvaluationCompleted',
      'VersionPromoted',
    ]);
    expect(then.chain[0].data).toMatchObject({ requestedBy: 'ada' });
    const asked = encodeURIComponent(new Date(promoted.time).toISOString());
    expect(await get(`/v1/models/${MODEL}/history?at=${asked}&chain=false`)).toEqual({ ...then, chain: [] });

    expect(then.served).toEqual([]);
    const later = await at(last('VersionServing').time);
    expect(later.served).toMatchObject([
      { instance: 'one', state: 'serving', version: 'v1.0.0', served: 'v1.0.0', reason: null },
      { instance: 'two', state: 'serving', served: 'v1.0.0', eventId: last('VersionServing').id },
    ]);
    const failing = await at(first('ServingFailed').time);
    expect(failing.served).toMatchObject([
      { instance: 'two', state: 'failed', served: null, reason: 'it is torn' },
    ]);

    const promotedLast = scenario.findLast(
      ({ type, subject }) => type === 'VersionPromoted' && subject === MODEL,
    )!;
    const second = await at(promotedLast.time + 500);
    expect(second.production.version).toBe('v1.1.0');
    expect(second.chain.slice(0, 3).map(({ type }: Row) => type)).toEqual([
      'DriftMeasured',
      'AlertRaised',
      'TrainingPlanned',
    ]);

    const now = await get(`/v1/models/${MODEL}/history`);
    expect(now.production).toMatchObject({ version: 'v1.0.0', requestedBy: 'ada' });
    expect(now.changes.map(({ change, version }: Row) => `${change} ${version}`)).toEqual([
      'refused v9.9.9',
      'rolled_back v1.0.0',
      'archived v1.0.0',
      'promoted v1.1.0',
      'registered v1.1.0',
      'promoted v1.0.0',
      'registered v1.0.0',
    ]);
    expect(await get(`/v1/models/${MODEL}/history?at=9999-12-31`, 400)).toMatchObject({
      status: 400,
      code: 'INPUT_INVALID',
      detail: expect.stringContaining("'9999-12-31' has not come yet"),
    });
    expect((await get(`/v1/models/${MODEL}/history?at=0001-01-01T00:00:00Z`)).production).toBeNull();
    expect((await get(`/v1/models/${MODEL}/history?at=2026-03-01`)).production).toBeNull();
  });
});

test('a retired model has no version in production, but had one before', async () => {
  const of = (url: string) => get(`/v1/models/old-papers${url}`);
  expect(await of('/history')).toMatchObject({
    production: null,
    served: [],
    changes: [{ change: 'retired', version: 'v1.0.0', requestedBy: 'ada' }, {}, {}],
  });
  const before = new Date(first('RetirementRequested').time).toISOString();
  expect(await of(`/history?at=${before}`)).toMatchObject({ production: { version: 'v1.0.0' } });
  expect((await of('/versions')).items).toMatchObject([{ version: 'v1.0.0', status: 'replaced' }]);
});

describe('predictions', () => {
  test('come with their true labels, the one reported last', async () => {
    const { items } = await get('/v1/predictions');
    expect(items.map(({ requestId, trueLabel, correct }: Row) => [requestId, trueLabel, correct])).toEqual([
      ['request-5', null, null],
      ['request-4', null, null],
      ['request-3', null, null],
      ['request-2', null, null],
      ['request-1', 'cs.AI', true],
      ['request-0', 'cs.LG', true],
    ]);
    expect(items[5]).toMatchObject({
      instanceId: '2401.00001',
      instant: '2026-02-01T00:00:00.000Z',
      features: { rareWordShare: 0.125 },
    });
  });

  test('are filtered and paged', async () => {
    const ids = async (filter: string) =>
      (await get(`/v1/predictions?${filter}`)).items.map(({ requestId }: Row) => requestId);
    expect(await ids('labelled=true')).toEqual(['request-1', 'request-0']);
    expect(await ids('labelled=false&label=cs.AI')).toEqual(['request-5', 'request-3']);
    expect(await ids('version=v2.0.0')).toEqual([]);
    const second = iso(scenario.filter(({ type }) => type === 'PredictionServed')[1]);
    expect(await ids(`to=${second}&model=${MODEL}`)).toEqual(['request-0']);
    expect(await ids('from=0001-01-01&to=9999-12-31')).toHaveLength(6);
    expect(await ids(`from=${second}&instanceId=2401.00001`)).toEqual([]);
    expect(await under.walk('/v1/predictions', 'requestId')).toBe(6);
  });

  test('latency, rate and failures by version, of all time or by minute, variant and route', async () => {
    const counts = { predictions: 6, failures: 1, errorRate: 1 / 7, perSecond: 0.1 };
    const [{ p50, p95, p99, max, ...row }] = (await get('/v1/latency')).items;
    expect(row).toEqual({
      model: MODEL,
      version: 'v1.0.0',
      variant: null,
      route: null,
      start: null,
      ...counts,
    });
    for (const [given, exact] of [
      [p50, 3],
      [p95, 6],
      [p99, 6],
      [max, 6],
    ])
      expect(Math.abs(given / exact - 1)).toBeLessThan(0.008);
    const { items } = await get('/v1/latency?by=version,minute,route,variant&version=v1.0.0');
    const parts = { variant: '', route: 'predict', start: '2026-03-01T12:00:00Z' };
    expect(items).toMatchObject([{ ...counts, ...parts }]);
    expect((await get('/v1/latency?to=2026-03-01T12:00:00Z')).items).toEqual([]);
    expect((await get('/v1/latency?from=2026-03-01T12:00:59Z&by=day')).items).toMatchObject([
      { version: null },
    ]);
    expect((await get('/v1/latency?by=minute,day', 400)).detail).toMatch(/one of minute, hour and day/);
  });

  test('quality of a version, on the outcomes that came', async () => {
    expect((await get('/v1/quality/versions')).items).toEqual([
      {
        model: MODEL,
        version: 'v1.0.0',
        predictions: 6,
        failures: 1,
        confidence: 0.63,
        labels: { 'cs.AI': 3, 'cs.LG': 3 },
        labelled: 2,
        missing: 1 - 2 / 6,
        accuracy: 1,
        macroF1: 1,
        rmse: null,
      },
    ]);
  });
});

test('how models do is told to Prometheus', async () => {
  const { body } = await under.app.inject('/metrics');
  expect(
    body
      .split('\n')
      .filter((line) => /^epochlog_(model|drift|open)/.test(line))
      .sort(),
  ).toEqual([
    'epochlog_drift_psi{model="papers",version="v1.0.0",feature="confidence"} 0.04',
    'epochlog_drift_psi{model="papers",version="v1.0.0",feature="textLength"} 0.4',
    'epochlog_model_in_production{model="papers",version="v1.0.0"} 1',
    'epochlog_model_quality{model="papers",version="v1.0.0",metric="accuracy",on="production"} 0.5',
    'epochlog_model_quality{model="papers",version="v1.0.0",metric="accuracy",on="test"} 0.7',
    ...['old-papers', 'papers'].flatMap((model) =>
      ['drift', 'guard', 'labelDrift', 'quality', 'serving'].flatMap((cause) =>
        ['critical', 'warning'].map(
          (severity) => `epochlog_open_alerts{model="${model}",cause="${cause}",severity="${severity}"} 0`,
        ),
      ),
    ),
  ]);
});

test('drift, quality, alerts and training plans', async () => {
  expect((await get(`/v1/drift?model=${MODEL}`)).items).toMatchObject([
    {
      version: 'v1.0.0',
      window: 1,
      predictions: 6,
      drifted: true,
      from: new Date(START).toISOString(),
      features: [
        { feature: 'confidence', psi: 0.04, drifted: false },
        { feature: 'textLength', psi: 0.4, pValue: 1e-5, adjustedPValue: 2e-5, drifted: true },
      ],
    },
  ]);
  expect((await get('/v1/drift?feature=confidence')).items).toMatchObject([{ drifted: false }]);
  const [{ eventId }] = (await get(`/v1/drift?model=${MODEL}`)).items;
  const drawn = async (path: string) => (await under.app.inject({ url: path, headers })).body;
  const map = `/v1/models/${MODEL}/drift/map`;
  expect(await drawn(map)).toMatch(/^<svg [\s\S]*textLength, v1\.0\.0 window 1: PSI 0\./);
  expect(await drawn(`${map}?format=csv`)).toMatch(/^,v1\.0\.0 1\nconfidence,/);
  const histogram = `/v1/models/${MODEL}/drift/histogram?eventId=${eventId}&feature=`;
  expect(await drawn(`${histogram}textLength`)).toContain('textLength: reference and window');
  expect(await drawn(`${histogram}textLength&format=csv`)).toMatch(/^bin,reference,window\n/);
  expect((await get(`${histogram}textLengths`, 404)).detail).toMatch(/did you mean textLength\?/);
  await get(`/v1/models/${MODEL}/drift/histogram?eventId=none&feature=textLength`, 404);
  const days = `/v1/models/${MODEL}/timeline?from=2020-01-01&to=2040-01-01`;
  const { items: timeline } = await get(days);
  const of = (kind: string) => timeline.filter((item: Row) => item.kind === kind);
  expect(of('drift')).toMatchObject([{ value: 0.4, label: 'textLength', isBad: true, eventId }]);
  expect(of('alert')).toMatchObject([{ label: 'textLength drifted', eventId: first('AlertRaised').id }]);
  const served = scenario.filter(({ type }) => type === 'PredictionServed').length;
  const counted = of('predictions').reduce((sum: number, { value }: Row) => sum + Number(value), 0);
  expect(counted).toBe(served);
  expect((await get(days.replace('2020', '2039'))).items).toEqual([]);
  expect((await get('/v1/quality')).items).toMatchObject([
    { labelled: 2, metric: 'accuracy', value: 0.5, reference: 0.7, dropped: false },
  ]);
  expect((await get('/v1/alerts?status=resolved')).items).toMatchObject([
    { alertId: 'alert-1', cause: 'drift', reason: 'textLength drifted', resolution: 'v1.0.0 has left' },
  ]);
  expect((await get('/v1/alerts?status=open')).items).toEqual([]);
  expect((await get('/v1/alerts?kind=drift')).items).toMatchObject([
    { severity: 'warning', silenced: false, value: null, measurementId: null },
  ]);
  expect((await get('/v1/alerts?kind=errorRate')).items).toEqual([]);
  expect((await get('/v1/silences')).items).toEqual([]);
  const { items } = await get('/v1/trainings');
  expect(
    items.map(({ status, cause, reason, outcome, version }: Row) => [
      status,
      cause,
      reason,
      outcome,
      version,
    ]),
  ).toEqual([
    ['not_started', null, 'one is running', 'one is running', null],
    ['promoted', 'drift', 'drift it was', 'it was promoted', 'v1.1.0'],
    ['failed', 'drift', 'drift it was', 'it was failed', null],
    ['promoted', 'requested', 'requested it was', 'it was promoted', 'v1.0.0'],
  ]);
  const [refused, promoted, failed] = items;
  expect(refused).toMatchObject({ trainingSeconds: null, cpuSeconds: null, elapsedSeconds: null });
  expect(promoted.trainingSeconds).toBeGreaterThan(0);
  expect(promoted.elapsedSeconds).toBeGreaterThan(0);
  expect(failed.trainingSeconds).toBeNull();
});

test('each panel of the Grafana dashboard of models asks what the warehouse can answer', async () => {
  const path = join(import.meta.dirname, '../../infra/grafana/models.json');
  const { panels, templating } = JSON.parse(await readFile(path, 'utf8'));
  const [, { query: models }] = templating.list;
  expect(await under.warehouse.query(models)).toContainEqual({ model: MODEL });
  const answered: string[] = [];
  for (const { title, type, targets = [] } of panels)
    for (const { rawSql } of targets) {
      const sql = rawSql
        .replaceAll('$model', MODEL)
        .replaceAll(/\$__timeFilter\((\w+)\)/g, '$1 >= toDateTime(0) AND $1 < now() + INTERVAL 1 DAY');
      expect([title, sql]).toEqual([title, expect.not.stringContaining('$')]);
      const rows = await under.warehouse.query<Row>(sql);
      if (rows.length > 0) answered.push(title);
      if (type === 'timeseries' && rows[0]) expect(Object.keys(rows[0]).slice(0, 1)).toEqual(['time']);
    }
  expect(answered).toEqual(expect.arrayContaining(['PSI by feature', 'Above chance', 'Drifted']));
});

test('a prediction that failed in a deployment and an experiment is projected, without a latency', async () => {
  const failed = newEvent('PredictionFailed', {
    ...{ requestId: 'failed-1', instanceId: null, model: MODEL, version: 'v1.0.0' },
    ...FAILED_DIRECT,
    ...{ variant: 'production', deploymentId: 'deployment-1', stage: 0, experimentId: 'experiment-1' },
    ...{ route: 'predict', code: 'INFERENCE_FAILED', reason: 'it broke' },
  });
  await appendFact(under.services, failed);
  await under.services.host.settled();
  for (const table of ['deployment_predictions', 'experiment_predictions'])
    expect(
      await under.warehouse.query(`SELECT failure, latency_ms FROM ${table} WHERE request_id = 'failed-1'`),
    ).toEqual([{ failure: 'INFERENCE_FAILED', latency_ms: 0 }]);
});

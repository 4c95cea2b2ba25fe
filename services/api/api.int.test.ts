import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../infra/http/app.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { silent, temporaryWarehouse } from '../../infra/warehouse/testing/temporary.ts';
import type { Happened } from '../../kernel/event.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { MODEL, START, smallLife } from '../../test/harness/small-life.ts';
import { service as projector } from '../projector/service.ts';
import { service as api } from './service.ts';

const life = smallLife();
const TOKEN = 'a-secret-of-some-length';

const stack = new AsyncDisposableStack();
let app: FastifyInstance;
let services: ServicesUnderTest;

beforeAll(async () => {
  const { warehouse } = stack.use(await temporaryWarehouse());
  await migrate(warehouse, join(import.meta.dirname, '../../projections'));
  services = stack.use(
    await startServices([projector, api], {
      warehouse,
      environment: { EPOCHLOG_PROJECTOR_PAUSE_MS: '0', EPOCHLOG_API_QUERY_ROWS: '50' },
    }),
  );
  await services.log.append(life.map(services.codec.encode));
  await services.host.settled();
  app = await createApp({
    config: { token: TOKEN },
    services: [projector, api],
    host: services.host,
    telemetry: createPrometheus(),
    logger: silent,
    ready: () => warehouse.ping(),
  });
  stack.defer(() => app.close());
});
afterAll(() => stack.disposeAsync());

async function get(url: string, status = 200) {
  const answer = await app.inject(url);
  expect([answer.statusCode, answer.body]).toEqual([status, answer.body]);
  return answer.json();
}

async function post(url: string, payload: object, status: number) {
  const answer = await app.inject({
    method: 'POST',
    url,
    payload,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect([answer.statusCode, answer.body]).toEqual([status, answer.body]);
  return answer.json();
}

const iso = (event: Happened | undefined) => new Date(event?.time ?? 0).toISOString();
const first = (type: Happened['type']) => life.find((event) => event.type === type)!;
const last = (type: Happened['type']) => life.findLast((event) => event.type === type)!;

describe('papers', () => {
  test('come by date of publication, with what the curator decided', async () => {
    const { items, nextCursor } = await get('/v1/papers');
    expect(items.map(({ arxivId, decisions }: Row) => [arxivId, decisions])).toEqual([
      ['cs/9901001', ['rejected']],
      ['2401.00001', ['accepted']],
      ['2401.00002', ['deduplicated']],
      ['2402.00003', ['accepted']],
    ]);
    expect(items[0]).toMatchObject({
      published: '1999-01-05',
      categories: ['cs.LG', 'stat.ML'],
      title: 'Old',
    });
    expect(nextCursor).toBeNull();
  });

  test('are filtered', async () => {
    const ids = async (filter: string) =>
      (await get(`/v1/papers?${filter}`)).items.map(({ arxivId }: Row) => arxivId);
    expect(await ids('decision=accepted')).toEqual(['2401.00001', '2402.00003']);
    expect(await ids('from=2024-01-01&to=2024-01-02')).toEqual(['2401.00001']);
    expect(await ids('from=0001-01-01&to=9999-12-31')).toHaveLength(4);
    expect(await ids('category=cs.AI')).toEqual([]);
    expect(await ids('category=cs.LG&collectionId=collection-1')).toHaveLength(4);
  });

  test('are paged without losing or repeating one', async () =>
    expect(await pages('/v1/papers', 'arxivId')).toBe(4));

  test('are found by id, also an old one with its slash', async () => {
    const paper = await get('/v1/papers/2401.00001');
    expect(paper).toMatchObject({
      abstract: 'An abstract with "quotes", a\nline break and ∂ – 0',
      line: 1,
      samples: [{ decision: 'accepted', label: 'cs.LG', words: 60 }],
      predictions: [{ requestId: 'request-0', label: 'cs.LG', trueLabel: 'cs.LG' }],
    });
    expect((await get('/v1/papers/cs/9901001')).samples).toMatchObject([
      { rejectedFor: 'too_short', detail: '3 words' },
    ]);
    expect(await get('/v1/papers/2401.00002')).toMatchObject({
      samples: [{ duplicateOf: '2401.00001', matchedBy: 'title', similarity: 1 }],
      predictions: [],
    });
    expect(await get('/v1/papers/9999.99999', 404)).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('training', () => {
  test('datasets', async () => {
    const { items } = await get(`/v1/datasets?model=${MODEL}`);
    expect(items.map(({ datasetId, status }: Row) => [datasetId, status])).toEqual([
      ['dataset-9', 'refused'],
      ['dataset-3', 'sealed'],
      ['dataset-2', 'sealed'],
      ['dataset-1', 'sealed'],
    ]);
    expect(await get('/v1/datasets/dataset-1')).toMatchObject({
      balance: { 'cs.AI': 40, 'cs.LG': 60 },
      sources: [{ topic: 'epochlog.samples', partition: 0, from: 0, to: 4 }],
      labels: ['cs.AI', 'cs.LG'],
      train: 80,
    });
    expect(await get('/v1/datasets/dataset-9')).toMatchObject({ code: 'DATASET_TOO_SMALL', artifact: null });
    await get('/v1/datasets/none', 404);
    expect((await get('/v1/datasets?model=none')).items).toEqual([]);
  });

  test('runs, with epochs and evaluations', async () => {
    const { items } = await get('/v1/runs');
    expect(items.map(({ runId, status }: Row) => [runId, status])).toEqual([
      ['run-3', 'completed'],
      ['run-2', 'failed'],
      ['run-1', 'completed'],
    ]);
    expect((await get('/v1/runs?status=failed')).items).toMatchObject([
      { runId: 'run-2', reason: 'too few' },
    ]);
    const run = await get('/v1/runs/run-3');
    expect(run).toMatchObject({
      ...{ model: MODEL, datasetId: 'dataset-3', engine: 'linear', seed: 42, epochs: 2, bestEpoch: 2 },
      ...{ params: { c: 0.5, epochs: 2 }, stoppedEarly: false, seconds: 1.25, package: 'sha256:p3' },
      history: [
        { epoch: 1, trainLoss: 1, validationLoss: 1.1 },
        { epoch: 2, trainLoss: 0.5, validationAccuracy: 0.7 },
      ],
      evaluations: [{ accuracy: 0.75, baselineVersion: 'v1.0.0', baselineAccuracy: 0.7 }],
    });
    expect(run.evaluations[0].perClass).toEqual([
      { label: 'cs.AI', precision: 0.6, recall: 0.9, f1: 0.72, support: 4 },
      { label: 'cs.LG', precision: 0.8, recall: 0.7, f1: 0.746, support: 6 },
    ]);
    expect(run.evaluations[0].confusion).toEqual([[4, 2], [1, 3]]); // biome-ignore format: a matrix
    await get('/v1/runs/none', 404);
  });

  test('evaluations', async () => {
    const { items } = await get('/v1/evaluations');
    expect(items.map(({ evaluationId }: Row) => evaluationId)).toEqual([
      'run-3/evaluation',
      'run-1/evaluation',
    ]);
    expect((await get('/v1/evaluations?runId=run-1')).items).toMatchObject([
      { accuracy: 0.7, macroF1: 0.69, baselineVersion: null, coverage: [{ coverage: 0.5, accuracy: 0.9 }] },
    ]);
  });
});

describe('models', () => {
  test('versions as they stand', async () => {
    const { items } = await get(`/v1/models/${MODEL}/versions`);
    expect(items.map(({ version, status }: Row) => [version, status])).toEqual([
      ['v1.1.0', 'replaced'],
      ['v1.0.0', 'production'],
      ['v9.9.9', 'refused'],
    ]);
    expect(items[1]).toMatchObject({
      accuracy: 0.7,
      runId: 'run-1',
      modelHash: 'm1',
      reason: 'it looks wrong',
    });
    expect(items[1].firstInProductionAt).toBe(iso(first('VersionPromoted')));
    expect((await get('/v1/models/none/versions')).items).toEqual([]);
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
      'RetrainingRequested',
      'RetrainingTriggered',
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

    const second = await at(last('VersionPromoted').time + 500);
    expect(second.production.version).toBe('v1.1.0');
    expect(second.chain.slice(0, 3).map(({ type }: Row) => type)).toEqual([
      'DriftMeasured',
      'AlertRaised',
      'RetrainingTriggered',
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
    expect((await get(`/v1/models/${MODEL}/history?at=9999-12-31`)).production).toMatchObject({
      version: 'v1.0.0',
    });
    expect((await get(`/v1/models/${MODEL}/history?at=0001-01-01T00:00:00Z`)).production).toBeNull();
    expect(await get('/v1/models/none/history')).toMatchObject({ production: null, changes: [] });
    expect((await get(`/v1/models/${MODEL}/history?at=2026-03-01`)).production).toBeNull();
  });
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
      rareWordShare: 0.125,
    });
  });

  test('are filtered and paged', async () => {
    const ids = async (filter: string) =>
      (await get(`/v1/predictions?${filter}`)).items.map(({ requestId }: Row) => requestId);
    expect(await ids('labelled=true')).toEqual(['request-1', 'request-0']);
    expect(await ids('labelled=false&label=cs.AI')).toEqual(['request-5', 'request-3']);
    expect(await ids('version=v2.0.0')).toEqual([]);
    const second = iso(life.filter(({ type }) => type === 'PredictionServed')[1]);
    expect(await ids(`to=${second}&model=${MODEL}`)).toEqual(['request-0']);
    expect(await ids('from=0001-01-01&to=9999-12-31')).toHaveLength(6);
    expect(await ids(`from=${second}&instanceId=2401.00001`)).toEqual([]);
    expect(await pages('/v1/predictions', 'requestId')).toBe(6);
  });

  test('latency by version, in all or by minute', async () => {
    expect((await get('/v1/latency')).items).toEqual([
      { model: MODEL, version: 'v1.0.0', start: null, predictions: 6, p50: 4, p95: 6, p99: 6, max: 6 },
    ]);
    const { items } = await get('/v1/latency?interval=minute&version=v1.0.0');
    expect(items).toMatchObject([{ predictions: 6, start: '2026-03-01T12:00:00Z' }]);
  });
});

test('drift, accuracy, alerts and retrainings', async () => {
  expect((await get(`/v1/drift?model=${MODEL}`)).items).toMatchObject([
    {
      ...{ version: 'v1.0.0', window: 1, predictions: 6, drifted: true, from: new Date(START).toISOString() },
      features: [
        { feature: 'confidence', psi: 0.04, drifted: false },
        { feature: 'textLength', psi: 0.4, pValue: 0.001, drifted: true },
      ],
    },
  ]);
  expect((await get('/v1/drift?feature=confidence')).items).toMatchObject([{ drifted: false }]);
  expect((await get('/v1/accuracy')).items).toMatchObject([
    { labelled: 2, accuracy: 0.5, reference: 0.7, dropped: false },
  ]);
  expect((await get('/v1/alerts?status=resolved')).items).toMatchObject([
    { alertId: 'alert-1', cause: 'drift', reason: 'textLength drifted', resolution: 'v1.0.0 has left' },
  ]);
  expect((await get('/v1/alerts?status=open')).items).toEqual([]);
  const { items } = await get('/v1/retrainings');
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
});

describe('events', () => {
  test('by correlation, stream, type and subject, in order', async () => {
    const asked = first('RetrainingRequested');
    const { items } = await get(`/v1/events?correlationId=${asked.id}`);
    expect(items.map(({ id }: Row) => id)).toEqual(
      life.filter(({ correlationId }) => correlationId === asked.id).map(({ id }) => id),
    );
    expect(items[0]).toMatchObject({
      causationId: null,
      sequence: 0,
      source: 'cli',
      time: iso(asked),
      data: asked.data,
    });
    expect((await get('/v1/events?stream=alerts')).items).toHaveLength(4);
    expect((await get('/v1/events?type=EpochCompleted&subject=run-3')).items).toHaveLength(2);
    expect((await get('/v1/events?type=Nothing')).items).toEqual([]);
    expect(await pages('/v1/events', 'id', 7)).toBe(life.length);
  });

  test('one, with what led to it and what it led to', async () => {
    const alert = first('AlertRaised');
    const { event, causes, effects } = await get(`/v1/events/${alert.id}`);
    expect(event).toMatchObject({ id: alert.id, type: 'AlertRaised', data: alert.data });
    expect(causes.map(({ type }: Row) => type)).toEqual(['DriftMeasured']);
    expect(effects.map(({ subject, type }: Row) => [subject, type])).toEqual([
      [MODEL, 'RetrainingTriggered'],
      [MODEL, 'RetrainingTriggered'],
    ]);
    await get('/v1/events/00000000-0000-7000-8000-000000000000', 404);
  });

  test('counted by type', async () => {
    const { items } = await get('/v1/events/types');
    expect(items).toContainEqual(
      expect.objectContaining({
        type: 'PaperIngested',
        stream: 'papers',
        events: 4,
        first: iso(first('PaperIngested')),
      }),
    );
  });
});

test('what is wrong in a request is named', async () => {
  const fault = async (url: string) => (await get(url, 400)).detail;
  expect(await fault(`/v1/models/${MODEL}/history?at=yesterday`)).toContain('querystring.at');
  expect(await fault('/v1/papers?limit=1001')).toContain('querystring.limit');
  expect(await fault('/v1/papers?limit=0')).toContain('querystring.limit');
  expect(await fault('/v1/papers?from=1.1.2024')).toContain('querystring.from');
  expect(await fault('/v1/predictions?labelled=perhaps')).toContain('querystring.labelled');
  expect(await fault('/v1/events?stream=nothing')).toContain('querystring.stream');
  expect(await fault('/v1/papers?cursor=bad')).toContain('cursor');
  const foreign = (await get('/v1/predictions?limit=1')).nextCursor;
  expect(await fault(`/v1/papers?cursor=${foreign}`)).toContain('cursor');
});

describe('requests', () => {
  test('are appended and can be followed', async () => {
    const training = { model: MODEL, engine: 'linear', params: { c: 2 }, seed: 7, requestedBy: 'grace' };
    const { eventId, correlationId, follow } = await post('/v1/trainings', training, 202);
    expect(correlationId).toBe(eventId);
    await services.host.settled();
    expect((await get(follow)).items).toMatchObject([
      {
        id: eventId,
        type: 'RetrainingRequested',
        source: 'api',
        data: { ...training, reason: 'asked for over HTTP' },
      },
    ]);
    await post('/v1/promotions', { model: MODEL, version: 'v1.0.0', reason: 'it is better' }, 202);
    await post('/v1/rollbacks', { model: MODEL }, 202);
    const all = await services.all('PromotionRequested', 'RollbackRequested');
    expect(all.slice(-2).map(({ source, data }) => [source, data.requestedBy])).toEqual([
      ['api', 'api'],
      ['api', 'api'],
    ]);
  });

  test('that are wrong are refused', async () => {
    expect((await post('/v1/trainings', {}, 400)).errors).toMatchObject([{ field: 'body.model' }]);
    expect((await post('/v1/trainings', { model: MODEL, seed: 2 ** 40 }, 400)).detail).toContain('body.seed');
    expect((await post('/v1/promotions', { model: MODEL }, 400)).detail).toContain('body.version');
    expect((await post('/v1/rollbacks', { model: MODEL, versoin: 'x' }, 400)).detail).toContain('versoin');
  });

  test('need the token', async () => {
    const answer = await app.inject({ method: 'POST', url: '/v1/rollbacks', payload: { model: MODEL } });
    expect(answer.statusCode).toBe(401);
  });
});

describe('SQL of a user', () => {
  test('reads the projections with bound parameters', async () => {
    const sql = 'SELECT version, count() AS n FROM predictions WHERE label = {label:String} GROUP BY version';
    expect(await post('/v1/query', { sql, params: { label: 'cs.AI' } }, 200)).toEqual({
      rows: [{ version: 'v1.0.0', n: 3 }],
      count: 1,
    });
  });

  test.each([
    ['is wrong', 'SELEC 1'],
    ['has no such table', 'SELECT * FROM nothing'],
    ['lacks a parameter', 'SELECT {x:String}'],
    ['writes', 'INSERT INTO outcomes (request_id) VALUES (1)'],
    ['drops', 'DROP TABLE events'],
    ['reads files', "SELECT * FROM file('/etc/passwd')"],
    ['answers too much', 'SELECT * FROM numbers(51)'],
  ])('that %s is refused', async (_what, sql) => {
    expect(await post('/v1/query', { sql }, 400)).toMatchObject({ code: 'WAREHOUSE_QUERY' });
  });
});

interface Row {
  [name: string]: unknown;
}

/** Walks a list page by page and returns how many different items it has; each must come once. */
async function pages(url: string, key: string, limit = 1): Promise<number> {
  const seen: unknown[] = [];
  let cursor = '';
  do {
    const { items, nextCursor } = await get(`${url}?limit=${limit}${cursor && `&cursor=${cursor}`}`);
    seen.push(...items.map((item: Row) => item[key]));
    cursor = nextCursor;
  } while (cursor);
  expect(new Set(seen).size).toBe(seen.length);
  return seen.length;
}

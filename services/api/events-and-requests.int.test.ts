import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../kernel/ids.ts';
import { newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { targetOf } from '../../schemas/deployments/running.ts';
import { type ApiUnderTest, type Row, startApi, TOKEN } from '../../test/harness/api.ts';
import { appendFact, factOf } from '../../test/harness/facts.ts';
import { MODEL } from '../../test/harness/scenario.ts';
import { smallScenario } from '../../test/harness/small-scenario.ts';

const scenario = smallScenario();
let under: ApiUnderTest;
const get = (url: string, status?: number) => under.get(url, status);
beforeAll(async () => {
  under = await startApi(scenario);
});
afterAll(() => under[Symbol.asyncDispose]());

const iso = (event: RecordedEvent | undefined) => new Date(event?.time ?? 0).toISOString();
const first = (type: RecordedEvent['type']) => scenario.find((event) => event.type === type)!;

describe('events', () => {
  test('by correlation, stream, type and subject, in order', async () => {
    const asked = first('TrainingPlanRequested');
    const { items } = await get(`/v1/events?correlationId=${asked.id}`);
    expect(items.map(({ id }: Row) => id)).toEqual(
      scenario.filter(({ correlationId }) => correlationId === asked.id).map(({ id }) => id),
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
    const of = (name: string) => scenario.filter(({ source }) => source === name).map(({ id }) => id);
    const own = (await get('/v1/events?source=cli')).items.map(({ id }: Row) => id);
    expect([own, own.length < scenario.length]).toEqual([of('cli'), true]);
    const caused = (await get(`/v1/events?causationId=${asked.id}`)).items;
    expect(caused.map(({ causationId }: Row) => causationId)).toContain(asked.id);
    expect(new Set(caused.map(({ causationId }: Row) => causationId)).size).toBe(1);
    expect(await under.walk('/v1/events', 'id', 7)).toBe(scenario.length);
    expect(await under.walk('/v1/events?newest=true&data=false', 'id', 7)).toBe(scenario.length);
    const times = async (path: string): Promise<string[]> =>
      (await get(path)).items.map(({ time }: Row) => time);
    const oldestFirst = await times('/v1/events?limit=1000');
    expect(new Set(oldestFirst).size).toBeGreaterThan(1);
    expect(await times('/v1/events?limit=1000&newest=true')).toEqual(oldestFirst.toReversed());
    const heads = (await get('/v1/events?limit=1000&newest=true&data=false')).items;
    expect(heads.map(({ time }: Row) => time)).toEqual(oldestFirst.toReversed());
    expect(new Set(heads.map(({ data }: Row) => JSON.stringify(data)))).toEqual(new Set(['{}']));
  });

  test('one, with what led to it and what it led to', async () => {
    const alert = first('AlertRaised');
    const { event, causes, effects } = await get(`/v1/events/${alert.id}`);
    expect(event).toMatchObject({ id: alert.id, type: 'AlertRaised', data: alert.data });
    expect(causes.map(({ type }: Row) => type)).toEqual(['DriftMeasured']);
    expect(effects.map(({ subject, type }: Row) => [subject, type])).toEqual([
      [MODEL, 'TrainingPlanned'],
      [MODEL, 'TrainingPlanned'],
    ]);
    await get('/v1/events/00000000-0000-7000-8000-000000000000', 404);
  });

  test('counted by type', async () => {
    const { items } = await get('/v1/events/types');
    expect(items).toContainEqual(
      expect.objectContaining({
        type: 'RecordIngested',
        stream: 'records',
        events: 4,
        first: iso(first('RecordIngested')),
      }),
    );
  });
});

test.each([
  ['datasets', 'datasetId'],
  ['runs', 'runId'],
  ['evaluations', 'evaluationId'],
  ['drift', 'eventId'],
  ['quality', 'eventId'],
  ['alerts', 'alertId'],
  ['trainings', 'planId'],
  ['latency?by=version,minute', 'version'],
  ['quality/versions', 'version'],
  ['models', 'model'],
  [`models/${MODEL}/versions`, 'version'],
  ['tasks', 'task'],
  ['events/types', 'type'],
])('%s are paged without losing or repeating one', async (list, key) => {
  const { items, next } = await get(`/v1/${list}`);
  const half = Math.ceil(items.length / 2);
  expect([next, await under.walk(`/v1/${list}`, key, half)]).toEqual([null, items.length]);
});

describe('requests', () => {
  test('with an Idempotency-Key count once, and conflict with others of the same key', async () => {
    const key = newId(Date.now());
    const send = async (url: string, payload: object, value: string = key) => {
      const headers = { authorization: `Bearer ${TOKEN}`, 'idempotency-key': value };
      const answer = await under.app.inject({ method: 'POST', url, payload, headers });
      return [answer.statusCode, answer.json().code ?? answer.json().requestId];
    };
    for (let i = 0; i < 2; i++)
      expect(await send('/v1/promotions', { model: MODEL, version: 'v1' })).toEqual([202, key]);
    expect(await send('/v1/promotions', { model: MODEL, version: 'v2' })).toEqual([409, 'CONFLICT']);
    expect(await send('/v1/rollbacks', { model: MODEL })).toEqual([409, 'CONFLICT']);
    expect(await send('/v1/rollbacks', { model: MODEL }, 'once')).toEqual([400, 'INPUT_INVALID']);
    const all = await under.services.all('PromotionRequested', 'RollbackRequested');
    expect(all.filter(({ id }) => id === key)).toHaveLength(1);
  });

  test('bring the version before back in another environment too, which is deployed there again', async () => {
    const asked = { model: MODEL, environment: 'staging', reason: 'it is slow', requestedBy: 'ada' };
    const { detail } = await under.post('/v1/rollbacks', asked, 409);
    expect(detail).toContain('no version is in staging');
    const target = targetOf(MODEL, 'staging');
    for (const [i, version] of ['v1.0.0', 'v1.1.0'].entries()) {
      const origin = { target, deploymentId: `staged-${i}`, model: MODEL, environment: 'staging', version };
      const fact = {
        ...origin,
        previous: null,
        strategy: 'blue-green',
        requestedBy: 'ada',
        policyVersion: 0,
      };
      await appendFact(
        under.services,
        newEvent('DeploymentCompleted', { ...fact, reason: 'it is loaded' }),
        i + 1,
      );
    }
    await under.post('/v1/rollbacks', asked, 202);
    await under.post('/v1/rollbacks', { ...asked, to: 'v0.9.0' }, 202);
    const requests = await under.services.all('DeploymentRequested');
    const again = { ...asked, target, strategy: 'blue-green' };
    expect(requests.slice(-2).map(({ data }) => data)).toMatchObject([
      { ...again, version: 'v1.0.0' },
      { ...again, version: 'v0.9.0' },
    ]);
  });

  test('are appended and can be followed', async () => {
    const training = {
      model: MODEL,
      engine: 'linear',
      params: { c: 2, solver: 'dual', tied: true, sizes: [8, 4] },
      seed: 7,
      requestedBy: 'grace',
    };
    const { requestId, correlationId, follow } = await under.post('/v1/trainings', training, 202);
    expect(correlationId).toBe(requestId);
    expect(await get(follow)).toMatchObject({ requestId, state: 'pending', answers: [] });
    await under.services.host.settled();
    const { state, events } = await get(follow);
    expect(state).toBe('pending');
    expect((await get(events)).items).toMatchObject([
      {
        id: requestId,
        type: 'TrainingPlanRequested',
        source: 'api',
        data: { ...training, reason: 'asked for over HTTP' },
      },
    ]);
    await under.post('/v1/promotions', { model: MODEL, version: 'v1.0.0', reason: 'it is better' }, 202);
    await under.post('/v1/rollbacks', { model: MODEL }, 202);
    await under.post('/v1/retirements', { model: MODEL, reason: 'it is old' }, 202);
    const all = await under.services.all('PromotionRequested', 'RollbackRequested', 'RetirementRequested');
    expect(all.slice(-3).map(({ source, data }) => [source, data.requestedBy])).toEqual([
      ['api', 'bootstrap'],
      ['api', 'bootstrap'],
      ['api', 'bootstrap'],
    ]);
  });

  test('have a state and an outcome, which a client can wait for', async () => {
    const of = async (type: RecordedEvent['type'], index = 0) =>
      get(`/v1/requests/${scenario.filter((event) => event.type === type)[index]?.id}`);
    expect(await of('ModelDeclared')).toMatchObject({ state: 'done', answers: [], answeredAt: null });
    expect(await of('PromotionRequested')).toMatchObject({
      state: 'refused',
      code: 'NOT_FOUND',
      reason: 'there is no v9.9.9',
      answers: [{ type: 'PromotionRefused' }],
    });
    expect(await of('RollbackRequested')).toMatchObject({ state: 'done', reason: 'it looks wrong' });
    expect(await of('TrainingPlanRequested', 1)).toMatchObject({ state: 'refused', code: 'CONFLICT' });
    expect((await get(`/v1/requests/${first('VersionPromoted').id}`, 404)).detail).toContain('requestId');

    const asked = { model: MODEL, version: 'v1.1.0', reason: 'again', requestedBy: 'ada' };
    const { requestId, follow } = await under.post('/v1/promotions', asked, 202);
    expect(await get(`${follow}?wait=0.05`)).toMatchObject({ state: 'pending' });
    const waiting = get(`${follow}?wait=60`);
    const refused = { ...asked, runId: null, code: 'CONFLICT', reason: 'no', policyVersion: 1 };
    const { log, codec } = under.services;
    const fact = factOf(newEvent('PromotionRefused', refused), 99);
    await log.append([codec.encode({ ...fact, correlationId: requestId, causationId: requestId })]);
    expect(await waiting).toMatchObject({ state: 'refused', reason: 'no' });
    expect((await get(`/v1/events?correlationId=${requestId}`)).items).toHaveLength(2);
    expect((await get(`${follow}?wait=61`, 400)).detail).toContain('querystring.wait');
  });

  test.each([
    ['larger than a megabyte', '/v1/promotions', { version: 'v1', reason: 'x'.repeat(1 << 20) }, 413],
    ['with a reason of a megabyte', '/v1/promotions', { version: 'v1', reason: 'x'.repeat(1_000_000) }, 400],
    ['with a model of a megabyte', '/v1/trainings', { model: 'x'.repeat(1_000_000) }, 400],
    ['with a version of a megabyte', '/v1/promotions', { version: 'x'.repeat(1_000_000) }, 400],
    ['by half a character', '/v1/rollbacks', { requestedBy: '\ud800' }, 400],
    ['for half a character', '/v1/rollbacks', { reason: '\udfff' }, 400],
    ['about a model with half a character', '/v1/rollbacks', { model: 'm\ud83d' }, 400],
    ['about a model with a zero', '/v1/rollbacks', { model: 'm\u0000' }, 400],
    ['with half a character in a parameter', '/v1/trainings', { params: { '\ud800': 1 } }, 400],
    ['with half a character in the engine', '/v1/trainings', { engine: '\ud800' }, 400],
    ['with half a character in the version', '/v1/promotions', { version: '\ud800' }, 400],
  ])('%s are refused, and leave nothing in the log', async (_what, url, body, status) => {
    const ends = async () =>
      (await under.services.log.endOffsets(['epochlog.models', 'epochlog.trainings'])).map(
        ({ offset }) => offset,
      );
    const before = await ends();
    expect(await under.post(url, { model: MODEL, ...body }, status)).toMatchObject({ code: 'INPUT_INVALID' });
    expect(await ends()).toEqual(before);
  });

  test('need the token', async () => {
    const answer = await under.app.inject({
      method: 'POST',
      url: '/v1/rollbacks',
      payload: { model: MODEL },
    });
    expect(answer.statusCode).toBe(401);
  });
});

describe('SQL of a user', () => {
  test('reads the projections with bound parameters', async () => {
    const sql = 'SELECT version, count() AS n FROM predictions WHERE label = {label:String} GROUP BY version';
    expect(await under.post('/v1/sql', { sql, params: { label: 'cs.AI' } }, 200)).toEqual({
      rows: [{ version: 'v1.0.0', n: 3 }],
      count: 1,
    });
  });

  test('knows what each table and column means', async () => {
    const { items } = await under.get('/v1/tables?limit=1000');
    const events = items.find(({ table }: { table: string }) => table === 'events');
    expect(events).toMatchObject({ kind: 'table', meaning: expect.stringContaining('Every event') });
    expect(events.columns).toContainEqual({
      name: 'causation_id',
      type: 'String',
      meaning: 'id of the event that it follows from at once; empty of a request',
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
    expect(await under.post('/v1/sql', { sql }, 400)).toMatchObject({ code: 'WAREHOUSE_QUERY' });
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { recorded } from '../../schemas/testing.ts';
import { type ApiUnderTest, startApi } from '../../test/harness/api.ts';
import { inNewerSchema } from '../../test/harness/newer-schema.ts';

let under: ApiUnderTest;
let register: () => Promise<void>;
beforeAll(async () => {
  under = await startApi([]);
  const { home, codec, log, host } = under.services;
  for (const requestId of ['a', 'b']) {
    const outcome = newEvent('OutcomeReported', {
      requestId,
      label: 'cs.AI',
      value: null,
      reportedAt: 0,
      source: '',
    });
    const newer = await inNewerSchema(home, {
      codec,
      schemas: loadSchemas(),
      event: recorded(outcome) as RecordedEvent,
    });
    await log.append([newer.record]);
    register = newer.register;
  }
  await host.settled();
});
afterAll(() => under[Symbol.asyncDispose]());

const URL = '/v1/dead-letters';

test('dead letters are listed and shown', async () => {
  const { items } = await under.get(URL);
  expect(await under.walk(URL, 'id')).toBe(2);
  expect(items).toMatchObject([
    { id: 'outcomes/0@0' },
    {
      id: 'outcomes/0@1',
      state: 'open',
      service: 'projector',
      step: 'decode',
      code: 'EVENT_UNDECODABLE',
      subject: 'b',
      time: expect.stringMatching(/^20\d\d-.*Z$/),
      original: { topic: 'epochlog.outcomes', partition: 0, offset: 1 },
      decision: null,
    },
  ]);
  expect((await under.get(`${URL}?service=monitor`)).items).toEqual([]);
  expect((await under.get(`${URL}?stream=outcomes&code=EVENT_UNDECODABLE&all=true`)).items).toHaveLength(2);
  expect(await under.get(`${URL}/outcomes/0@0`)).toMatchObject({
    id: 'outcomes/0@0',
    headers: { ce_subject: 'a' },
    data: null,
    undecodable: { message: expect.stringContaining('no schema'), bytes: expect.stringMatching(/^00/) },
    identical: true,
    attempts: [{ id: 'outcomes/0@0' }],
  });
});

test('are redriven or discarded, with who and why', async () => {
  await register();
  expect(await under.post(`${URL}/outcomes/0@0/redrive`, {}, 202)).toMatchObject({ id: 'outcomes/0@0' });
  await under.services.host.settled();
  expect(await under.get(`${URL}/outcomes/0@0`)).toMatchObject({
    state: 'redriven',
    decision: { what: 'redrive', requestedBy: 'bootstrap', reason: 'asked for over HTTP' },
    data: { requestId: 'a' },
  });
  const why = { reason: 'of no use', requestedBy: 'ada' };
  expect(await under.post(`${URL}/outcomes/0@1/discard`, why, 200)).toMatchObject({
    state: 'discarded',
    decision: { what: 'discard', ...why },
  });
  expect(await under.get(URL)).toEqual({ items: [], next: null });
  const { services } = under;
  expect(await services.all('DeadLetterRedriveRequested', 'DeadLetterDiscardRequested')).toMatchObject([
    {
      source: 'api',
      data: { deadLetterId: 'outcomes/0@0', service: 'projector', eventType: 'OutcomeReported' },
    },
    { source: 'api', data: { deadLetterId: 'outcomes/0@1', attempt: 1, ...why } },
  ]);
});

test('errors are problem answers', async () => {
  expect(await under.get(`${URL}/outcomes/0@9`, 404)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await under.get(`${URL}/outcomes/9`, 400)).toMatchObject({ code: 'INPUT_INVALID' });
  expect((await under.get(`${URL}?stream=nothing`, 400)).detail).toContain('querystring.stream');
  expect(await under.post(`${URL}/outcomes/0@1/redrive`, {}, 409)).toMatchObject({ code: 'CONFLICT' });
  expect((await under.post(`${URL}/outcomes/0@1/discard`, {}, 400)).detail).toContain('body.reason');
  const answer = await under.app.inject({ method: 'POST', url: `${URL}/outcomes/0@1/redrive`, payload: {} });
  expect(answer.statusCode).toBe(401);
});

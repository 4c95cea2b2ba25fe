import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../infra/config/config.ts';
import { openAccess } from '../../infra/http/access/open.ts';
import { createApp } from '../../infra/http/app.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { newToken } from '../../schemas/tokens/secret.ts';
import { TOKEN } from '../../test/harness/api.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { startServices } from '../../test/harness/services.ts';
import { sharedProjections } from '../../test/harness/shared-projections.ts';
import { service as gatekeeper } from '../gatekeeper/service.ts';
import { service as projector } from '../projector/service.ts';
import { evaluation } from '../registrar/fixtures.ts';
import { service as registrar } from '../registrar/service.ts';
import { service as api } from './service.ts';

const WRONG_TOKENS = 2_000;

type Under = Awaited<ReturnType<typeof startWithTokens>>;
let under: Under;

/** The API with the tokens of its log; what it logs is kept. */
async function startWithTokens() {
  await using stack = new AsyncDisposableStack();
  const warehouse = stack.use(await sharedProjections());
  const own = [gatekeeper, projector, registrar, api];
  const environment = { EPOCHLOG_PROJECTOR_PAUSE_MS: '0' };
  const services = stack.use(await startServices(own, { warehouse, environment }));
  const logged: unknown[] = [];
  const log = (...told: unknown[]) => logged.push(told);
  const logger = { debug: log, info: log, warn: log, error: log };
  const config = readConfig({}, { EPOCHLOG_TOKEN: TOKEN });
  const app = await createApp({
    config,
    services: own,
    host: services.host,
    telemetry: createPrometheus(),
    logger,
    ready: () => warehouse.ping(),
    openAccess: (closed) => openAccess({ config, events: services.events, logger }, closed),
  });
  stack.defer(() => app.close());
  const call = async (token: string, url: string, payload?: object) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await app.inject({
      method: payload ? 'POST' : 'GET',
      url,
      payload: payload ?? '',
      headers,
    });
    return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
  };
  const created = async (name: string, role: string, more: object = {}) => {
    const asked = await call(TOKEN, '/v1/tokens', { name, role, ...more });
    expect(asked.status).toBe(202);
    const { state, reason } = (await call(TOKEN, `${asked.body.follow}?wait=60`)).body;
    return { ...(asked.body as { token: string; tokenId: string }), state, reason };
  };
  const started = stack.move();
  return { services, app, logged, call, created, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

beforeAll(async () => {
  under = await startWithTokens();
});
afterAll(() => under[Symbol.asyncDispose]());

test('a token counts when it is made, until it is revoked; its hash alone is in the log', async () => {
  const { token, tokenId, state } = await under.created('ci', 'operator');
  expect(state).toBe('done');
  expect((await under.call(token, '/v1/actor')).body).toEqual({ name: 'ci', role: 'operator', by: 'token' });
  expect((await under.call(token, '/v1/tokens')).status).toBe(403);
  await under.call(token, '/v1/tasks', { file: 'task: x' }).then(({ status }) => expect(status).toBe(400));
  const records = JSON.stringify(await under.services.all('TokenRequested', 'TokenCreated'));
  expect(records).toContain('$scrypt$ln=15,r=8,p=1$');
  expect(records).not.toContain(token.slice(17, 60));
  expect((await under.call(TOKEN, '/v1/tokens')).body.items).toMatchObject([
    { tokenId, name: 'ci', role: 'operator', createdBy: 'bootstrap', revokedAt: null, revokedBy: null },
  ]);
  const ended = await under.call(TOKEN, `/v1/tokens/${tokenId}/revoke`, { reason: 'it was in a log' });
  expect((await under.call(TOKEN, `${ended.body.follow}?wait=60`)).body.state).toBe('done');
  await expect.poll(async () => (await under.call(token, '/v1/actor')).status).toBe(401);
  expect((await under.call(token, '/v1/actor')).body.detail).toMatch(/of ci is revoked/);
  const [listed] = (await under.call(TOKEN, '/v1/tokens')).body.items;
  expect(listed).toMatchObject({ revokedBy: 'bootstrap', revokedFor: 'it was in a log' });
});

test('the events say who asked by the token, also where a request names another', async () => {
  const { token } = await under.created('robot', 'operator');
  const asked = { channel: 'team' };
  expect((await under.call(token, '/v1/notifications/test', asked)).status).toBe(202);
  const forged = await under.call(token, '/v1/notifications/test', { ...asked, requestedBy: 'ada' });
  expect([forged.status, forged.body.code]).toEqual([403, 'FORBIDDEN']);
  const events = await under.services.all('NotificationTestRequested');
  expect(events.map(({ data }) => data.requestedBy)).toEqual(['robot']);
  expect((await under.call(token, '/v1/reviews/r-1', { outcome: 'approved' })).body.detail).toMatch(
    /needs the role approver, and robot is operator/,
  );
});

test('an approval with a role that the policy does not ask for, or of the own request, is refused with the reason', async () => {
  const { services, call, created } = under;
  const lead = 'review: { approvals: 1, roles: { lead: { people: [leader, asker], approvals: 1 } } }';
  await appendFact(services, evaluation(1, 0.8)); // the registrar makes a version of it
  await services.all('VersionPromoted');
  await services.publish(policyChanged('topics', lead));
  const [asker, leader, other] = await Promise.all(
    ['asker', 'leader', 'other'].map(async (name) => (await created(name, 'approver')).token),
  );
  const review = { model: 'topics', version: 'v1.0.0', reviewId: 'r-1' };
  const opened = await call(asker!, '/v1/reviews', review);
  expect((await call(asker!, `${opened.body.follow}?wait=60`)).body).toMatchObject({ state: 'done' });
  const opinionOf = async (token: string) => {
    const asked = await call(token, '/v1/reviews/r-1', { outcome: 'approved' });
    expect(asked.status).toBe(202);
    const { state, code, reason } = (await call(token, `${asked.body.follow}?wait=60`)).body;
    return { state, code, reason };
  };
  expect(await opinionOf(other!)).toEqual({
    ...{ state: 'refused', code: 'CONFLICT' },
    reason: expect.stringMatching(/other has none of the roles of the policy \(lead\)/),
  });
  expect(await opinionOf(asker!)).toMatchObject({
    state: 'refused',
    reason: expect.stringMatching(/asker asked/),
  });
  expect((await call(other!, '/v1/reviews/r-1')).body).toMatchObject({ state: 'open', opinions: [] });
  expect(await opinionOf(leader!)).toMatchObject({ state: 'done' });
  expect((await call(other!, '/v1/reviews/r-1')).body).toMatchObject({
    ...{ state: 'approved', opinions: [{ outcome: 'approved', requestedBy: 'leader' }] },
  });
});

test('a name that has a token gets no second one, and a time that has passed makes none', async () => {
  await under.created('grace', 'viewer');
  expect(await under.created('grace', 'admin')).toMatchObject({ state: 'refused' });
  const late = await under.created('late', 'viewer', { expiresAt: '2020-01-01T00:00:00Z' });
  expect(late).toMatchObject({ state: 'refused', reason: expect.stringMatching(/has passed/) });
  expect((await under.call(late.token, '/v1/actor')).status).toBe(401);
});

test('thousands of wrong tokens are refused, hold up no good one, and stand in no log line and no event', async () => {
  const { token } = await under.created('good', 'viewer');
  const wrong = Array.from({ length: WRONG_TOKENS }, (_, i) =>
    i % 2 ? newToken().token : `wrong-token-${i}`,
  );
  const statuses = new Map<number, number>();
  for (const [i, one] of wrong.entries()) {
    const { status, headers } = await under.call(one, '/v1/actor');
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 429) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    if (i % 100 === 0) expect((await under.call(token, '/v1/actor')).status).toBe(200);
  }
  expect([...statuses.keys()].sort()).toEqual([401, 429]);
  const told = JSON.stringify(under.logged);
  for (const one of wrong) expect(told.includes(one)).toBe(false);
  expect(told).not.toContain(token);
});

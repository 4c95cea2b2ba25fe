import { expect, test } from 'vitest';
import type { Actor } from '../../../kernel/access.ts';
import { open } from '../fixtures.ts';
import type { Access } from './access.ts';

/** Each token is the name of an operator. */
const access: Access = {
  authenticate: (name): Actor => ({ name, role: 'operator', by: 'token' }),
};

const opened = (config: object) => open({ config, openAccess: async () => access });
type App = Awaited<ReturnType<typeof opened>>;

const read = (app: App, name?: string, url = '/docs/json') =>
  app.inject({ url, headers: name === undefined ? {} : { authorization: `Bearer ${name}` } });
const greet = (app: App, name: string) =>
  app.inject({
    method: 'POST',
    url: '/v1/greet',
    payload: { name: 'x', times: 1 },
    headers: { authorization: `Bearer ${name}` },
  });

test('a token may ask so often a minute, then it is told when to come back; others are not held up', async () => {
  const app = await opened({ authentication: 'required', rateLimit: 3 });
  const statuses: number[] = [];
  for (let i = 0; i < 5; i += 1) statuses.push((await greet(app, 'ada')).statusCode);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  const refused = await greet(app, 'ada');
  expect(refused.headers['content-type']).toContain('application/problem+json');
  expect(refused.json()).toMatchObject({
    code: 'TOO_MANY_REQUESTS',
    detail: expect.stringMatching(/^ada may ask 3 times a minute: ask again in \d+ s$/),
  });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await greet(app, 'grace')).statusCode).toBe(200);
});

test('without a token it is the address; probes, metrics and files of the console are not counted', async () => {
  const app = await opened({ authentication: 'required', rateLimit: 2 });
  expect([await read(app), await read(app), await read(app)].map((answer) => answer.statusCode)).toEqual([
    200, 200, 429,
  ]);
  for (const url of ['/health/live', '/metrics', '/console'])
    expect([url, (await read(app, undefined, url)).statusCode]).toEqual([url, 200]);
});

test.each([{}, { authentication: 'required', rateLimit: 0 }])('%j limits nothing', async (config) => {
  const app = await opened({ rateLimit: 2, ...config });
  for (let i = 0; i < 5; i += 1) expect((await greet(app, 'ada')).statusCode).toBe(200);
});

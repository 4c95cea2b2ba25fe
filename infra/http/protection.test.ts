import { expect, test } from 'vitest';
import { open } from './fixtures.ts';
import { hostGuard, type Protection } from './protection.ts';

const token = 'a-secret-of-some-length';
const READS = ['/v1/unwell', '/v1/nothing', '/docs/json', '/metrics', '/health/ready', '/health/live'];

/** The statuses of reads without the token, in the order above. */
async function reads(config: Protection, headers: Record<string, string> = {}): Promise<number[]> {
  const app = await open({ config });
  return Promise.all(READS.map(async (url) => (await app.inject({ url, headers })).statusCode));
}

test('with a token, reads and writes need it; probes, metrics and the documentation do not', async () => {
  expect(await reads({ token })).toEqual([401, 401, 200, 200, 200, 200]);
  expect(await reads({ token }, { authorization: `Bearer ${token}` })).toEqual([
    503, 404, 200, 200, 200, 200,
  ]);
});

test('the configuration says what may be read without the token', async () => {
  expect(await reads({ token, openReads: 'health' })).toEqual([401, 401, 200, 401, 200, 200]);
  expect(await reads({ token, openReads: 'all' })).toEqual([503, 404, 200, 200, 200, 200]);
});

test.each(['metrics', 'all'] as const)(
  'a write needs the token, with open reads of %s',
  async (openReads) => {
    const app = await open({ config: { token, openReads } });
    const post = (headers: Record<string, string>) =>
      app.inject({ method: 'POST', url: '/v1/greet', payload: { name: 'x', times: 1 }, headers });
    const bare = await post({});
    expect(bare.statusCode).toBe(401);
    expect(bare.headers['www-authenticate']).toBe('Bearer');
    for (const wrong of [`Bearer ${token}x`, 'Bearer ', token, `Basic ${token}`]) {
      expect((await post({ authorization: wrong })).statusCode).toBe(401);
    }
    for (const right of [`Bearer ${token}`, `bearer ${token}`, `BEARER  ${token}`]) {
      expect((await post({ authorization: right })).json()).toEqual({ text: 'hello x' });
    }
  },
);

test.each([
  ['without a token', {}],
  ['with a token', { token }],
  ['with a token and open reads', { token, openReads: 'all' }],
] as const)('%s, a request to a host that is not allowed is refused', async (_how, config) => {
  const headers = { host: 'rebound.example:8800', authorization: `Bearer ${token}` };
  expect(await reads(config, headers)).toEqual(READS.map(() => 421));
  const answer = await (await open({ config })).inject({ url: '/v1/unwell', headers });
  expect(answer.json()).toMatchObject({
    code: 'HOST_NOT_ALLOWED',
    detail: expect.stringContaining('EPOCHLOG_ALLOWED_HOSTS'),
  });
});

test('X-Forwarded-Host changes nothing, also from a proxy that is trusted', async () => {
  const app = await open({ config: { trustedProxies: ['loopback'] } });
  const headers = { host: 'rebound.example', 'x-forwarded-host': 'localhost' };
  expect((await app.inject({ url: '/v1/unwell', headers })).statusCode).toBe(421);
});

test.each([
  ['localhost', true],
  ['localhost:8800', true],
  ['LOCALHOST.:8800', true],
  ['127.0.0.1:8800', true],
  ['[::1]:8800', true],
  ['10.1.2.3:8800', true], // probes and scrapes come by the address; only a name can be rebound
  ['[fd00::1]', true],
  ['models.internal:8800', true],
  ['Gateway', true],
  ['a.b.svc.example', true],
  ['svc.example', false],
  ['notsvc.example', false],
  ['gateway.evil.com', false],
  ['evil.com', false],
  ['localhost.evil.com', false],
  ['127.0.0.1.evil.com', false],
  ['evil.com:8800:127.0.0.1', false],
  ['', false],
])('the host %j is allowed: %j', (host, allowed) => {
  const check = hostGuard({ host: 'models.internal', allowedHosts: ['gateway', '.svc.example'] });
  if (allowed) expect(() => check(host)).not.toThrow();
  else expect(() => check(host)).toThrow();
});

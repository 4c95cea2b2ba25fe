import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../config/config.ts';
import type { Access } from './access.ts';
import { oidcAccess } from './oidc.ts';

const ISSUER = 'https://id.example.org';
const AUDIENCE = 'epochlog';
const HERE = '192.0.2.1';
const NOW = Date.UTC(2026, 5, 1);
const SECONDS = NOW / 1_000;

type Provider = Awaited<ReturnType<typeof startProvider>>;
let provider: Provider;

/** An identity provider: a server of keys, which can be replaced, and tokens that they sign. */
async function startProvider() {
  const keys = new Map<string, CryptoKey>();
  let served: object[] = [];
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: served }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  /** Signs with a new key from now on, and publishes it alone. */
  async function rotate(kid: string): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    keys.set(kid, privateKey);
    served = [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }];
  }
  await rotate('first');
  const sign = (claims: JWTPayload = {}, kid = 'first') =>
    new SignJWT({
      sub: 'ada',
      roles: ['operator'],
      iss: ISSUER,
      aud: AUDIENCE,
      exp: SECONDS + 600,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid })
      .sign(keys.get(kid)!);
  return {
    url: `http://127.0.0.1:${port}/keys`,
    sign,
    rotate,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider[Symbol.asyncDispose]());

const knowing = (more: Record<string, string> = {}, at = { now: NOW }): Access =>
  oidcAccess(
    readConfig(
      {},
      {
        EPOCHLOG_OIDC_ISSUER: ISSUER,
        EPOCHLOG_OIDC_AUDIENCE: AUDIENCE,
        EPOCHLOG_OIDC_JWKS: provider.url,
        ...more,
      },
    ),
    { now: () => at.now, cooldownMs: 0 },
  );

const outcome = async (access: Access, token: string) => {
  try {
    const { name, role } = await access.authenticate(token, HERE);
    return `${name}: ${role}`;
  } catch (error) {
    return `${Reflect.get(error as Error, 'code')}: ${(error as Error).message}`;
  }
};

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

describe('a token', () => {
  test('says who asks, and what they may do; it is verified once', async () => {
    const access = knowing();
    const token = await provider.sign();
    expect(await outcome(access, token)).toBe('ada: operator');
    expect(access.authenticate(token, HERE)).toEqual({ name: 'ada', role: 'operator', by: 'oidc' }); // at once
  });

  test.each([
    ['of another audience', { aud: 'others' }, /claim aud is wrong/],
    ['of another issuer', { iss: 'https://evil.example' }, /claim iss is wrong/],
    ['that has expired', { exp: SECONDS - 31 }, /has expired/],
    ['that does not end', { exp: undefined }, /claim exp is wrong or missing/],
    ['that begins later', { nbf: SECONDS + 31 }, /claim nbf/],
    ['of nobody', { sub: undefined }, /claim sub has no name/],
  ])('%s does not count', async (_what, claims, why) => {
    const told = await outcome(knowing(), await provider.sign(claims as JWTPayload));
    expect(told).toMatch(/^UNAUTHORIZED/);
    expect(told).toMatch(why);
  });

  test('may be half a minute off the clock of this machine', async () => {
    expect(await outcome(knowing(), await provider.sign({ exp: SECONDS - 29 }))).toBe('ada: operator');
    expect(await outcome(knowing(), await provider.sign({ nbf: SECONDS + 29 }))).toBe('ada: operator');
  });

  test('that was verified expires all the same', async () => {
    const at = { now: NOW };
    const access = knowing({}, at);
    const token = await provider.sign({ exp: SECONDS + 10 });
    expect(await outcome(access, token)).toBe('ada: operator');
    at.now += 40_001;
    expect(await outcome(access, token)).toMatch(/^UNAUTHORIZED.*has expired/);
  });

  test('that is changed, unsigned, or signed by another or by a public key as a secret does not count', async () => {
    const [head, , signature] = (await provider.sign()).split('.');
    const claims = encoded({ sub: 'eve', roles: ['admin'], iss: ISSUER, aud: AUDIENCE, exp: SECONDS + 600 });
    const access = knowing();
    expect(await outcome(access, `${head}.${claims}.${signature}`)).toMatch(
      /^UNAUTHORIZED.*signature is wrong/,
    );
    for (const alg of ['none', 'None', 'HS256'])
      expect(await outcome(access, `${encoded({ alg, kid: 'first' })}.${claims}.`)).toMatch(/^UNAUTHORIZED/);
    const { privateKey } = await generateKeyPair('ES256');
    const forged = new SignJWT({ sub: 'eve', iss: ISSUER, aud: AUDIENCE, exp: SECONDS + 600 });
    const signed = await forged.setProtectedHeader({ alg: 'ES256', kid: 'first' }).sign(privateKey);
    expect(await outcome(access, signed)).toMatch(/^UNAUTHORIZED.*signature is wrong/);
    expect(await outcome(access, 'a.b.c')).toMatch(/^UNAUTHORIZED/);
  });
});

describe('roles', () => {
  test('come from a claim, by a table, and the highest counts', async () => {
    const access = knowing({
      EPOCHLOG_OIDC_ROLES_CLAIM: 'realm_access.roles',
      EPOCHLOG_OIDC_ROLES: 'ml-admins=admin,data=operator',
      EPOCHLOG_OIDC_NAME_CLAIM: 'email',
    });
    const of = async (...roles: string[]) =>
      outcome(access, await provider.sign({ email: 'ada@example.org', realm_access: { roles } }));
    expect(await of('data', 'others')).toBe('ada@example.org: operator');
    expect(await of('data', 'ml-admins')).toBe('ada@example.org: admin');
    expect(await of('admin')).toMatch(/^FORBIDDEN.*has no role here/); // a word that is not in the table
  });

  test('may be one text; without any nothing is allowed', async () => {
    expect(await outcome(knowing(), await provider.sign({ roles: 'viewer' }))).toBe('ada: viewer');
    expect(await outcome(knowing(), await provider.sign({ roles: undefined }))).toMatch(/^FORBIDDEN/);
  });
});

test('a new key of the provider counts when a token names it, and the old one no more', async () => {
  const access = knowing();
  const old = await provider.sign();
  expect(await outcome(access, old)).toBe('ada: operator');
  await provider.rotate('second');
  expect(await outcome(access, await provider.sign({}, 'second'))).toBe('ada: operator');
  expect(await outcome(access, await provider.sign({ jti: 'other' }))).toMatch(
    /^UNAUTHORIZED.*has no such key/,
  );
  await provider.rotate('first');
});

test('keys that cannot be had are no fault of the token', async () => {
  const closed = knowing({ EPOCHLOG_OIDC_JWKS: 'http://127.0.0.1:1/keys' });
  expect(await outcome(closed, await provider.sign())).toMatch(/^ISSUER_UNAVAILABLE/);
});

test.each([
  [{ EPOCHLOG_OIDC_ISSUER: ISSUER }, /EPOCHLOG_OIDC_ISSUER needs EPOCHLOG_OIDC_AUDIENCE/],
  [{ EPOCHLOG_OIDC_AUDIENCE: 'x' }, /EPOCHLOG_OIDC_ISSUER is needed/],
  [{ EPOCHLOG_OIDC_JWKS: 'http://id.example.org/keys' }, /EPOCHLOG_OIDC_JWKS must be https/],
  [{ EPOCHLOG_OIDC_ROLES: 'data=boss' }, /EPOCHLOG_OIDC_ROLES must be words with their roles/],
])('a configuration with %j is refused', (environment, why) =>
  expect(() => readConfig({}, environment)).toThrow(why),
);

import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { hashOf, isHashOf, newToken } from '../../../schemas/tokens/secret.ts';
import type { Token } from '../../../schemas/tokens/tokens.ts';
import { tokenAccess } from './token-access.ts';

const HERE = '192.0.2.1';

/** Tokens that are known, a clock, and how often a hash was made. */
async function knowing(compare?: typeof isHashOf) {
  const { id, secret, token } = newToken();
  const known = new Map<string, Token>();
  const one: Token = {
    ...{ tokenId: id, name: 'ci', role: 'operator', expiresAt: null, isRevoked: false },
    ...{ hash: compare === isHashOf ? await hashOf(secret) : secret, requestedBy: 'ada' },
  };
  known.set(id, one);
  const at = { now: 1_000_000, hashes: 0, looks: 0 };
  const access = tokenAccess({
    tokens: {
      get: (id) => known.get(id),
      caughtUp: async () => {
        at.looks += 1;
      },
    },
    now: () => at.now,
    compare: (hash, secret) => {
      at.hashes += 1;
      return compare ? compare(hash, secret) : Promise.resolve(hash === secret);
    },
  });
  const outcome = async (given: string, address = HERE) => {
    try {
      return (await access.authenticate(given, address)).name;
    } catch (error) {
      return Reflect.get(error as Error, 'code');
    }
  };
  /** the same id with another secret, and a right checksum */
  const forged = (): string => {
    const text = `epl_${id}_${newToken().secret}`;
    return `${text}${crc32(text).toString(16).padStart(8, '0')}`;
  };
  return { access, known, one, token, at, outcome, forged };
}

test('a secret is hashed once, whoever asks how often', async () => {
  const { access, token, at, outcome } = await knowing(isHashOf);
  expect(await Promise.all([outcome(token), outcome(token), outcome(token)])).toEqual(['ci', 'ci', 'ci']);
  expect(access.authenticate(token, HERE)).toEqual({ name: 'ci', role: 'operator', by: 'token' }); // at once
  expect(at.hashes).toBe(1);
});

test('a token that is revoked or expires counts no more at once', async () => {
  const { access, known, one, token, at, outcome } = await knowing();
  expect(await outcome(token)).toBe('ci');
  known.set(one.tokenId, { ...one, expiresAt: at.now + 10 });
  expect(await outcome(token)).toBe('ci');
  at.now += 10;
  expect(await outcome(token)).toBe('UNAUTHORIZED');
  const asked = async () => access.authenticate(token, HERE);
  await expect(asked()).rejects.toThrow(/of ci is expired: ask an admin for another/);
  known.set(one.tokenId, { ...one, isRevoked: true });
  expect(await outcome(token)).toBe('UNAUTHORIZED');
});

test('a token that was made a moment ago is looked for in the log', async () => {
  const { known, one, token, at, outcome } = await knowing();
  known.delete(one.tokenId);
  expect(await outcome(token)).toBe('UNAUTHORIZED');
  expect([at.looks, at.hashes]).toEqual([1, 0]);
  known.set(one.tokenId, one);
  expect(await outcome(token)).toBe('ci');
});

test('10,000 wrong tokens of any form make five hashes, and hold up no good one', async () => {
  const { token, at, outcome, forged } = await knowing();
  const codes = new Map<string, number>();
  for (let i = 0; i < 10_000; i += 1) {
    const wrong = [
      `word-${i}`,
      newToken().token,
      forged(),
      `${token.slice(0, -1)}${i % 10 === 7 ? 'x' : 'z'}`,
    ][i % 4]!;
    const code = await outcome(wrong);
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (i % 1_000 === 500) expect(await outcome(token, '192.0.2.2')).toBe('ci');
  }
  expect([...codes.keys()].sort()).toEqual(['TOO_MANY_REQUESTS', 'UNAUTHORIZED']);
  expect(codes.get('UNAUTHORIZED')).toBe(100);
  expect(at.hashes).toBe(6);
  expect(await outcome(token)).toBe('ci'); // also from the address of the wrong ones, since it was compared before
  at.now += 60_000;
  expect(await outcome('word')).toBe('UNAUTHORIZED');
});

test('of wrong secrets that come at once, five are compared', async () => {
  const { forged, outcome, at } = await knowing();
  const codes = await Promise.all(Array.from({ length: 20 }, () => outcome(forged())));
  expect(at.hashes).toBe(5);
  expect(codes.filter((code) => code === 'TOO_MANY_REQUESTS')).toHaveLength(15);
});

test('wrong secrets of one token hold up no other token from that address', async () => {
  const { known, one, outcome, forged } = await knowing();
  for (let i = 0; i < 20; i += 1) await outcome(forged());
  const { id, secret, token } = newToken();
  known.set(id, { ...one, tokenId: id, name: 'other', hash: secret });
  expect(await outcome(token)).toBe('other');
});

test('who waits too long for the turn of a hash is told to come back', async () => {
  const { forged, outcome } = await knowing(async () => false);
  const codes = await Promise.all(Array.from({ length: 40 }, (_, i) => outcome(forged(), `192.0.2.${i}`)));
  expect(codes.filter((code) => code === 'OVERLOADED')).toHaveLength(20);
});

import { scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashOf, isHash, isHashOf, newToken, parseToken } from './secret.ts';

test('a token has an id and 256 random bits, and one changed letter makes it none', () => {
  const { token, id, secret } = newToken();
  expect(token).toMatch(/^epl_[a-z2-7]{12}_[\w-]{43}[0-9a-f]{8}$/);
  expect(parseToken(token)).toEqual({ id, secret });
  for (const at of [5, 20, 40, 66]) {
    const other = token[at] === 'a' ? 'b' : 'a';
    expect(parseToken(`${token.slice(0, at)}${other}${token.slice(at + 1)}`)).toBeUndefined();
  }
  expect(parseToken(token.slice(0, -1))).toBeUndefined();
  expect(newToken().token).not.toBe(token);
});

test('a hash has a salt of its own, holds nothing of the secret, and fits it alone', async () => {
  const { secret } = newToken();
  const [one, two] = [await hashOf(secret), await hashOf(secret)];
  expect(one).not.toBe(two);
  expect(isHash(one)).toBe(true);
  expect(one).not.toContain(secret);
  expect(await isHashOf(one, secret)).toBe(true);
  expect(await isHashOf(one, newToken().secret)).toBe(false);
  const [, , , salt, hash] = one.split('$');
  const options = { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 27 };
  const derived = scryptSync(secret, Buffer.from(salt!, 'base64'), 32, options);
  expect(derived.toString('base64').replace(/=+$/, '')).toBe(hash);
});

test.each(['', '$scrypt$ln=1,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA', 'plain'])(
  '%j is no hash',
  async (text) => {
    expect(isHash(text)).toBe(false);
    expect(await isHashOf(text, 'anything')).toBe(false);
  },
);

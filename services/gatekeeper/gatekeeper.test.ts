import { describe, expect, test } from 'vitest';
import { newEvent } from '../../schemas/catalogue.ts';
import type { TokenRequested } from '../../schemas/events.generated.ts';
import { deciderSpec } from '../../schemas/testing.ts';
import { gatekeeper } from './service.ts';

const { given } = deciderSpec(gatekeeper);
const HASH = `$scrypt$ln=15,r=8,p=1$${'a'.repeat(22)}$${'b'.repeat(43)}`;

const token = (other: Partial<TokenRequested> = {}): TokenRequested => ({
  tokenId: 'aaaabbbbcccc',
  name: 'ci',
  role: 'operator',
  expiresAt: null,
  hash: HASH,
  requestedBy: 'ada',
  ...other,
});
const requested = (other: Partial<TokenRequested> = {}) => newEvent('TokenRequested', token(other));
const created = (other: Partial<TokenRequested> = {}) => newEvent('TokenCreated', token(other));
const ending = { tokenId: 'aaaabbbbcccc', reason: 'it was in a log', requestedBy: 'grace' };
const revoked = newEvent('TokenRevoked', { ...ending, name: 'ci' });

test('a token is created, and revoked once', () => {
  given().when(requested()).thenExactly(created());
  given(created()).when(newEvent('TokenRevocationRequested', ending)).thenExactly(revoked);
  given(created(), revoked)
    .when(newEvent('TokenRevocationRequested', ending))
    .thenMatch({
      type: 'TokenRefused',
      data: { code: 'CONFLICT', reason: expect.stringMatching(/revoked already/) },
    });
  given()
    .when(newEvent('TokenRevocationRequested', ending))
    .thenMatch({ type: 'TokenRefused', data: { code: 'NOT_FOUND', requestedBy: 'grace' } });
});

describe('a request', () => {
  test.each([
    [{ role: 'approvr' }, /there is no role approvr; did you mean approver/],
    [{ name: 'bootstrap' }, /the name bootstrap is reserved/],
    [{ expiresAt: 0 }, /1970-01-01T00:00:00.000Z has passed/],
    [{ hash: 'plain' }, /its hash is not of scrypt/],
  ])('with %j is refused', (fault, reason) =>
    given()
      .when(requested(fault))
      .thenMatch({
        type: 'TokenRefused',
        data: { code: 'INPUT_INVALID', reason: expect.stringMatching(reason) },
      }),
  );

  test('for a name that has a token is refused, until that has ended', () => {
    const second = requested({ tokenId: 'ddddeeeeffff' });
    given(created())
      .when(second)
      .thenMatch({ type: 'TokenRefused', data: { code: 'CONFLICT' } });
    given(created(), revoked).when(second).thenMatch({ type: 'TokenCreated' });
    given(created({ expiresAt: 1 }))
      .when(second)
      .thenMatch({ type: 'TokenCreated' });
    given(created(), revoked)
      .when(requested())
      .thenMatch({ type: 'TokenRefused', data: { code: 'CONFLICT' } });
  });
});

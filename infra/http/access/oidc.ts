import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { type Actor, includesRole, ROLES, type Role } from '../../../kernel/access.ts';
import { EpochlogError } from '../../../kernel/errors.ts';
import { identifier } from '../../../kernel/texts.ts';
import type { Config } from '../../config/schema.ts';
import { type Access, wrongToken } from './access.ts';
import type { Provider } from './provider.ts';

/** Signatures by a private key of the provider: with a shared secret, or with none, anybody could make them. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** by which the clocks of the provider and of this machine may differ, in seconds */
const CLOCK_SKEW_S = 30;
/** how long a token that was verified is not verified again: so long a key that was withdrawn may count */
const VERIFIED_MS = 60_000;
const MAX_VERIFIED = 10_000;
const KEYS_TIMEOUT_MS = 5_000;
/** between two requests for the keys, whatever key tokens name */
const KEYS_COOLDOWN_MS = 5_000;
const KEYS_MAX_AGE_MS = 600_000;

interface Verified {
  readonly actor: Actor;
  /** milliseconds since the epoch */
  readonly until: number;
}

export interface OidcOptions {
  now(): number;
  /** milliseconds between two requests for the keys */
  cooldownMs?: number;
}

/**
 * Knows the bearer tokens of an OpenID Connect provider: JSON Web Tokens for this audience, signed by a key that the
 * provider publishes. A claim has the roles. UNAUTHORIZED for a token that does not count, FORBIDDEN for one without a
 * role, ISSUER_UNAVAILABLE while the keys cannot be had.
 */
export function oidcAccess(provider: Provider, { now, cooldownMs = KEYS_COOLDOWN_MS }: OidcOptions): Access {
  const { oidcIssuer: issuer = '', oidcAudience: audience = '', oidcJwks = '' } = provider;
  const keys = createRemoteJWKSet(new URL(oidcJwks), {
    timeoutDuration: KEYS_TIMEOUT_MS,
    cooldownDuration: cooldownMs,
    cacheMaxAge: KEYS_MAX_AGE_MS,
  });
  const verified = new LRUCache<string, Verified>({ max: MAX_VERIFIED });

  async function verify(token: string, key: string): Promise<Actor> {
    const time = now();
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_SKEW_S,
      currentDate: new Date(time),
      requiredClaims: ['exp'],
    }).catch((error: unknown) => {
      throw refusalOf(error, issuer);
    });
    const actor = actorOf(payload, provider);
    const until = Math.min(time + VERIFIED_MS, ((payload.exp ?? 0) + CLOCK_SKEW_S) * 1_000);
    verified.set(key, { actor, until });
    return actor;
  }

  return {
    authenticate(token) {
      const key = createHash('sha256').update(token).digest('base64');
      const known = verified.get(key);
      return known && known.until > now() ? known.actor : verify(token, key);
    },
  };
}

/** The reason of a refusal, in words; it holds nothing of the token. */
function refusalOf(error: unknown, issuer: string): unknown {
  const told = (why: string) => wrongToken(`the token does not count: ${why}`);
  if (error instanceof errors.JWTExpired) return told('it has expired, get a new one');
  if (error instanceof errors.JWTClaimValidationFailed)
    return told(`its claim ${error.claim} is wrong or missing`);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return told('it is signed by an algorithm that is not allowed');
  if (error instanceof errors.JWKSNoMatchingKey) return told(`${issuer} has no such key`);
  if (error instanceof errors.JWSSignatureVerificationFailed) return told('its signature is wrong');
  const isOfToken = error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid;
  if (isOfToken || error instanceof errors.JOSENotSupported) return told('it is no signed JSON Web Token');
  return new EpochlogError(
    'ISSUER_UNAVAILABLE',
    'the keys of the identity provider cannot be read: see EPOCHLOG_OIDC_JWKS, and ask again',
    { cause: error },
  );
}

function actorOf(payload: JWTPayload, provider: Provider): Actor {
  const { oidcNameClaim, oidcRolesClaim, oidcRoles } = provider;
  const { data: name } = identifier.safeParse(claimOf(payload, oidcNameClaim));
  if (name === undefined)
    throw wrongToken(`the token does not count: its claim ${oidcNameClaim} has no name`);
  const role = highest([claimOf(payload, oidcRolesClaim)].flat(), oidcRoles);
  if (role !== undefined) return { name, role, by: 'oidc' };
  throw new EpochlogError(
    'FORBIDDEN',
    `${name} has no role here: the claim ${oidcRolesClaim} of the token has none that EPOCHLOG_OIDC_ROLES knows`,
  );
}

/** A claim by its path: `realm_access.roles` is inside of another. A claim of the whole name comes first. */
function claimOf(payload: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

/** The highest of the roles that words of a claim stand for; without a table they are roles themselves. */
function highest(words: readonly unknown[], table: Config['oidcRoles']): Role | undefined {
  const roles = words.flatMap((word) =>
    typeof word !== 'string'
      ? []
      : (table?.get(word) ?? (table ? [] : ROLES.filter((role) => role === word))),
  );
  return roles.reduce<Role | undefined>(
    (best, role) => (best !== undefined && includesRole(best, role) ? best : role),
    undefined,
  );
}

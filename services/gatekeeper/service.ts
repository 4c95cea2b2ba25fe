import { ROLES } from '../../kernel/access.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { type Decider, deciderService, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { TokenRequested, TokenRevocationRequested } from '../../schemas/events.generated.ts';
import { isHash } from '../../schemas/tokens/secret.ts';
import { endOf, foldToken, TOKEN_FACTS, type Tokens } from '../../schemas/tokens/tokens.ts';

const INPUTS = ['TokenRequested', 'TokenRevocationRequested'] as const;

/** What events say who asked where there is no token: no token may have this name. */
const RESERVED = new Set(['bootstrap', 'api', 'cli']);

export const gatekeeper: Decider<Tokens, (typeof INPUTS)[number]> = {
  initialState: () => new Map(),
  decide(tokens, event) {
    switch (event.type) {
      case 'TokenRequested':
        return create(tokens, event.data, event.time);
      case 'TokenRevocationRequested':
        return revoke(tokens, event.data);
    }
  },
  evolve(tokens, event) {
    if (event.type === 'TokenCreated' || event.type === 'TokenRevoked') foldToken(tokens, event);
    return tokens;
  },
};

type Fault = { code: string; reason: string };

function create(tokens: Tokens, asked: TokenRequested, now: number): NewEvent[] {
  const { tokenId, requestedBy } = asked;
  const fault = faultOf(tokens, asked, now);
  return [
    fault ? newEvent('TokenRefused', { tokenId, ...fault, requestedBy }) : newEvent('TokenCreated', asked),
  ];
}

function faultOf(tokens: Tokens, asked: TokenRequested, now: number): Fault | undefined {
  const { tokenId, name, role, expiresAt, hash } = asked;
  const invalid = (reason: string) => ({ code: 'INPUT_INVALID', reason });
  if (!(ROLES as readonly string[]).includes(role))
    return invalid(`there is no role ${role}; ${suggestion(role, ROLES)}`);
  if (RESERVED.has(name)) return invalid(`the name ${name} is reserved: give another name`);
  if (expiresAt !== null && expiresAt <= now)
    return invalid(`${new Date(expiresAt).toISOString()} has passed: let it expire later`);
  if (!isHash(hash)) return invalid('its hash is not of scrypt with ln=15, r=8, p=1');
  if (tokens.has(tokenId)) return { code: 'CONFLICT', reason: `there is a token ${tokenId} already` };
  const other = tokens.values().find((token) => token.name === name && endOf(token, now) === undefined);
  if (!other) return undefined;
  return {
    code: 'CONFLICT',
    reason: `${name} has the token ${other.tokenId} already: revoke it first, or give another name`,
  };
}

function revoke(tokens: Tokens, { tokenId, reason, requestedBy }: TokenRevocationRequested): NewEvent[] {
  const known = tokens.get(tokenId);
  const refused = (code: string, why: string) => [
    newEvent('TokenRefused', { tokenId, code, reason: why, requestedBy }),
  ];
  if (!known) return refused('NOT_FOUND', `there is no token ${tokenId}: \`epochlog token list\` lists them`);
  if (known.isRevoked) return refused('CONFLICT', `the token ${tokenId} of ${known.name} is revoked already`);
  return [newEvent('TokenRevoked', { tokenId, name: known.name, reason, requestedBy })];
}

/** Creates and revokes tokens of the HTTP API. A token is in no event, only the hash of its secret part. */
export const service = deciderService({
  name: 'gatekeeper',
  reactsTo: INPUTS,
  stateFrom: TOKEN_FACTS,
  decider: () => gatekeeper,
});

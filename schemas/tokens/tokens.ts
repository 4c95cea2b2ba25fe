import type { TokenCreated, TokenRevoked } from '../events.generated.ts';

/** The facts from which it follows which tokens there are. */
export const TOKEN_FACTS = ['TokenCreated', 'TokenRevoked'] as const;

export type TokenFact =
  | { type: 'TokenCreated'; data: TokenCreated }
  | { type: 'TokenRevoked'; data: TokenRevoked };

export interface Token extends TokenCreated {
  readonly isRevoked: boolean;
}

/** By id. */
export type Tokens = Map<string, Token>;

/** Folds a fact in place. */
export function foldToken(tokens: Tokens, { type, data }: TokenFact): void {
  if (type === 'TokenCreated') tokens.set(data.tokenId, { ...data, isRevoked: false });
  const known = tokens.get(data.tokenId);
  if (type === 'TokenRevoked' && known) tokens.set(data.tokenId, { ...known, isRevoked: true });
}

/** Why a token does not count at a time (milliseconds since the epoch); undefined when it does. */
export function endOf({ isRevoked, expiresAt }: Token, now: number): 'revoked' | 'expired' | undefined {
  if (isRevoked) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : undefined;
}

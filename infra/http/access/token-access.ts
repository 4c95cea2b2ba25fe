import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Actor, ROLES, type Role } from '../../../kernel/access.ts';
import { EpochlogError } from '../../../kernel/errors.ts';
import { createMutex } from '../../../kernel/runtime/mutex.ts';
import { isHashOf, parseToken, TOKEN_PREFIX } from '../../../schemas/tokens/secret.ts';
import { endOf, type Token } from '../../../schemas/tokens/tokens.ts';
import { type Access, wrongToken } from './access.ts';
import { Failures, limited, throttled, WINDOW_MS } from './throttle.ts';

/** The tokens that a process knows of. */
export interface KnownTokens {
  get(id: string): Token | undefined;
  /** Resolves when everything is known that is in the log now; in bounded time. */
  caughtUp(): Promise<void>;
}

/** tokens whose secret was compared: a good one costs a hash of scrypt once, and so does each wrong one */
const MAX_COMPARED = 10_000;
/** hashes that wait for their turn; one is made at a time, so that a flood of wrong tokens takes one core at most */
const MAX_WAITING = 20;
/** wrong secrets of one token from one address in a window */
const MAX_WRONG_SECRETS = 5;

export interface TokenAccessOptions {
  tokens: KnownTokens;
  now(): number;
  /** whether a hash is that of a secret */
  compare?: typeof isHashOf;
}

/**
 * Knows the tokens of the log. A secret is compared with its hash once; what came of it is kept by the SHA-256 of the
 * token, and whether the token has ended is asked each time. Wrong tokens cost next to nothing: one of another form or
 * with a wrong checksum is refused without a look, and wrong secrets of a token are limited by address.
 */
export function tokenAccess({ tokens, now, compare = isHashOf }: TokenAccessOptions): Access {
  const compared = new LRUCache<string, boolean>({ max: MAX_COMPARED });
  const wrongSecrets = new Failures(MAX_WRONG_SECRETS, WINDOW_MS, now);
  const inTurn = createMutex();
  let waiting = 0;

  function assertMayTry(attempt: string, { tokenId }: Token): void {
    const wait = wrongSecrets.waitOf(attempt);
    if (wait > 0)
      throw throttled(`too many wrong tokens ${TOKEN_PREFIX}${tokenId}_… came from this address`, wait);
  }

  async function isRight(token: Token, secret: string, key: string, address: string): Promise<boolean> {
    const attempt = `${address} ${token.tokenId}`;
    assertMayTry(attempt, token);
    if (waiting >= MAX_WAITING)
      throw new EpochlogError('OVERLOADED', 'too many new tokens are being checked at once');
    waiting += 1;
    try {
      const right = await inTurn(async () => {
        const known = compared.get(key);
        if (known !== undefined) return known;
        assertMayTry(attempt, token); // those before it in the queue may have been wrong
        const isRight = await compare(token.hash, secret);
        if (!isRight) wrongSecrets.count(attempt);
        return isRight;
      });
      compared.set(key, right);
      return right;
    } finally {
      waiting -= 1;
    }
  }

  function actorOf(token: Token): Actor {
    const end = endOf(token, now());
    if (end)
      throw wrongToken(
        `the token ${TOKEN_PREFIX}${token.tokenId}_… of ${token.name} is ${end}: ask an admin for another`,
      );
    return { name: token.name, role: roleOf(token), by: 'token' };
  }

  async function look(id: string, secret: string, key: string, address: string): Promise<Actor> {
    if (!tokens.get(id)) await tokens.caughtUp(); // it may just have been made
    const token = tokens.get(id);
    if (!token) throw wrongToken('the token is wrong: this server has none of that id');
    if (!(await isRight(token, secret, key, address))) throw wrongToken('the token is wrong');
    return actorOf(tokens.get(id) ?? token);
  }

  return limited(now, {
    authenticate(given, address) {
      const parts = parseToken(given);
      if (!parts)
        throw wrongToken(
          given.startsWith(TOKEN_PREFIX)
            ? 'the token is wrong: letters are missing or changed'
            : 'the token of the header Authorization: Bearer is wrong: it is none of this server',
        );
      const key = createHash('sha256').update(given).digest('base64');
      const right = compared.get(key);
      const token = tokens.get(parts.id);
      if (right === false) throw wrongToken('the token is wrong');
      if (right === true && token) return actorOf(token);
      return look(parts.id, parts.secret, key, address);
    },
  });
}

const roleOf = ({ role }: Token): Role => ROLES.find((name) => name === role) ?? 'viewer';

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Actor } from '../../../kernel/access.ts';
import { EpochlogError } from '../../../kernel/errors.ts';
import { TOKEN_PREFIX } from '../../../schemas/tokens/secret.ts';
import type { Config } from '../../config/schema.ts';

/** Tells who sends a request. */
export interface Access {
  /** The actor of a bearer token. UNAUTHORIZED for a token that is wrong, expired or revoked. */
  authenticate(token: string, address: string): Actor | Promise<Actor>;
}

/** The part of the configuration that says whether requests must carry a token. */
export type Asking = Partial<Pick<Config, 'token' | 'authentication' | 'oidcIssuer'>>;

/** Whether requests must carry a token; else every caller that reaches the server may do everything. */
export const isAsked = ({ token, authentication, oidcIssuer }: Asking): boolean =>
  (authentication ?? (token === undefined && oidcIssuer === undefined ? 'development' : 'required')) ===
  'required';

/** The actor of a request without a token, in development. */
export const DEVELOPER: Actor = { name: 'api', role: 'admin', by: 'development' };

const BOOTSTRAP: Actor = { name: 'bootstrap', role: 'admin', by: 'bootstrap' };

export const wrongToken = (why: string): EpochlogError => new EpochlogError('UNAUTHORIZED', why);

/** Knows the token of the configuration, and no other; in development any text is as good as none. */
export const bootstrapAccess = (asking: Asking): Access => ({
  authenticate(given) {
    const bootstrap = bootstrapOf(asking, given);
    if (bootstrap) return bootstrap;
    if (!isAsked(asking)) return DEVELOPER;
    throw wrongToken('the token of the header Authorization: Bearer is wrong: it is none of this server');
  },
});

/** The first admin, when a token is that of the configuration; one of the log is not, whose role the log says. */
export const bootstrapOf = ({ token }: Asking, given: string): Actor | undefined =>
  token !== undefined && !token.startsWith(TOKEN_PREFIX) && sameSecret(given, token) ? BOOTSTRAP : undefined;

/** Compares in constant time, also for texts of different lengths. */
function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

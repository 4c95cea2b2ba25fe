import type { Logger } from '../../../kernel/logger.ts';
import type { EventReader } from '../../../schemas/catalogue.ts';
import { TOKEN_PREFIX } from '../../../schemas/tokens/secret.ts';
import { type Access, type Asking, bootstrapOf, DEVELOPER, isAsked } from './access.ts';
import { followTokens } from './follow.ts';
import { isJwt, type Provider } from './provider.ts';
import { limited } from './throttle.ts';
import { tokenAccess } from './token-access.ts';

export interface AccessOptions {
  config: Asking & Provider;
  events: EventReader;
  logger: Logger;
}

/** The library takes a while to load: only where there is a provider. */
async function openProvider(config: Provider): Promise<Access> {
  const { oidcAccess } = await import('./oidc.ts');
  return limited(Date.now, oidcAccess(config, { now: Date.now }));
}

/** Knows the token of the configuration, those of an identity provider, and those of the log, which it follows until the signal aborts. */
export async function openAccess(
  { config, events, logger }: AccessOptions,
  signal: AbortSignal,
): Promise<Access> {
  const tokens = await followTokens(events, logger, signal);
  const known = tokenAccess({ tokens, now: Date.now });
  const provider = config.oidcIssuer === undefined ? undefined : await openProvider(config);
  return {
    authenticate(given, address) {
      const bootstrap = bootstrapOf(config, given);
      if (bootstrap) return bootstrap;
      if (provider && isJwt(given)) return provider.authenticate(given, address);
      const isOfLog = given.startsWith(TOKEN_PREFIX);
      return isOfLog || isAsked(config) ? known.authenticate(given, address) : DEVELOPER;
    },
  };
}

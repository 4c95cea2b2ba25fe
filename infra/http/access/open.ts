import type { Logger } from '../../../kernel/logger.ts';
import type { EventReader } from '../../../schemas/catalogue.ts';
import { TOKEN_PREFIX } from '../../../schemas/tokens/secret.ts';
import { type Access, type Asking, bootstrapOf, DEVELOPER, isAsked } from './access.ts';
import { followTokens } from './follow.ts';
import { tokenAccess } from './token-access.ts';

export interface AccessOptions {
  config: Asking;
  events: EventReader;
  logger: Logger;
}

/** Knows the token of the configuration and those of the log, which it follows until the signal aborts. */
export async function openAccess(
  { config, events, logger }: AccessOptions,
  signal: AbortSignal,
): Promise<Access> {
  const tokens = await followTokens(events, logger, signal);
  const known = tokenAccess({ tokens, now: Date.now });
  return {
    authenticate(given, address) {
      const bootstrap = bootstrapOf(config, given);
      if (bootstrap) return bootstrap;
      const isOfLog = given.startsWith(TOKEN_PREFIX);
      return isOfLog || isAsked(config) ? known.authenticate(given, address) : DEVELOPER;
    },
  };
}

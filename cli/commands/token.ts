import type { Command } from 'commander';
import { ROLES } from '../../kernel/access.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { identifier } from '../../kernel/texts.ts';
import type { Session } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { hashOf, newToken } from '../../schemas/tokens/secret.ts';
import { endOf, foldToken, TOKEN_FACTS, type Tokens } from '../../schemas/tokens/tokens.ts';
import { action, type Invocation } from '../action.ts';
import { answerTo } from '../answer.ts';
import { checked, oneOf, REASON, withBy } from '../arguments.ts';
import { describeEvent } from '../describe-event.ts';
import { about } from '../help.ts';
import { lasting } from '../lasting.ts';
import { addList, cell, day, type Row } from '../listing.ts';
import { announceNewHome } from '../new-home.ts';
import { withSession, withSessionOrNewHome } from '../session.ts';

const BY_GATEKEEPER = { refused: 'TokenRefused', service: 'gatekeeper' } as const;

interface Creating {
  name: string;
  role: string;
  expires?: number;
  by: string;
}

/** `epochlog token create | list | revoke`: who may use the HTTP API. */
export function register(program: Command): void {
  const token = about(program.command('token'), 'production', [
    'npx epochlog token create --name ci --role operator --expires 90d',
    'npx epochlog token list',
    'npx epochlog token revoke ci --reason "it was in a log"',
  ]).description('tokens of the HTTP API: create, list and revoke them');

  const create = token
    .command('create')
    .description('create a token, and show it this once')
    .requiredOption(
      '--name <name>',
      'who has it; events say so as the one who asks',
      checked('--name', identifier),
    )
    .requiredOption('--role <role>', ROLES.join(', '), oneOf('--role', ROLES))
    .option(
      '--expires <duration>',
      'when it ends, such as 90d (default: not by itself)',
      lasting('--expires'),
    );
  action<Creating>(withBy(create), createToken);

  addList(token, {
    description: 'the tokens there are, the newest first',
    query: 'tokens/list',
    params: { after: [] },
    columns: {
      token: cell('tokenId'),
      name: cell('name'),
      role: cell('role'),
      created: ({ createdAt }) => day(createdAt),
      by: cell('createdBy'),
      expires: ({ expiresAt }) => (expiresAt === null ? '-' : day(expiresAt)),
      state: stateOf,
    },
  });

  const revoke = token
    .command('revoke')
    .argument('<name>', 'of the token, or its id', checked('name', identifier))
    .description('make a token count no more')
    .option(...REASON);
  action<{ reason: string; by: string }>(
    withBy(revoke),
    async ({ reason, by }, { config, output }, name = '') =>
      withSession(config, async (session) => {
        const tokenId = await idOf(session, name);
        const asked = newEvent('TokenRevocationRequested', { tokenId, reason, requestedBy: by });
        const revoked = await answerTo(session, asked, { end: 'TokenRevoked', ...BY_GATEKEEPER });
        output.result(revoked);
        output.line(describeEvent(revoked));
      }),
  );
}

async function createToken({ name, role, expires, by }: Creating, { config, output }: Invocation) {
  const { id: tokenId, secret, token } = newToken();
  const expiresAt = expires === undefined ? null : Date.now() + expires;
  await announceNewHome(config, output);
  await withSessionOrNewHome(config, async (session) => {
    const data = { tokenId, name, role, expiresAt, hash: await hashOf(secret), requestedBy: by };
    const asked = newEvent('TokenRequested', data);
    const created = await answerTo(session, asked, { end: 'TokenCreated', ...BY_GATEKEEPER });
    const { hash: _, ...told } = created.data;
    output.result({ ...told, token });
    output.line(describeEvent(created));
    output.line(`${token}  (it is shown this once: keep it as a secret)`);
  });
}

function stateOf({ revokedAt, expiresAt }: Row): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && Date.parse(String(expiresAt)) <= Date.now() ? 'expired' : 'active';
}

/** The id of a token that counts, by its name or id. */
async function idOf({ events }: Session, name: string): Promise<string> {
  const tokens: Tokens = new Map();
  for await (const event of events.scan(TOKEN_FACTS)) foldToken(tokens, event);
  if (tokens.has(name)) return name;
  const active = [...tokens.values()].filter((token) => endOf(token, Date.now()) === undefined);
  const found = active.find((token) => token.name === name);
  if (found) return found.tokenId;
  const names = active.map((token) => token.name);
  throw new EpochlogError('NOT_FOUND', `there is no active token of ${name}; ${suggestion(name, names)}`);
}

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ROLES } from '../../../kernel/access.ts';
import { EpochlogError } from '../../../kernel/errors.ts';
import { identifier, reason } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { hashOf, newToken } from '../../../schemas/tokens/secret.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { addList } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

const requestedBy = identifier.default('api');

const wanted = z
  .strictObject({
    name: identifier.describe('who has it; events say so as the one who asks'),
    role: z.enum(ROLES),
    expiresAt: z.iso
      .datetime({ offset: true })
      .max(40)
      .nullable()
      .default(null)
      .describe('when it ends; null: not by itself'),
    requestedBy,
  })
  .meta({ id: 'TokenRequest', example: { name: 'ci', role: 'operator' } });

const revocation = z
  .strictObject({ reason: reason.default('asked for over HTTP'), requestedBy })
  .meta({ id: 'TokenRevocationRequest' });

const created = accepted
  .extend({
    tokenId: z.string(),
    token: z.string().describe('shown this once; it counts when the request is done'),
  })
  .meta({ id: 'NewToken' });

const item = z
  .object({
    tokenId: z.string(),
    name: z.string(),
    role: z.string(),
    expiresAt: z.string().nullable(),
    createdBy: z.string(),
    createdAt: z.string(),
    revokedAt: z.string().nullable(),
    revokedBy: z.string().nullable(),
    revokedFor: z.string().nullable(),
  })
  .meta({ id: 'Token' });

const actor = z
  .object({
    name: z.string().describe('what events say who asked'),
    role: z.enum(ROLES),
    by: z
      .enum(['development', 'bootstrap', 'token', 'oidc'])
      .describe('how that is known; development: no token is asked for'),
  })
  .meta({ id: 'Actor' });

/** Tokens of this API: created, listed and revoked by admins; and who somebody is by theirs. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);
  const tags = ['access'];

  routes.get(
    '/v1/actor',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getActor',
        summary: 'Who asks, by the token of the request, and what that token may do',
        tags,
        response: { 200: actor },
      },
    },
    ({ actor }) => {
      if (!actor) throw new EpochlogError('UNAUTHORIZED', 'the request has no token, so it has no actor');
      const { name, role, by } = actor;
      return { name, role, by };
    },
  );

  routes.post(
    '/v1/tokens',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'requestToken',
        summary: 'Ask for a token, which the answer has, and no other',
        description: 'What comes of it, TokenCreated or TokenRefused, is an event of the token.',
        tags,
        body: wanted,
        response: { 202: created },
      },
    },
    async ({ body: { expiresAt, ...body } }, reply) => {
      const { id: tokenId, secret, token } = newToken();
      const expires = expiresAt === null ? null : Date.parse(expiresAt);
      const data = { tokenId, ...body, expiresAt: expires, hash: await hashOf(secret) };
      const [event] = await context.publisher.publish([newEvent('TokenRequested', data)]);
      const { id: requestId, correlationId } = event!;
      const follow = `/v1/requests/${requestId}`;
      reply.code(202).header('location', follow);
      return { requestId, correlationId, follow, tokenId, token };
    },
  );

  routes.post(
    '/v1/tokens/:tokenId/revoke',
    {
      config: { role: 'admin', errors: ['CONFLICT'] },
      schema: {
        operationId: 'revokeToken',
        summary: 'Ask for a token to count no more',
        description: 'What comes of it, TokenRevoked or TokenRefused, is an event of the token.',
        tags,
        params: z.object({ tokenId: identifier }),
        body: revocation,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    ({ params, body, headers }, reply) =>
      accept(newEvent('TokenRevocationRequested', { ...params, ...body }), headers, reply),
  );

  addList(app, context.query, {
    url: '/v1/tokens',
    role: 'admin',
    operationId: 'listTokens',
    summary: 'Tokens, the newest first; never the tokens themselves',
    tags,
    query: 'tokens/list',
    item,
    key: ['createdAt', 'tokenId'],
  });
}

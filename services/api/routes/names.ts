import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  environment,
  identifier,
  LIMITS,
  lookup,
  namedValues,
  reason,
  version,
} from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { assertAliasesFit, readNames } from '../../../schemas/models/names.ts';
import { CHANGES } from '../../../tasks/reported-run.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { notFound } from '../found.ts';
import { assertModelLogged } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';

const MAX_ALIASES = 100;
const requestedBy = identifier.default('api');

const names = z
  .object({
    model: z.string(),
    aliases: z.record(z.string(), z.string()).describe('the version that each stands for'),
  })
  .meta({ id: 'Aliases' });

const aliasChanges = z
  .strictObject({
    changes: z
      .array(
        z.strictObject({
          alias: environment.describe('its name: lower-case letters, digits and hyphens'),
          version: version.nullable().describe('that it stands for from now on; null: it is removed'),
          expected: z
            .string()
            .max(LIMITS.version)
            .nullable()
            .default(null)
            .describe('that it must stand for now, else nothing changes; empty: nothing; null: whichever'),
        }),
      )
      .min(1)
      .max(MAX_ALIASES)
      .describe('all at once, or none'),
    reason: reason.default('asked for over HTTP'),
    requestedBy,
  })
  .meta({
    id: 'AliasesRequest',
    example: { changes: [{ alias: 'champion', version: 'v1.0.0' }] },
  });

const tagsGiven = z
  .strictObject({
    tags: namedValues(z.string().max(LIMITS.reason)).describe('by name; an empty text removes one'),
    requestedBy,
  })
  .meta({ id: 'TagsRequest', example: { tags: { owner: 'ada' } } });

const nextVersion = z
  .strictObject({ change: z.enum(CHANGES), requestedBy })
  .meta({ id: 'NextVersionRequest' });

/** What people call versions: aliases, tags, and the kind of number that the next one gets. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const accept = acceptIn(context);
  const tags = ['models'];
  const params = z.object({ model: identifier });
  const config = { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] } as const;
  const { events } = context;

  routes.get(
    '/v1/models/:model/aliases',
    {
      config: { errors: ['NOT_FOUND'] } as const,
      schema: {
        operationId: 'getAliases',
        summary: 'The aliases of a model',
        tags,
        params: z.object({ model: lookup }),
        response: { 200: names },
      },
    },
    async ({ params: { model } }) => {
      await assertModelLogged(events, model);
      const { aliases } = await readNames(events, model);
      return { model, aliases: Object.fromEntries(aliases) };
    },
  );

  routes.post(
    '/v1/models/:model/aliases',
    {
      config,
      schema: {
        operationId: 'changeAliases',
        summary: 'Let aliases stand for other versions, all at once or none',
        description:
          'An alias that does not stand for the version that you expect is 409 at once, and nothing changes.',
        tags,
        params,
        body: aliasChanges,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ params: { model }, body, headers }, reply) => {
      await assertModelLogged(events, model);
      await assertAliasesFit(events, model, body.changes, headers['idempotency-key']);
      return accept(newEvent('AliasesRequested', { model, ...body }), headers, reply);
    },
  );

  routes.post(
    '/v1/models/:model/versions/:version/tags',
    {
      config,
      schema: {
        operationId: 'tagVersion',
        summary: 'Give tags to a version, or remove them',
        tags,
        params: params.extend({ version }),
        body: tagsGiven,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ params: { model, version: name }, body, headers }, reply) => {
      await assertModelLogged(events, model);
      const { versions } = await readNames(events, model);
      if (!versions.includes(name)) throw notFound(`version of ${model}`, name, versions);
      return accept(newEvent('VersionTagged', { model, version: name, ...body }), headers, reply);
    },
  );

  routes.post(
    '/v1/models/:model/next-version',
    {
      config,
      schema: {
        operationId: 'setNextVersion',
        summary: 'Say what kind of change the next version is, whatever has changed',
        tags,
        params,
        body: nextVersion,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ params: { model }, body, headers }, reply) => {
      await assertModelLogged(events, model);
      return accept(newEvent('NextVersionRequested', { model, ...body }), headers, reply);
    },
  );
}

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { newId } from '../../../kernel/ids.ts';
import { identifier, lookup, reason } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { addList } from '../lists.ts';
import { assertModelLogged } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';

const wanted = z
  .strictObject({
    model: identifier,
    kind: z.enum(['drift']).default('drift'),
    reason: reason.default('asked for over HTTP'),
    requestedBy: identifier.default('api'),
  })
  .meta({ id: 'ReportRequest', example: { model: 'account-health' } });

const item = z
  .object({
    reportId: z.string(),
    model: z.string(),
    kind: z.string(),
    windows: z.number().describe('windows of predictions that it covers'),
    drifted: z.array(z.string()).describe('features that drifted in the newest window'),
    page: z.string().describe('artifact: a page of HTML, which loads nothing'),
    data: z.string().describe('artifact: the same as JSON'),
    requestedBy: z.string(),
    writtenAt: z.string(),
    eventId: z.string(),
  })
  .meta({ id: 'Report' });

/** Reports on models: asked for, and listed; their files are artifacts. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const accept = acceptIn(context);

  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/reports',
    {
      config: { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] },
      schema: {
        operationId: 'requestReport',
        summary: 'Ask for a report on the drift of a model',
        description: 'What comes of it, ReportWritten or ReportRefused, is an event of the report.',
        tags: ['requests'],
        body: wanted,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      await assertModelLogged(context.events, body.model);
      const reportId = `report-${headers['idempotency-key'] ?? newId(context.clock.now())}`;
      return accept(newEvent('ReportRequested', { reportId, ...body }), headers, reply);
    },
  );

  addList(app, context.query, {
    url: '/v1/reports',
    operationId: 'listReports',
    summary: 'Reports on models, the newest first',
    tags: ['monitoring'],
    query: 'reports/list',
    filters: { model: lookup.optional() },
    item,
    key: ['writtenAt', 'eventId'],
  });
}

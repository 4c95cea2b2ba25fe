import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { identifier, lookup, reason } from '../../../kernel/texts.ts';
import { monitorKinds } from '../../../ml/monitors.ts';
import { assertSilence } from '../../../schemas/alerts/silence.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { endOf } from '../../../tasks/policies/durations.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { addList } from '../lists.ts';
import { assertModelLogged } from '../logged-models.ts';
import type { ApiContext } from '../settings.ts';

const silence = z
  .strictObject({
    model: identifier,
    kind: identifier.describe('of the monitor, such as errorRate, drift or serving'),
    until: lookup.describe(
      'when it ends, within a year: a day, a time with its zone, or how long, such as 2h or 3d',
    ),
    reason,
    requestedBy: identifier.default('api'),
  })
  .meta({
    id: 'SilenceRequest',
    example: {
      model: 'account-health',
      kind: 'drift',
      until: '3d',
      reason: 'a sale changes everything',
    },
  });

const item = z
  .object({
    silenceId: z.string(),
    monitorId: z.string(),
    model: z.string(),
    kind: z.string(),
    until: z.string(),
    reason: z.string(),
    requestedBy: z.string(),
    since: z.string(),
  })
  .meta({ id: 'Silence' });

/** Silences of alerts. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query, clock, events } = context;
  const accept = acceptIn(context);

  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/silences',
    {
      config: { role: 'operator', errors: ['CONFLICT', 'NOT_FOUND'] },
      schema: {
        operationId: 'requestSilence',
        summary: 'Suppress the notifications of a monitor for some time',
        description:
          'Its alerts are still raised and resolved. An alert that is open when its silence ends is notified then.',
        tags: ['requests'],
        body: silence,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    async ({ body, headers }, reply) => {
      const { model, kind, until } = body;
      const asked = { ...body, monitorId: `${model}/${kind}`, until: endOf(until, clock.now()) };
      assertSilence(asked, monitorKinds(), clock.now());
      await assertModelLogged(events, model);
      return accept(newEvent('AlertSilenceRequested', asked), headers, reply);
    },
  );

  addList(app, query, {
    url: '/v1/silences',
    operationId: 'listSilences',
    summary: 'Silences of alerts, the newest first',
    tags: ['monitoring'],
    query: 'alerts/silences',
    filters: { model: lookup.optional(), kind: lookup.optional() },
    item,
    key: ['since', 'silenceId'],
  });
}

import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { newId } from '../../../kernel/ids.ts';
import { identifier, lookup } from '../../../kernel/texts.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import { accepted, accept as acceptIn, idempotency } from '../accept.ts';
import { addList } from '../lists.ts';
import type { ApiContext } from '../settings.ts';

const NAME = 100;
const channel = identifier.max(NAME).describe('name of a channel');

const testing = z
  .strictObject({ channel, requestedBy: identifier.default('api') })
  .meta({ id: 'NotificationTestRequest', example: { channel: 'team' } });

const STATUSES = ['pending', 'sent', 'failed'] as const;

const item = z
  .object({
    notificationId: z.string(),
    channel: z.string(),
    kind: z.string().nullable(),
    eventId: z.string().describe('of the event that it is about'),
    eventType: z.string().nullable(),
    model: z.string().nullable(),
    severity: z.string().nullable(),
    title: z.string().nullable(),
    status: z.enum(STATUSES),
    attempts: z.number(),
    code: z.string().nullable().describe('of the last attempt that failed'),
    reason: z.string().nullable(),
    plannedAt: z.string(),
    endedAt: z.string().nullable(),
  })
  .meta({ id: 'Notification' });

const attempt = z
  .object({
    notificationId: z.string(),
    channel: z.string(),
    eventId: z.string().describe('of the event that it is about'),
    outcome: z
      .enum(['planned', 'retried', 'sent', 'failed'])
      .describe('retried: it failed, and is tried again'),
    attempt: z.number().nullable().describe('1 is the first; null of the plan'),
    code: z.string().nullable(),
    reason: z.string().nullable(),
    retryAt: z.string().nullable(),
    time: z.string(),
    id: z.string().describe('of this event'),
  })
  .meta({ id: 'NotificationAttempt' });

/** Notifications: what people were told, and whether it arrived. */
export function addRoutes(app: FastifyInstance, context: ApiContext): void {
  const { query, clock } = context;
  const accept = acceptIn(context);

  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/notifications/test',
    {
      config: { role: 'operator', errors: ['CONFLICT'] },
      schema: {
        operationId: 'testNotification',
        summary: 'Ask for a message to a channel, to see whether it arrives',
        tags: ['requests'],
        body: testing,
        headers: idempotency,
        response: { 202: accepted },
      },
    },
    ({ body, headers }, reply) => {
      const notificationId = `test-${headers['idempotency-key'] ?? newId(clock.now())}/${body.channel}`;
      return accept(newEvent('NotificationTestRequested', { notificationId, ...body }), headers, reply);
    },
  );

  addList(app, query, {
    url: '/v1/notifications',
    operationId: 'listNotifications',
    summary: 'Notifications, the newest first, with how their delivery went',
    tags: ['monitoring'],
    query: 'notifications/list',
    filters: { model: lookup.optional(), status: z.enum(STATUSES).optional() },
    item,
    key: ['plannedAt', 'notificationId'],
  });

  addList(app, query, {
    url: '/v1/notifications/attempts',
    operationId: 'listNotificationAttempts',
    summary: 'How notifications were planned, attempted and ended, the newest first',
    tags: ['monitoring'],
    query: 'notifications/attempts',
    filters: { notificationId: lookup.optional(), channel: lookup.optional() },
    item: attempt,
    key: ['time', 'id'],
  });
}

import { createHmac } from 'node:crypto';
import type { NotificationPlanned } from '../../schemas/events.generated.ts';

/** The body of a webhook: the type of the event, when it is sent, and what people are told. */
export const webhookBody = (planned: NotificationPlanned, now: number): string => {
  const { eventId, eventType, model, severity, title, text, link } = planned;
  const data = { eventId, model, severity, title, text, link };
  return JSON.stringify({ type: eventType, timestamp: new Date(now).toISOString(), data });
};

/**
 * The headers of Standard Webhooks (github.com/standard-webhooks): an id that stays the same when a message is sent again, the
 * time of the attempt in seconds, and the HMAC-SHA256 of both and the body.
 *
 * @param secret `whsec_` and the key in base64
 */
export function webhookHeaders(
  id: string,
  now: number,
  body: string,
  secret: string,
): Record<string, string> {
  const seconds = String(Math.floor(now / 1_000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
}

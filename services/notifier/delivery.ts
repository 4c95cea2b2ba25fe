import type { NotificationPlanned } from '../../schemas/events.generated.ts';
import { type Address, addressOf, PrivateAddress, type Resolve } from './addresses.ts';
import type { Channel, ChannelOf } from './channels.ts';
import { type Answer, post } from './post.ts';
import { slackBody } from './slack.ts';
import { teamsBody } from './teams.ts';
import { webhookBody, webhookHeaders } from './webhook.ts';

/** Why a channel did not take a message. No address is in it: addresses of webhooks are secrets. */
export interface Failure {
  readonly code: string;
  readonly reason: string;
  /** false: the same message will never be taken */
  readonly isRetriable: boolean;
  /** milliseconds that the receiver asks to wait */
  readonly retryAfter?: number;
}

export interface Delivery {
  readonly planned: NotificationPlanned;
  /** milliseconds since the epoch */
  readonly now: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** the addresses of a name; default by DNS */
  readonly resolve?: Resolve;
}

/** Sends a message to its channel; undefined when the channel has taken it. */
export function deliver(channel: Channel, delivery: Delivery): Promise<Failure | undefined> {
  const { planned, now } = delivery;
  switch (channel.kind) {
    case 'slack':
      return send(channel, JSON.stringify(slackBody(planned)), {}, delivery);
    case 'teams':
      return send(channel, JSON.stringify(teamsBody(planned)), {}, delivery);
    case 'webhook': {
      const body = webhookBody(planned, now);
      const headers = webhookHeaders(planned.notificationId, now, body, channel.secret);
      return send(channel, body, headers, delivery);
    }
    case 'email':
      return mail(channel, delivery);
  }
}

/** Follows no redirect: it might lead to an address of this network that is not configured. */
async function send(
  { url, private: isPrivate }: ChannelOf<'slack' | 'teams' | 'webhook'>,
  body: string,
  own: Readonly<Record<string, string>>,
  { timeoutMs, signal, resolve }: Delivery,
): Promise<Failure | undefined> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const headers = { 'content-type': 'application/json', 'user-agent': 'epochlog', ...own };
  try {
    const both = AbortSignal.any([timeout, signal]);
    return failureOf(await post({ url, body, headers, isPrivate, resolve, signal: both }));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (timeout.aborted) return timedOut(timeoutMs);
    return unreachable(error);
  }
}

function failureOf({ status, retryAfter }: Answer): Failure | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400)
    return {
      code: 'REDIRECTED',
      reason: `it answered ${status}: redirects are not followed, configure the address itself`,
      isRetriable: false,
    };
  const seconds = Number(retryAfter);
  return {
    code: `HTTP_${status}`,
    reason: `it answered ${status}`,
    isRetriable: status >= 500 || status === 408 || status === 429,
    ...(seconds > 0 && { retryAfter: seconds * 1_000 }),
  };
}

const timedOut = (timeoutMs: number): Failure => ({
  code: 'TIMEOUT',
  reason: `no answer in ${timeoutMs} ms`,
  isRetriable: true,
});

const INSIDE: Failure = {
  code: 'PRIVATE_ADDRESS',
  reason:
    'its name is one of a private address or of this machine: set `private: true` for the channel where that is meant',
  isRetriable: false,
};

function unreachable(error: unknown): Failure {
  if (error instanceof PrivateAddress) return INSIDE;
  const code = codeOf(error) ?? codeOf((error as { cause?: unknown })?.cause) ?? 'UNREACHABLE';
  return { code, reason: `it cannot be reached (${code})`, isRetriable: true };
}

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : undefined;
};

async function mail(
  channel: ChannelOf<'email'>,
  { planned, timeoutMs, resolve }: Delivery,
): Promise<Failure | undefined> {
  const { host, port, secure, user, password, from, to, private: isPrivate } = channel;
  let address: Address;
  try {
    address = await addressOf(host, { isPrivate, resolve });
  } catch (error) {
    return unreachable(error);
  }
  const { createTransport } = await import('nodemailer'); // most send none
  const transport = createTransport({
    host: address.address,
    port,
    secure,
    tls: { servername: host }, // the certificate is that of the name
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });
  const { title, text, link, notificationId, severity, eventType } = planned;
  try {
    await transport.sendMail({
      from,
      to,
      subject: title,
      text: [text, link, `${severity} · ${eventType}`].filter(Boolean).join('\n\n'),
      messageId: `<${notificationId.replaceAll(/[^A-Za-z0-9.-]/g, '-')}@epochlog>`,
    });
    return undefined;
  } catch (error) {
    const status = (error as { responseCode?: number }).responseCode;
    if (status === undefined) return unreachable(error);
    return { code: `SMTP_${status}`, reason: `it answered ${status}`, isRetriable: status < 500 };
  } finally {
    transport.close();
  }
}

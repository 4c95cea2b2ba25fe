import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { PLAIN_ALERT } from '../../schemas/alerts/plain.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { AlertRaised, NotificationPlanned } from '../../schemas/events.generated.ts';
import type { ChannelOf } from './channels.ts';

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export const raised = (number = 1, given: Partial<AlertRaised> = {}): NewEvent<'AlertRaised'> =>
  newEvent('AlertRaised', {
    monitorId: 'topics/drift',
    alertId: `topics/drift/${number}`,
    model: 'topics',
    version: 'v1.0.0',
    cause: 'drift',
    reason: 'textLength: PSI 0.4',
    ...PLAIN_ALERT,
    policyVersion: 0,
    ...given,
  });

export const planned = (given: Partial<NotificationPlanned> = {}): NotificationPlanned => ({
  notificationId: 'event-1/team',
  channel: 'team',
  kind: 'webhook',
  eventId: 'event-1',
  eventType: 'AlertRaised',
  model: 'topics',
  severity: 'warning',
  title: 'alert: drift of topics v1.0.0',
  text: 'textLength: PSI 0.4',
  link: 'https://epochlog.example.org/console/drift?model=topics',
  ...given,
});

export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An HTTP server that keeps what it gets, and answers as it is told. `await using` closes it. */
export async function receiver(answer: (response: ServerResponse, received: Received) => void) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    const one = { headers: request.headers, body };
    received.push(one);
    answer(response, one);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with a status. */
export const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end('thank you');
  };

/** A mail server that wants a user, and refuses a recipient as it is told, always or when it is asked. `await using` closes it. */
export async function mailServer(refused?: number | (() => number | undefined)) {
  const refusalNow = typeof refused === 'function' ? refused : () => refused;
  const mails: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'ada' && password === 'right'
        ? done(null, { user: username })
        : done(Object.assign(new Error('no'), { responseCode: 535 })),
    onRcptTo(_address, _session, done) {
      const refusal = refusalNow();
      done(refusal === undefined ? null : Object.assign(new Error('no'), { responseCode: refusal }));
    },
    async onData(stream, _session, done) {
      mails.push(Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>)).toString());
      done(null);
    },
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.server.address() as AddressInfo;
  const channel = (password: string): ChannelOf<'email'> => ({
    ...{ name: 'mail', kind: 'email', host: '127.0.0.1', port, secure: false, private: true },
    ...{ user: 'ada', password, from: 'epochlog@example.org', to: ['ada@example.org'] },
  });
  return { mails, channel, [Symbol.asyncDispose]: async () => void server.close() };
}

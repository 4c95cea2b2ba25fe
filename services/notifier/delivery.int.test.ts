import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { describe, expect, test } from 'vitest';
import type { Channel } from './channels.ts';
import { deliver } from './delivery.ts';
import { planned, type Received, receiver, SECRET, status } from './fixtures.ts';
import { webhookHeaders } from './webhook.ts';

const delivery = {
  planned: planned(),
  now: 1_700_000_000_000,
  timeoutMs: 300,
  signal: new AbortController().signal,
};
const webhook = (url: string): Channel => ({ name: 'team', kind: 'webhook', url, secret: SECRET });

describe('over HTTP', () => {
  test('a webhook gets JSON with a signature of its exact bytes', async () => {
    await using to = await receiver(status(204));
    expect(await deliver(webhook(to.url), delivery)).toBeUndefined();
    const [{ headers, body }] = to.received as [Received];
    expect(JSON.parse(body)).toMatchObject({
      type: 'AlertRaised',
      data: { eventId: 'event-1', model: 'topics' },
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      ...webhookHeaders('event-1/team', delivery.now, body, SECRET),
    });
  });

  test.each(['slack', 'teams'] as const)('%s gets its own format', async (kind) => {
    await using to = await receiver(status(202));
    expect(await deliver({ name: 'team', kind, url: to.url }, delivery)).toBeUndefined();
    expect(JSON.parse(to.received[0]!.body)).toHaveProperty(kind === 'slack' ? 'blocks' : 'attachments');
  });

  test.each([
    [503, {}, { code: 'HTTP_503', isRetriable: true }],
    [429, { 'retry-after': '90' }, { code: 'HTTP_429', isRetriable: true, retryAfter: 90_000 }],
    [404, {}, { code: 'HTTP_404', isRetriable: false }],
  ])('an answer of %i', async (code, headers, failure) => {
    await using to = await receiver(status(code, headers as Record<string, string>));
    expect(await deliver(webhook(to.url), delivery)).toMatchObject(failure);
  });

  test('a redirect to a private address is not followed', async () => {
    await using inside = await receiver(status(200));
    await using to = await receiver(status(307, { location: inside.url }));
    expect(await deliver(webhook(to.url), delivery)).toMatchObject({
      code: 'REDIRECTED',
      isRetriable: false,
    });
    expect(inside.received).toEqual([]);
  });

  test('a receiver that hangs, before its answer or within it, is given up in time', async () => {
    await using silent = await receiver(() => {});
    expect(await deliver(webhook(silent.url), delivery)).toMatchObject({
      code: 'TIMEOUT',
      isRetriable: true,
    });
    await using endless = await receiver((response) => response.writeHead(200).write('and so on'));
    expect(await deliver(webhook(endless.url), delivery)).toBeUndefined(); // its status says it all
  });

  test('a receiver that is not there, without its address in the reason', async () => {
    const gone = await receiver(status(200));
    await gone[Symbol.asyncDispose]();
    const failure = await deliver(webhook(gone.url), delivery);
    expect(failure).toMatchObject({ code: 'ECONNREFUSED', isRetriable: true });
    expect(JSON.stringify(failure)).not.toContain('127.0.0.1');
  });
});

describe('by e-mail', () => {
  /** A mail server that wants a user, and refuses a recipient as it is told. */
  async function mailServer(refusal?: number) {
    const mails: string[] = [];
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) =>
        username === 'ada' && password === 'right'
          ? done(null, { user: username })
          : done(Object.assign(new Error('no'), { responseCode: 535 })),
      onRcptTo: (_address, _session, done) =>
        done(refusal === undefined ? null : Object.assign(new Error('no'), { responseCode: refusal })),
      async onData(stream, _session, done) {
        mails.push(Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>)).toString());
        done(null);
      },
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.server.address() as AddressInfo;
    const channel = (password: string): Channel => ({
      ...{ name: 'mail', kind: 'email', host: '127.0.0.1', port, secure: false },
      ...{ user: 'ada', password, from: 'epochlog@example.org', to: ['ada@example.org'] },
    });
    return { mails, channel, [Symbol.asyncDispose]: async () => server.close() };
  }

  test('a mail server gets text with a subject, and an id that stays the same', async () => {
    await using server = await mailServer();
    expect(await deliver(server.channel('right'), delivery)).toBeUndefined();
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]).toMatch(/^Subject: alert: drift of topics v1\.0\.0\r$/m);
    expect(server.mails[0]).toMatch(/^Message-ID: <event-1-team@epochlog>\r$/m);
    expect(server.mails[0]).toContain('textLength: PSI 0.4');
  });

  test.each([
    [450, true],
    [550, false],
  ])('a refusal with %i', async (code, isRetriable) => {
    await using server = await mailServer(code);
    expect(await deliver(server.channel('right'), delivery)).toMatchObject({
      code: `SMTP_${code}`,
      isRetriable,
    });
  });

  test('a wrong password is in no reason', async () => {
    await using server = await mailServer();
    const failure = await deliver(server.channel('wrong-password'), delivery);
    expect(failure).toMatchObject({ code: 'SMTP_535', isRetriable: false });
    expect(JSON.stringify(failure)).not.toContain('wrong-password');
  });
});

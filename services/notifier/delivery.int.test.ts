import { describe, expect, test } from 'vitest';
import type { Channel } from './channels.ts';
import { deliver } from './delivery.ts';
import { mailServer, planned, type Received, receiver, SECRET, status } from './fixtures.ts';
import { webhookHeaders } from './webhook.ts';

const delivery = {
  planned: planned(),
  now: 1_700_000_000_000,
  timeoutMs: 60_000,
  signal: new AbortController().signal,
};
/** For what never comes. */
const impatient = { ...delivery, timeoutMs: 300 };
const webhook = (url: string): Channel => ({
  name: 'team',
  kind: 'webhook',
  url,
  secret: SECRET,
  private: true,
});

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
    expect(await deliver({ name: 'team', kind, url: to.url, private: true }, delivery)).toBeUndefined();
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
    expect(await deliver(webhook(silent.url), impatient)).toMatchObject({
      code: 'TIMEOUT',
      isRetriable: true,
    });
    await using endless = await receiver((response) => response.writeHead(200).write('and so on'));
    expect(await deliver(webhook(endless.url), delivery)).toBeUndefined(); // its status says it all
  });

  test.each([
    ['http://127.0.0.1:PORT/hook', undefined],
    ['http://[::1]:PORT/hook', undefined],
    ['http://[::ffff:127.0.0.1]:PORT/hook', undefined],
    ['http://2130706433:PORT/hook', undefined], // 127.0.0.1 as one number
    ['http://hooks.example.org:PORT/hook', [{ address: '10.0.0.7', family: 4 }]],
    ['http://hooks.example.org:PORT/hook', [{ address: 'fd00::7', family: 6 }]],
    [
      'http://hooks.example.org:PORT/hook',
      [
        { address: '192.0.2.1', family: 4 },
        { address: '169.254.169.254', family: 4 },
      ],
    ],
  ])('%s is not reached where its name is that of a private address (%j)', async (url, addresses) => {
    await using inside = await receiver(status(200));
    const channel = { ...webhook(url.replace('PORT', new URL(inside.url).port)), private: false };
    const resolve = async () => addresses ?? [];
    expect(await deliver(channel, { ...delivery, ...(addresses && { resolve }) })).toMatchObject({
      code: 'PRIVATE_ADDRESS',
      isRetriable: false,
    });
    expect(inside.received).toEqual([]);
  });

  test('the address that was looked at is the one that is connected to, whatever the name is later', async () => {
    await using to = await receiver(status(200));
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.0.0.1' : '192.0.2.1', family: 4 }];
    };
    const url = `http://hooks.example.org:${new URL(to.url).port}/hook`;
    expect(await deliver(webhook(url), { ...delivery, resolve })).toBeUndefined();
    expect([asked, to.received.length]).toEqual([1, 1]);
    expect(to.received[0]?.headers.host).toContain('hooks.example.org');
  });

  test('a name that takes too long to resolve is given up in time', async () => {
    const resolve = () => new Promise<never>(() => {});
    expect(await deliver(webhook('http://slow.example.org/'), { ...impatient, resolve })).toMatchObject({
      code: 'TIMEOUT',
    });
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

  test('a mail server at a private address is reached on purpose only', async () => {
    await using server = await mailServer();
    const channel = { ...server.channel('right'), private: false };
    expect(await deliver(channel, delivery)).toMatchObject({ code: 'PRIVATE_ADDRESS' });
    expect(server.mails).toEqual([]);
  });

  test('a wrong password is in no reason', async () => {
    await using server = await mailServer();
    const failure = await deliver(server.channel('wrong-password'), delivery);
    expect(failure).toMatchObject({ code: 'SMTP_535', isRetriable: false });
    expect(JSON.stringify(failure)).not.toContain('wrong-password');
  });
});

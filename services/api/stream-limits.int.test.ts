import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Protection } from '../../infra/http/protection.ts';
import { type HttpServer, openServer } from '../../infra/http/server.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { acceptedSample } from '../../test/harness/records.ts';
import { Scenario } from '../../test/harness/scenario.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { service as api } from './service.ts';

let services: ServicesUnderTest;
let server: HttpServer;
let sockets: Socket[] = [];

async function start(environment: Record<string, string>, config: Protection = {}): Promise<void> {
  services = await startServices([api], { environment });
  server = await openServer({ host: '127.0.0.1', port: 0 }, () => new EpochlogError('LOG_UNAVAILABLE', ''));
  await server.serve({
    config,
    services: [api],
    host: services.host,
    telemetry: createPrometheus(),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ready: async () => {},
  });
}
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await server.close();
  await services.close();
});

/** Appends so many events with a text of so many characters. */
async function append(count: number, characters: number): Promise<void> {
  const scenario = new Scenario();
  for (let i = 0; i < count; i++) {
    const instance = { title: 't', abstract: 'x'.repeat(characters) };
    scenario.record('SampleAccepted', acceptedSample(String(i), { instance }).data);
  }
  await services.log.append(scenario.events.map(services.codec.encode));
}

/** A connection that asks for all events and reads the head of the answer; then it is paused. */
async function openStream(header = ''): Promise<{ socket: Socket; status: number; head: string }> {
  const { hostname, port, host } = new URL(server.url);
  const socket = connect({ host: hostname, port: Number(port) });
  sockets.push(socket);
  socket.on('error', () => {});
  socket.write(`GET /v1/events/stream?from=beginning HTTP/1.1\r\nHost: ${host}\r\n${header}\r\n`);
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  const head = data.toString('latin1');
  return { socket, status: Number(head.slice(9, 12)), head };
}

const statusOfNext = async () => (await openStream()).status;

test('streams are limited by client and in total', async () => {
  await start({ EPOCHLOG_API_STREAMS: '3', EPOCHLOG_API_STREAMS_PER_CLIENT: '2' });
  const first = await openStream();
  expect([first.status, await statusOfNext()]).toEqual([200, 200]);
  const refused = await openStream();
  expect(refused.status).toBe(429);
  expect(refused.head).toContain('retry-after: 1');
  expect(refused.head).toContain('"code":"TOO_MANY_REQUESTS"');
  first.socket.destroy();
  await eventually(async () => ((await statusOfNext()) === 200 ? true : undefined));
});

test('streams beyond the total limit are refused with 503, also of other clients', async () => {
  await start({ EPOCHLOG_API_STREAMS: '1' });
  expect([await statusOfNext(), await statusOfNext()]).toEqual([200, 503]);
});

test('behind a trusted proxy, the client is the forwarded address', async () => {
  const from = async (client: string) => (await openStream(`X-Forwarded-For: ${client}\r\n`)).status;
  await start({ EPOCHLOG_API_STREAMS_PER_CLIENT: '1' }, { trustedProxies: ['loopback'] });
  expect([await from('192.0.2.1'), await from('192.0.2.2'), await from('192.0.2.1')]).toEqual([
    200, 200, 429,
  ]);
});

test('a HEAD request opens no stream', async () => {
  await start({ EPOCHLOG_API_STREAMS: '1' });
  const answer = await fetch(`${server.url}/v1/events/stream`, { method: 'HEAD' });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  expect(await statusOfNext()).toBe(200);
});

test('a client that does not read is disconnected, and no longer counts', async () => {
  await start({ EPOCHLOG_API_STREAMS: '1', EPOCHLOG_API_SLOW_READER_MS: '1000' });
  await append(500, 20_000);
  expect(await statusOfNext()).toBe(200); // the next one is refused until this is disconnected, as another test says
  await eventually(async () => ((await statusOfNext()) === 200 ? true : undefined));
});

test('a request that is refused for another reason does not count', async () => {
  await start({ EPOCHLOG_API_STREAMS: '1' });
  const headers = { 'last-event-id': 'yesterday' };
  expect((await fetch(`${server.url}/v1/events/stream`, { headers })).status).toBe(400);
  await eventually(async () => ((await statusOfNext()) === 200 ? true : undefined));
});

test('with many streams from the beginning, the event loop runs an iteration between any two pages', async () => {
  await start({ EPOCHLOG_API_STREAMS_PER_CLIENT: '10' });
  await append(400, 10);
  let iterations = 0;
  let counting = true;
  const count = () => {
    iterations += 1;
    if (counting) setImmediate(count);
  };
  count();
  const read = async () => {
    let events = 0;
    const response = await fetch(`${server.url}/v1/events/stream?from=beginning`);
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      events += chunk.split('event: ').length - 1;
      if (events >= 400) return;
    }
  };
  await Promise.all(Array.from({ length: 10 }, read));
  counting = false;
  expect(iterations).toBeGreaterThan((10 * 400) / 32);
});

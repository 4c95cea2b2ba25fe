import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HttpServer, openServer } from '../../infra/http/server.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { smallScenario } from '../../test/harness/small-scenario.ts';
import { service as api } from './service.ts';
import { formatCursor, parseCursor } from './stream-cursor.ts';

const scenario = smallScenario();
const later = scenario.slice(20);

let services: ServicesUnderTest;
let server: HttpServer;

beforeEach(async () => {
  services = await startServices([api], { environment: { EPOCHLOG_API_HEARTBEAT_MS: '30' } });
  const missing = () => new EpochlogError('LOG_UNAVAILABLE', 'not there yet');
  server = await openServer({ host: '127.0.0.1', port: 0 }, missing);
  await server.serve({
    config: {},
    services: [api],
    host: services.host,
    telemetry: createPrometheus(),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ready: async () => {},
  });
  await append(scenario.slice(0, 20));
});
afterEach(async () => {
  await server.close();
  await services.close();
});

const append = (events: readonly RecordedEvent[]) => services.log.append(events.map(services.codec.encode));

interface Message {
  id: string;
  event: string;
  data: { id: string; type: string; time: string };
}

/** An open stream of events, as a browser reads it. */
async function listen(query = '', lastEventId?: string) {
  const leaving = new AbortController();
  const response = await fetch(`${server.url}/v1/events/stream${query}`, {
    signal: leaving.signal,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  const messages: Message[] = [];
  let text = '';
  const ended = (async () => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      messages.splice(0, messages.length, ...text.split('\n\n').slice(0, -1).flatMap(parse));
    }
  })();
  return {
    response,
    messages,
    text: () => text,
    ended,
    received: (count: number) =>
      eventually(async () => (messages.length >= count ? messages.slice(0, count) : undefined)),
    async leave() {
      leaving.abort();
      await ended.catch(() => {});
    },
  };
}

function parse(frame: string): Message[] {
  const fields = Object.fromEntries(frame.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
  return fields.data ? [{ id: fields.id, event: fields.event, data: JSON.parse(fields.data) }] : [];
}

test('events come as they are appended', async () => {
  const stream = await listen();
  expect(stream.response.headers.get('content-type')).toContain('text/event-stream');
  await append(later);
  const messages = await stream.received(later.length);
  expect(new Set(messages.map(({ data }) => data.id))).toEqual(new Set(later.map(({ id }) => id)));
  const { event, data } = messages[0]!;
  expect(event).toBe(data.type);
  expect(data.time).toMatch(/^2026-03-01T/);
  await stream.leave();
});

test('a client that reconnects with the last id misses nothing and sees nothing twice', async () => {
  const seen: string[] = [];
  let last: string | undefined;
  while (seen.length < scenario.length) {
    const stream = await listen('?from=beginning', last);
    const messages = await stream.received(Math.min(7, scenario.length - seen.length));
    await stream.leave();
    seen.push(...messages.map(({ data }) => data.id));
    last = messages.at(-1)?.id;
    if (seen.length === 14) await append(later);
  }
  expect(new Set(seen)).toEqual(new Set(scenario.map(({ id }) => id)));
  expect(new Set(seen).size).toBe(seen.length);
});

test('one stream, or one type', async () => {
  await append(later);
  const alerts = await listen('?from=beginning&stream=alerts');
  const types = (await alerts.received(4)).map(({ event }) => event);
  expect(types).toEqual(['QualityMeasured', 'DriftMeasured', 'AlertRaised', 'AlertResolved']);
  const promotions = await listen('?from=beginning&type=VersionPromoted');
  expect((await promotions.received(2)).map(({ event }) => event)).toEqual([
    'VersionPromoted',
    'VersionPromoted',
  ]);
  await alerts.leave();
  await promotions.leave();
});

test('an undecodable record is skipped', async () => {
  const stream = await listen();
  const [alert, ...others] = scenario.filter(
    ({ type }) => type === 'AlertRaised' || type === 'AlertResolved',
  );
  const record = services.codec.encode(alert!);
  await services.log.append([{ ...record, value: record.value.slice(0, 9) }]);
  await append(others);
  expect((await stream.received(1)).map(({ event }) => event)).toEqual(['AlertResolved']);
  await stream.leave();
});

test('an idle stream sends heartbeats', async () => {
  const stream = await listen();
  await eventually(async () => (stream.text().includes(': still here') ? true : undefined));
  expect(stream.messages).toEqual([]);
  await stream.leave();
});

test('closing the server ends the streams', async () => {
  const stream = await listen();
  await server.close(); // would else wait for them
  await stream.ended;
});

test('a wrong id or filter is refused', async () => {
  expect((await listen('', 'yesterday')).response.status).toBe(400);
  expect((await listen('?type=Nothing')).response.status).toBe(400);
  expect((await listen('?stream=nothing')).response.status).toBe(400);
});

test('a cursor names its partitions, and one that was added since begins at 0', () => {
  const positions = [
    { topic: 'epochlog.alerts', partition: 0, offset: 12 },
    { topic: 'epochlog.models', partition: 2, offset: 3 },
  ];
  const ends = [
    ...positions.map((position) => ({ ...position, offset: 99 })),
    { topic: 'epochlog.new', partition: 0, offset: 7 },
  ];
  expect(parseCursor(formatCursor(positions), ends)).toEqual([
    ...positions,
    { topic: 'epochlog.new', partition: 0, offset: 0 },
  ]);
});

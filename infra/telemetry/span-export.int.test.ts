import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Logger } from '../../kernel/logger.ts';
import type { StoredRecord } from '../../kernel/ports/log.ts';
import { collection, inPages } from '../../test/harness/collections.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { type OtlpReceiver, startReceiver } from '../../test/harness/otlp-receiver.ts';
import { startServices } from '../../test/harness/services.ts';
import { createPrometheus } from './prometheus.ts';
import { startTracing, type Tracing } from './tracing.ts';

/** What was logged, at `warn` and `info`. */
function listening() {
  const heard: string[] = [];
  const hear = (_: object, message: string) => void heard.push(message);
  const logger: Logger = { debug() {}, info: hear, warn: hear, error: hear };
  return { logger, heard };
}

const tracingTo = (url: string) => {
  const telemetry = createPrometheus();
  const { logger, heard } = listening();
  const tracing = startTracing({ url, system: 'kafka', telemetry, logger });
  /** spans by what became of them */
  const counted = async () => {
    const { text } = await telemetry.scrape();
    const read = (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.slice(series.length) ?? 0,
      );
    return {
      exported: read('epochlog_spans_exported_total'),
      refused: read('epochlog_spans_dropped_total{reason="refused"}'),
      full: read('epochlog_spans_dropped_total{reason="full"}'),
    };
  };
  return { tracing, telemetry, heard, counted };
};

const record: StoredRecord = {
  topic: 'epochlog.collections',
  partition: 0,
  offset: 0,
  timestamp: 0,
  key: 'c',
  value: new Uint8Array(),
  headers: {
    ce_id: '01890000-0000-7000-8000-000000000001',
    ce_type: 'CollectionRequested',
    ce_correlationid: '01890000-0000-7000-8000-000000000001',
  },
};

async function react(tracing: Tracing, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await tracing.reaction('collector', record, async () => {});
}

/** A port of this machine on which nobody listens. */
async function deadPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

describe('spans', () => {
  let receiver: OtlpReceiver;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await receiver[Symbol.asyncDispose]();
  });

  test.each(['', '/', '/behind/a/path', '/behind/a/path/'])(
    'are posted to %j of the base URL',
    async (path) => {
      const { tracing } = tracingTo(`${receiver.url}${path}`);
      await react(tracing, 1);
      await tracing.close();
      expect(receiver.requests.map((request) => request.path)).toEqual([
        `${path.replace(/\/$/, '')}/v1/traces`,
      ]);
    },
  );

  test("carry the headers and resource attributes of OpenTelemetry's variables", async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Bearer%20secret');
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test,service.name=passed-over');
    const { tracing } = tracingTo(receiver.url);
    await react(tracing, 1);
    await tracing.close();
    expect(receiver.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret']);
    expect(receiver.spans.map(({ resource }) => resource)).toEqual([
      expect.objectContaining({
        'deployment.environment.name': 'test',
        'service.name': 'epochlog-collector',
      }),
    ]);
  });

  test('arrive once each, in batches, while services run', async () => {
    const { tracing, counted, heard } = tracingTo(receiver.url);
    await react(tracing, 3_000);
    await eventually(async () => (receiver.spans.length > 0 ? true : undefined));
    await tracing.close();
    expect(receiver.spans).toHaveLength(3_000);
    expect(receiver.requests.length).toBeLessThan(300);
    expect(await counted()).toEqual({ exported: 3_000, refused: 0, full: 0 });
    expect(heard).toEqual([]);
  });

  test('that the collector refuses are dropped and counted, with one warning, and one message when it recovers', async () => {
    receiver.answer(400);
    const { tracing, counted, heard } = tracingTo(receiver.url);
    const refused = async (spans: number) => {
      await react(tracing, 2);
      await eventually(async () => ((await counted()).refused === spans ? true : undefined));
    };
    await refused(2);
    await refused(4);
    expect(heard).toEqual([expect.stringMatching(/accepts no traces \(Bad Request\).*EPOCHLOG_OTLP/)]);
    receiver.answer(200);
    await react(tracing, 3);
    await tracing.close();
    expect(receiver.spans).toHaveLength(3);
    expect(await counted()).toEqual({ exported: 3, refused: 4, full: 0 });
    expect(heard).toEqual([heard[0], 'the collector accepts traces again']);
  });

  test('beyond the queue limit are dropped and counted while the collector does not answer', async () => {
    receiver.answer('silence');
    const { tracing, counted } = tracingTo(receiver.url);
    await Promise.all(Array.from({ length: 10_000 }, () => react(tracing, 1))); // faster than a batch is given up
    expect((await counted()).full).toBeGreaterThan(0);
    await tracing.close(); // which waits for some seconds; what is on its way then is counted when its time is up
    const { exported } = await eventually(async () => {
      const now = await counted();
      return now.refused + now.full === 10_000 ? now : undefined;
    });
    expect(exported).toBe(0);
  });
});

test('services run without a collector; dropped spans are counted', async () => {
  const { tracing, telemetry, counted, heard } = tracingTo(await deadPort());
  {
    await using services = await startServices([inPages(3)], { telemetry, tracer: tracing });
    await services.publish(collection('a'), collection('b'));
    expect(await services.all('PageCollected')).toHaveLength(6);
    expect(services.host.status()).toMatchObject([{ state: 'running', crashes: 0 }]);
  }
  await tracing.close();
  await eventually(async () => (await counted()).refused === 3 || undefined);
  expect(await counted()).toEqual({ exported: 0, refused: 3, full: 0 });
  expect(heard).toEqual([expect.stringContaining('ECONNREFUSED')]);
});

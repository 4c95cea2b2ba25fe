/**
 * Many readers of the live events at once, from the beginning of a long log, and what they cost the process:
 *
 *     node test/bench/stream.ts [--events 50000] [--clients 100] [--seconds 30] [--idle]
 *
 * Clients run in a process of their own and read as fast as they can; with --idle they ask and never read. Measured in
 * the server: the delay of the event loop, the latency of GET /health/live beside the streams, and memory.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openServer } from '../../infra/http/server.ts';
import { createPrometheus } from '../../infra/telemetry/prometheus.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { service as api } from '../../services/api/service.ts';
import { startServices } from '../harness/services.ts';
import { facts, papersFrom, take } from './facts.ts';

const PROBE_INTERVAL_MS = 50;
const CHUNK = 1_000;
const MEGABYTE = 1 << 20;

interface Received {
  bytes: number;
  closed: number;
  statuses: Record<string, number>;
}

/** In the process of the clients: asks for the stream on so many connections, and counts what comes. */
async function readStreams(url: string, clients: number, idle: boolean): Promise<void> {
  const { hostname, port, host } = new URL(url);
  const received: Received = { bytes: 0, closed: 0, statuses: {} };
  for (let i = 0; i < clients; i++) {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write(`GET /v1/events/stream?from=beginning HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    socket.on('close', () => received.closed++);
    socket.on('error', () => {});
    if (idle) continue;
    socket.once('data', (data) => {
      const status = data.toString('latin1', 9, 12);
      received.statuses[status] = (received.statuses[status] ?? 0) + 1;
    });
    socket.on('data', (data) => {
      received.bytes += data.length;
    });
  }
  process.on('message', () => process.send?.(received));
  process.once('disconnect', () => process.exit());
}

/** Milliseconds that GET /health/live took, asked again and again until the signal aborts. */
async function probe(url: string, signal: AbortSignal): Promise<number[]> {
  const taken: number[] = [];
  while (!signal.aborted) {
    const started = performance.now();
    await (await fetch(`${url}/health/live`)).text();
    taken.push(performance.now() - started);
    await sleep(PROBE_INTERVAL_MS);
  }
  return taken.sort((a, b) => a - b);
}

async function bench(events: number, clients: number, seconds: number, idle: boolean): Promise<void> {
  const limits = { EPOCHLOG_API_STREAMS: String(clients), EPOCHLOG_API_STREAMS_PER_CLIENT: String(clients) };
  await using services = await startServices([api], { environment: limits });
  const source = facts(await papersFrom(undefined));
  for (let i = 0; i < events; i += CHUNK) {
    await services.log.append(take(Math.min(CHUNK, events - i), source).map(services.codec.encode));
  }
  const missing = () => new EpochlogError('LOG_UNAVAILABLE', 'not there yet');
  const server = await openServer({ host: '127.0.0.1', port: 0 }, missing);
  await server.serve({
    config: {},
    services: [api],
    host: services.host,
    telemetry: createPrometheus(),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ready: async () => {},
  });
  const memory = () => {
    globalThis.gc?.();
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    return [rss, heapUsed, external + arrayBuffers].map((bytes) => (bytes / MEGABYTE).toFixed(0)).join(' / ');
  };
  console.log(`${events} events, ${clients} clients${idle ? ' that never read' : ''}, ${seconds} s`);
  console.log(`  rss / heap / external MB before: ${memory()}`);
  const child = fork(import.meta.filename, [
    '--child',
    server.url,
    '--clients',
    String(clients),
    ...(idle ? ['--idle'] : []),
  ]);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const enough = new AbortController();
  const probing = probe(server.url, enough.signal);
  await sleep(seconds * 1_000);
  enough.abort();
  const taken = await probing;
  delay.disable();
  console.log(`  rss / heap / external MB after:  ${memory()}`);
  const ms = (nanoseconds: number) => `${(nanoseconds / 1e6).toFixed(1)} ms`;
  console.log(
    `  event-loop delay p50 ${ms(delay.percentile(50))}, p99 ${ms(delay.percentile(99))}, max ${ms(delay.max)}`,
  );
  console.log(
    `  /health/live: ${taken.length} asked, p50 ${taken[taken.length >> 1]?.toFixed(1)} ms, max ${taken.at(-1)?.toFixed(1)} ms`,
  );
  child.send('report');
  const [received] = (await once(child, 'message')) as [Received];
  console.log(
    `  received ${(received.bytes / MEGABYTE).toFixed(0)} MB, closed ${received.closed}, ${JSON.stringify(received.statuses)}`,
  );
  child.disconnect();
  await once(child, 'exit');
  await server.close();
}

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '50000' },
    clients: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '30' },
    idle: { type: 'boolean', default: false },
    child: { type: 'string' },
  },
});
const { events, clients, seconds, idle, child } = options;
if (child) await readStreams(child, Number(clients), idle);
else await bench(Number(events), Number(clients), Number(seconds), idle);

// How fast events become rows that queries see: the real projector and the embedded engine, all projections in place.
//
//   node test/bench/projection.ts [--papers FILE] [--events 30000] [--probes 50] [--seconds 10] [--rate 200]
//
// Of each paper (generated ones without a file) there are three events: it is ingested, accepted as a sample, and predicted. Measured are
// the rate, when the events come while the projector runs and when it finds them at its start, and the lag from the
// call of append to the row in `predictions`: of single events, and under a steady load. A table goes to stderr,
// JSON to stdout.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { temporaryWarehouse, type WarehouseUnderTest } from '../../infra/warehouse/testing/temporary.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { service as projector } from '../../services/projector/service.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { type ServicesUnderTest, startServices } from '../harness/services.ts';
import { facts, papersFrom, take } from './facts.ts';

const PROJECTIONS = join(import.meta.dirname, '../../projections');
const APPEND = 1_000;
/** Looking costs the engine some milliseconds: looking all the time would be the load that is measured. */
const POLL_MS = 15;
const TABLES = ['events', 'records', 'samples', 'predictions'];

interface Rate {
  what: string;
  events: number;
  /** rows of all tables together */
  rows: number;
  seconds: number;
}

interface Lag {
  what: string;
  events: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/** An engine with all projections, empty. */
async function withWarehouse<T>(measure: (under: WarehouseUnderTest) => Promise<T>): Promise<T> {
  await using under = await temporaryWarehouse();
  await migrate(under.warehouse, PROJECTIONS);
  return await measure(under);
}

async function append({ log, codec }: ServicesUnderTest, events: readonly RecordedEvent[]): Promise<void> {
  for (let i = 0; i < events.length; i += APPEND)
    await log.append(events.slice(i, i + APPEND).map(codec.encode));
}

async function countRows(warehouse: Warehouse): Promise<number> {
  const sql = TABLES.map((table) => `(SELECT count() FROM ${table})`).join(' + ');
  const [row] = await warehouse.query<{ rows: number }>(`SELECT ${sql} AS rows`);
  return row?.rows ?? 0;
}

/** Events that are appended as fast as the log takes them, to a projector that runs. */
async function following(count: number): Promise<Rate & Memory> {
  return withWarehouse(async ({ warehouse, engine }) => {
    await using services = await startServices([projector], { warehouse });
    const events = take(count, facts(papers));
    const start = performance.now();
    await append(services, events);
    await services.host.settled();
    const seconds = (performance.now() - start) / 1_000;
    const rows = await countRows(warehouse);
    return { what: 'while they come', events: count, rows, seconds, ...memoryOf(engine.pid) };
  });
}

/** Events that are in the log before the projector starts. */
async function catchingUp(count: number): Promise<Rate & Memory> {
  return withWarehouse(async ({ warehouse, engine }) => {
    await using folder = await temporaryFolder('bench');
    {
      await using services = await startServices([], { home: folder.path });
      await append(services, take(count, facts(papers)));
    }
    const start = performance.now();
    await using services = await startServices([projector], { warehouse, home: folder.path });
    await services.host.settled();
    const seconds = (performance.now() - start) / 1_000;
    const rows = await countRows(warehouse);
    return { what: 'found at the start', events: count, rows, seconds, ...memoryOf(engine.pid) };
  });
}

interface Memory {
  engineMiB: number | null;
  projectorMiB: number;
}

/** The most that the engine has had so far (Linux only), and what this process has now. */
function memoryOf(enginePid: number | undefined): Memory {
  const projectorMiB = Math.round(process.memoryUsage.rss() / 2 ** 20);
  if (process.platform !== 'linux') return { engineMiB: null, projectorMiB };
  const [, peak] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${enginePid}/status`, 'utf8')) ?? [];
  return { engineMiB: Math.round(Number(peak) / 1_024), projectorMiB };
}

async function countPredictions(warehouse: Warehouse): Promise<number> {
  const [row] = await warehouse.query<{ n: number }>('SELECT count() AS n FROM predictions');
  return row?.n ?? 0;
}

/** One prediction at a time, at random moments; nothing else happens. */
async function idleLag(probes: number): Promise<Lag> {
  return withWarehouse(async ({ warehouse }) => {
    await using services = await startServices([projector], { warehouse });
    const predictions = take(3 * probes, facts(papers)).filter(({ type }) => type === 'PredictionServed');
    const lags: number[] = [];
    for (const [i, prediction] of predictions.entries()) {
      await sleep(350 + Math.random() * 100); // longer than the pause after one event
      const start = performance.now();
      await append(services, [prediction]);
      while ((await countPredictions(warehouse)) <= i) await sleep(POLL_MS);
      lags.push(performance.now() - start);
    }
    return { what: 'lag of a single event', ...percentiles(lags) };
  });
}

/** So many events a second; the lags of the predictions among them. */
async function lagUnderLoad(rate: number, seconds: number): Promise<Lag> {
  return withWarehouse(async ({ warehouse }) => {
    await using services = await startServices([projector], { warehouse });
    const begin = performance.now() + 100;
    const events = take(rate * seconds, facts(papers)).map((event, i) => ({
      event,
      due: begin + (i * 1_000) / rate,
    }));
    const predictions = events.filter(({ event }) => event.type === 'PredictionServed');
    const [lags] = await Promise.all([lagsOf(predictions, warehouse), appendWhenDue(events, services)]);
    return { what: `lag at ${rate} events/s`, ...percentiles(lags) };
  });
}

interface Due {
  event: RecordedEvent;
  /** on the clock of `performance.now` */
  due: number;
}

/** Appends each event when its time has come, whether or not those before are on the disk. */
async function appendWhenDue(events: readonly Due[], services: ServicesUnderTest): Promise<void> {
  const appended: Promise<void>[] = [];
  for (const { event, due } of events) {
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    appended.push(append(services, [event]));
  }
  await Promise.all(appended);
}

/** From when each was due to when it was seen. */
async function lagsOf(predictions: readonly Due[], warehouse: Warehouse): Promise<number[]> {
  const lags: number[] = [];
  while (lags.length < predictions.length) {
    const count = await countPredictions(warehouse);
    const now = performance.now();
    lags.push(...predictions.slice(lags.length, count).map(({ due }) => now - due));
    await sleep(POLL_MS);
  }
  return lags;
}

function percentiles(lags: readonly number[]): Omit<Lag, 'what'> {
  const sorted = lags.toSorted((a, b) => a - b);
  const at = (share: number) => Number(sorted[Math.ceil(share * sorted.length) - 1]!.toFixed(1));
  return { events: lags.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    events: { type: 'string', default: '30000' },
    probes: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '200' },
  },
});
const papers = await papersFrom(options.papers);
const rates = [await following(Number(options.events)), await catchingUp(Number(options.events))];
const lags = [
  await idleLag(Number(options.probes)),
  await lagUnderLoad(Number(options.rate), Number(options.seconds)),
];
const perSecond = (count: number, seconds: number) => Math.round(count / seconds).toLocaleString('en');
for (const { what, events, rows, seconds, engineMiB, projectorMiB } of rates) {
  console.error(
    `${`${events} events ${what}`.padEnd(34)}${perSecond(events, seconds)} events/s, ${perSecond(rows, seconds)} rows/s; engine ${engineMiB} MiB at most, projector ${projectorMiB} MiB`,
  );
}
for (const { what, p50Ms, p95Ms, p99Ms } of lags) {
  console.error(`${what.padEnd(34)}p50 ${p50Ms} ms, p95 ${p95Ms} ms, p99 ${p99Ms} ms`);
}
console.log(JSON.stringify({ rates, lags }));

// Throughput and latency of the embedded log. An append counts when it is on disk.
//
//   node test/bench/log.ts [--seconds 2]
//
// A table goes to stderr, JSON to stdout.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type EmbeddedLog, openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { newId } from '../../kernel/ids.ts';
import type { LogRecord, Position } from '../../kernel/ports/log.ts';
import { report, startChild } from '../harness/child.ts';
import { temporaryFolder } from '../harness/folder.ts';

const TOPICS = [
  { name: 'bench', partitions: 4 },
  { name: 'output', partitions: 1 },
  { name: 'same-process', partitions: 1 },
  { name: 'other-process', partitions: 1 },
];
const KEYS = 1_000;
const BATCH = 1_000;
const PROBES = 200;
const PROBE_INTERVAL_MS = 5;

interface Measure {
  what: string;
  valueBytes: number;
  perSecond?: number;
  p50Ms?: number;
  p99Ms?: number;
  bytesOnDisk?: number;
}

/** An event with the headers of a service and a value of `bytes`. */
function event(topic: string, valueBytes: number, count: number): LogRecord {
  const [id, key] = [newId(Date.now()), `run-${count % KEYS}`];
  const headers = {
    ce_id: id,
    ce_source: 'trainer',
    ce_type: 'EpochCompleted',
    ce_subject: key,
    ce_time: new Date().toISOString(),
    ce_sequence: `${count}`,
    ce_correlationid: id,
    ce_causationid: id,
    traceparent: `00-${id.replaceAll('-', '')}-${id.slice(-12)}0000-01`,
  };
  return { topic, key, value: Buffer.alloc(valueBytes, id), headers };
}

const events = (valueBytes: number, count: number): LogRecord[] =>
  Array.from({ length: count }, (_, i) => event('bench', valueBytes, i));

/** Records per second of concurrent callers. */
async function rate(seconds: number, callers: number, step: () => Promise<number>): Promise<number> {
  const start = performance.now();
  let records = 0;
  const caller = async () => {
    while (performance.now() - start < seconds * 1_000) {
      const done = await step();
      records += done;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return Math.round(records / ((performance.now() - start) / 1_000));
}

async function appendRates(log: EmbeddedLog, valueBytes: number, seconds: number): Promise<Measure[]> {
  const one = events(valueBytes, 1);
  const batch = events(valueBytes, BATCH);
  const appendOf = (records: LogRecord[]) => async () => (await log.append(records)).length;
  return [
    { what: 'append, 1 caller', valueBytes, perSecond: await rate(seconds, 1, appendOf(one)) },
    { what: 'append, 64 callers', valueBytes, perSecond: await rate(seconds, 64, appendOf(one)) },
    { what: 'append, 256 callers', valueBytes, perSecond: await rate(seconds, 256, appendOf(one)) },
    { what: `append, batches of ${BATCH}`, valueBytes, perSecond: await rate(seconds, 1, appendOf(batch)) },
  ];
}

async function readRate(log: EmbeddedLog): Promise<number> {
  const start = performance.now();
  let records = 0;
  for (const end of await log.endOffsets(['bench'])) {
    for (let offset = 0; offset < end.offset; ) {
      const page = await log.read({ ...end, offset }, BATCH);
      offset += page.length;
      records += page.length;
    }
  }
  return Math.round(records / ((performance.now() - start) / 1_000));
}

/** Consumes, writes one small output for each record, and commits both, `limit` records at a time. */
async function consumeRate(log: EmbeddedLog, limit: number, seconds: number): Promise<number> {
  const { signal } = new AbortController();
  const consumer = await log.consumer(`consumer-of-${limit}`, ['bench']);
  const perSecond = await rate(seconds, 1, async () => {
    const records = await consumer.poll(limit, signal);
    const next = new Map<number, Position>();
    for (const { topic, partition, offset } of records)
      next.set(partition, { topic, partition, offset: offset + 1 });
    await consumer.commit(
      [...next.values()],
      records.map(({ key }, i) => ({ ...event('output', 100, i), key })),
    );
    return records.length;
  });
  await consumer.close();
  return perSecond;
}

/** Milliseconds from the call of append to the return of the poll, for each of `PROBES` records. */
async function lagsOf(log: EmbeddedLog, topic: string, onReady = () => {}): Promise<number[]> {
  const { signal } = new AbortController();
  const consumer = await log.consumer('probe', [topic]);
  onReady();
  const lags: number[] = [];
  while (lags.length < PROBES) {
    for (const { value } of await consumer.poll(1, signal)) {
      lags.push(Number(process.hrtime.bigint() - BigInt(Buffer.from(value).toString())) / 1e6);
    }
  }
  await consumer.close();
  return lags;
}

async function probe(log: EmbeddedLog, topic: string): Promise<void> {
  for (let i = 0; i < PROBES; i++) {
    await log.append([{ ...event(topic, 0, i), value: Buffer.from(`${process.hrtime.bigint()}`) }]);
    await sleep(PROBE_INTERVAL_MS);
  }
}

async function lagMeasures(log: EmbeddedLog, path: string): Promise<Measure[]> {
  const [same] = await Promise.all([lagsOf(log, 'same-process'), probe(log, 'same-process')]);
  const child = startChild<{ lags?: number[] }>(new URL(import.meta.url), ['--probe', path]);
  await child.reported(1);
  await probe(log, 'other-process');
  await child.reported(2);
  return [
    { what: 'lag of a poll, same process', valueBytes: 20, ...percentiles(same) },
    { what: 'lag of a poll, other process', valueBytes: 20, ...percentiles(child.reports[1]!.lags!) },
  ];
}

const percentiles = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Number(sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2));
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
};

async function measure(valueBytes: number, seconds: number): Promise<Measure[]> {
  await using folder = await temporaryFolder('bench');
  const log = await openEmbeddedLog({ path: folder.path });
  await log.ensureTopics(TOPICS);
  const appends = await appendRates(log, valueBytes, seconds);
  const records = (await log.endOffsets(['bench'])).reduce((sum, { offset }) => sum + offset, 0);
  const bytesOnDisk = Math.round((await stat(join(folder.path, 'data.mdb'))).size / records);
  const measures = [
    ...appends,
    { what: `read, pages of ${BATCH}`, valueBytes, perSecond: await readRate(log), bytesOnDisk },
    { what: 'consume and commit 1', valueBytes, perSecond: await consumeRate(log, 1, seconds) },
    { what: `consume and commit ${BATCH}`, valueBytes, perSecond: await consumeRate(log, BATCH, seconds) },
    ...(await lagMeasures(log, folder.path)),
  ];
  await log.close();
  return measures;
}

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '2' }, probe: { type: 'string' } },
});
if (options.probe) {
  const log = await openEmbeddedLog({ path: options.probe });
  report({ lags: await lagsOf(log, 'other-process', () => report({ ready: true })) });
  await log.close();
} else {
  const seconds = Number(options.seconds);
  const measures = [...(await measure(200, seconds)), ...(await measure(1_500, seconds))];
  for (const { what, valueBytes, perSecond, p50Ms, p99Ms } of measures) {
    const figure =
      perSecond === undefined
        ? `p50 ${p50Ms} ms, p99 ${p99Ms} ms`
        : `${perSecond.toLocaleString('en')} records/s`;
    console.error(`${what.padEnd(32)}${`${valueBytes} B`.padStart(8)}  ${figure}`);
  }
  console.log(JSON.stringify(measures));
}

// How fast the event log on Kafka is, beside raw kafkajs on the same broker in the same run.
//
//   npm run bench:kafka [-- --seconds 3]
//
// Starts a broker of its own. A table goes to stderr, JSON to stdout. "Raw" is kafkajs as its documentation shows it:
// an idempotent producer, a group consumer with `eachBatch`, a transaction per batch.
import { parseArgs } from 'node:util';
import { type Consumer, type EachBatchPayload, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { startCluster } from '../../infra/cluster/cluster.ts';
import { type KafkaLog, openKafkaLog } from '../../infra/log/kafka/log.ts';
import { newId } from '../../kernel/ids.ts';
import type { LogRecord, Position } from '../../kernel/ports/log.ts';

const PARTITIONS = 3;
const KEYS = 1_000;
const BATCH = 1_000;
const SMALL_BATCH = 10;
const VALUE_BYTES = 200;
const CONSUMED = 100_000;

interface Measure {
  what: string;
  unit: string;
  epochlog: number;
  raw: number;
}

/** An event as the services write them. */
function event(topic: string, count: number): LogRecord {
  const id = newId(Date.now());
  const headers = {
    ce_id: id,
    ce_source: 'trainer',
    ce_type: 'EpochCompleted',
    ce_subject: `run-${count % KEYS}`,
    ce_time: new Date().toISOString(),
    ce_sequence: `${count}`,
    ce_correlationid: id,
    ce_causationid: id,
    traceparent: `00-${id.replaceAll('-', '')}-${id.slice(-12)}0000-01`,
  };
  return { topic, key: `run-${count % KEYS}`, value: Buffer.alloc(VALUE_BYTES, id), headers };
}

const events = (topic: string, count: number): LogRecord[] =>
  Array.from({ length: count }, (_, i) => event(topic, i));

const messageOf = ({ key, value, headers }: LogRecord) => ({
  key,
  value: Buffer.from(value),
  headers: { ...headers },
});

/** Records in a second, of as many callers at once; each step is worth the number it returns. */
async function rate(seconds: number, callers: number, step: () => Promise<number>): Promise<number> {
  await step(); // connections and metadata are there when the clock starts
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

async function appends(log: KafkaLog, kafka: Kafka, seconds: number): Promise<Measure[]> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const of = async (what: string, callers: number, records: LogRecord[]): Promise<Measure> => {
    const messages = records.map(messageOf);
    const { topic } = records[0]!;
    return {
      what,
      unit: 'records/s',
      epochlog: await rate(seconds, callers, async () => (await log.append(records)).length),
      raw: await rate(seconds, callers, async () => {
        await producer.send({ topic, messages });
        return messages.length;
      }),
    };
  };
  const oneKey = events('appended', BATCH).map((record) => ({ ...record, key: 'run-0' }));
  const measures = [
    await of('append, 1 caller', 1, events('appended', 1)),
    await of('append, 64 callers', 64, events('appended', 1)),
    await of('append, 256 callers', 256, events('appended', 1)),
    await of(`append ${BATCH} of one aggregate`, 1, oneKey),
    await of(`append ${BATCH}, atomic across partitions`, 1, events('appended', BATCH)),
  ];
  await producer.disconnect();
  return measures;
}

const perSecond = (records: number, start: number): number =>
  Math.round(records / ((performance.now() - start) / 1_000));

async function consuming(log: KafkaLog, kafka: Kafka): Promise<Measure[]> {
  for (let i = 0; i < CONSUMED; i += 5 * BATCH) await log.append(events('consumed', 5 * BATCH));
  return [
    {
      what: `poll ${CONSUMED} records`,
      unit: 'records/s',
      epochlog: await pollAll(log),
      raw: await rawConsumeAll(kafka),
    },
    { what: `read ${CONSUMED} records by offset`, unit: 'records/s', epochlog: await readAll(log), raw: 0 },
  ];
}

async function pollAll(log: KafkaLog): Promise<number> {
  const { signal } = new AbortController();
  const start = performance.now();
  const consumer = await log.consumer('poll', ['consumed']);
  for (let records = 0; records < CONSUMED; ) records += (await consumer.poll(BATCH, signal)).length;
  const result = perSecond(CONSUMED, start);
  await consumer.close();
  return result;
}

async function readAll(log: KafkaLog): Promise<number> {
  const start = performance.now();
  for (const { partition } of await log.ends(['consumed'])) {
    for (let offset = 0; ; ) {
      const page = await log.read({ topic: 'consumed', partition, offset }, BATCH);
      if (page.length === 0) break;
      offset = page.at(-1)!.offset + 1;
    }
  }
  return perSecond(CONSUMED, start);
}

async function rawConsumeAll(kafka: Kafka): Promise<number> {
  const start = performance.now();
  let records = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const consumer = await rawConsumer(kafka, 'raw-poll', 'consumed', async ({ batch }) => {
    records += batch.messages.length;
    if (records >= CONSUMED) resolve();
  });
  await promise;
  const result = perSecond(CONSUMED, start);
  await consumer.disconnect();
  return result;
}

async function rawConsumer(
  kafka: Kafka,
  groupId: string,
  topic: string,
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
): Promise<Consumer> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 250 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachBatch, autoCommit: false, eachBatchAutoResolve: false });
  return consumer;
}

/** Consumes, writes one output for each record, and commits both, so many records at a time. */
async function processing(log: KafkaLog, kafka: Kafka, limit: number, seconds: number): Promise<Measure> {
  const { signal } = new AbortController();
  const consumer = await log.consumer(`process-${limit}`, ['consumed']);
  const epochlog = await rate(seconds, 1, async () => {
    const records = await consumer.poll(limit, signal);
    const next = new Map<number, Position>();
    for (const { topic, partition, offset } of records)
      next.set(partition, { topic, partition, offset: offset + 1 });
    await consumer.commit(
      [...next.values()],
      records.map(({ key }, i) => ({ ...event('produced', i), key })),
    );
    return records.length;
  });
  await consumer.close();
  const producer = kafka.producer({
    transactionalId: `raw-process-${limit}`,
    maxInFlightRequests: 1,
    retry: { initialRetryTime: 5 }, // its default of 300 ms comes after nearly every transaction: three in a second
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const raw = await rawProcess(kafka, producer, limit, seconds);
  await producer.disconnect();
  return { what: `consume, process, produce by ${limit}`, unit: 'records/s', epochlog, raw };
}

async function rawProcess(kafka: Kafka, producer: Producer, limit: number, seconds: number): Promise<number> {
  const groupId = `raw-process-${limit}`;
  let records = 0;
  let start: number | undefined; // the first one warms up, as in `rate`
  const { promise, resolve } = Promise.withResolvers<void>();
  const consumer = await rawConsumer(kafka, groupId, 'consumed', async ({ batch, isRunning }) => {
    for (let i = 0; i < batch.messages.length && isRunning(); i += limit) {
      const slice = batch.messages.slice(i, i + limit);
      const transaction = await producer.transaction();
      await transaction.send({
        topic: 'produced',
        messages: slice.map(({ key }, j) => ({ ...messageOf(event('produced', j)), key })),
      });
      const offset = String(Number(slice.at(-1)!.offset) + 1);
      await transaction.sendOffsets({
        consumerGroupId: groupId,
        topics: [{ topic: batch.topic, partitions: [{ partition: batch.partition, offset }] }],
      });
      await transaction.commit();
      if (start === undefined) start = performance.now();
      else records += slice.length;
      if (performance.now() - start > seconds * 1_000) return resolve();
    }
  });
  await promise;
  const result = perSecond(records, start!);
  await consumer.disconnect();
  return result;
}

const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '3' } } });
const seconds = Number(options.seconds);
await using cluster = await startCluster();
const log = await openKafkaLog({ brokers: cluster.brokers });
await log.ensureTopics(
  ['appended', 'consumed', 'produced'].map((name) => ({ name, partitions: PARTITIONS })),
);
const kafka = new Kafka({ brokers: cluster.brokers, logLevel: logLevel.NOTHING });
const measures = [
  ...(await appends(log, kafka, seconds)),
  ...(await consuming(log, kafka)),
  await processing(log, kafka, SMALL_BATCH, seconds),
  await processing(log, kafka, BATCH, seconds),
];
await log.close();
const number = (value: number) => (value ? value.toLocaleString('en') : '–').padStart(10);
for (const { what, unit, epochlog, raw } of measures) {
  const ratio = raw ? `${(epochlog / raw).toFixed(2)} ×` : '';
  console.error(`${what.padEnd(40)}${number(epochlog)}  raw ${number(raw)} ${unit}  ${ratio}`);
}
console.log(JSON.stringify(measures));

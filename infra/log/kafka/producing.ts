import type { Producer, ProducerBatch, RecordMetadata, TopicMessages } from 'kafkajs';
import { Partitioners } from 'kafkajs';
import { EpochlogError } from '../../../kernel/errors.ts';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { LogRecord, Position } from '../../../kernel/ports/log.ts';
import { partitionOf } from '../partition.ts';
import type { Client } from './client.ts';
import { messageOf } from './records.ts';
import { MAX_BATCH_BYTES, type Topics } from './topics.ts';

/** A record, the partition it belongs in, and about how many bytes of a batch it takes. */
export interface Placed {
  record: LogRecord;
  partition: number;
  bytes: number;
}

/** kafkajs takes time with the square of it, and decodes a batch as the arguments of one call */
const MAX_BATCH_RECORDS = 5_000;

/** About what a record takes of a batch, beside its key, its value and its headers. */
const RECORD_OVERHEAD_BYTES = 40;

/** Long enough for a cluster that has lost a broker to choose other leaders. */
const RETRY = { initialRetryTime: 10, factor: 0.2, multiplier: 2, maxRetryTime: 1_000, retries: 20 };

/** A producer that waits for all replicas in sync, and repeats what is not acknowledged without doubling it. */
export function openProducer(
  { kafka }: Client,
  transactionalId: string,
  transactionTimeout: number,
): Producer {
  return kafka.producer({
    idempotent: true,
    transactionalId,
    transactionTimeout,
    maxInFlightRequests: 1, // more, and a repeated batch may come after the one that follows it
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    retry: RETRY,
  });
}

/** LOG_TOPIC_UNKNOWN when a record's topic is not there, EVENT_INVALID when one is too large. */
export async function place(records: readonly LogRecord[], topics: Topics): Promise<Placed[]> {
  const counts = new Map<string, number>();
  for (const { topic } of records) {
    if (!counts.has(topic)) counts.set(topic, await topics.partitionsOf(topic));
  }
  return records.map((record) => {
    const bytes = weightOf(record);
    if (bytes > MAX_BATCH_BYTES) throw tooLarge(record, bytes);
    return { record, partition: partitionOf(Buffer.from(record.key), counts.get(record.topic)!), bytes };
  });
}

const tooLarge = ({ topic, key }: LogRecord, bytes: number): EpochlogError =>
  new EpochlogError(
    'EVENT_INVALID',
    `a record of ${key} for ${topic} has ${bytes} bytes, more than the ${MAX_BATCH_BYTES} that a batch may have`,
  );

function weightOf({ key, value, headers }: LogRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + Buffer.byteLength(key) + value.byteLength;
  for (const name in headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(headers[name]!) + 4;
  return bytes;
}

const placeOf = ({ record: { topic }, partition }: Placed): string => partitionKey({ topic, partition });

export const partitionsOf = (records: readonly Placed[]): Set<string> => new Set(records.map(placeOf));

export const weigh = (records: readonly Placed[]): number =>
  records.reduce((sum, { bytes }) => sum + bytes, 0);

/** Whether so much goes into one batch. */
export const fits = (bytes: number, count: number): boolean =>
  bytes <= MAX_BATCH_BYTES && count <= MAX_BATCH_RECORDS;

/** The records in their order, in pieces that fit into a batch. */
export function pieces(records: readonly Placed[]): Placed[][] {
  const pieces: Placed[][] = [];
  let bytes = 0;
  for (const record of records) {
    const piece = pieces.at(-1);
    bytes += record.bytes;
    if (piece && fits(bytes, piece.length + 1)) {
      piece.push(record);
    } else {
      pieces.push([record]);
      bytes = record.bytes;
    }
  }
  return pieces;
}

/** A producer, or a transaction of it. */
interface Sender {
  sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]>;
}

/**
 * Sends records, those of each partition in a request of their own, and tells where they are. When one of the brokers
 * that a request goes to has to be asked again, kafkajs 2.2.4 sends it to the others again too, if they have not
 * answered yet, and as if it were new: their records would be there twice.
 */
export async function send(sender: Sender, records: readonly Placed[]): Promise<Position[]> {
  const parts = Map.groupBy(records, placeOf).values();
  const sent = await Promise.allSettled(
    Array.from(parts, (part) => sender.sendBatch({ topicMessages: topicMessagesOf(part) })),
  );
  const failed = sent.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return positionsOf(
    records,
    sent.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])),
  );
}

const topicMessagesOf = (records: readonly Placed[]): TopicMessages[] =>
  [...Map.groupBy(records, ({ record }) => record.topic)].map(([topic, placed]) => ({
    topic,
    messages: placed.map(({ record, partition }) => messageOf(record, partition)),
  }));

/** Where the records of one request are now: those of a partition lie side by side. */
function positionsOf(records: readonly Placed[], stored: readonly RecordMetadata[]): Position[] {
  const next = new Map(
    stored.map(({ topicName, partition, baseOffset }) => [
      partitionKey({ topic: topicName, partition }),
      Number(baseOffset),
    ]),
  );
  return records.map(({ record: { topic }, partition }) => {
    const key = partitionKey({ topic, partition });
    const offset = next.get(key)!;
    next.set(key, offset + 1);
    return { topic, partition, offset };
  });
}

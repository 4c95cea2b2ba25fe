import type { Producer, ProducerBatch, RecordMetadata, TopicMessages } from 'kafkajs';
import { Partitioners } from 'kafkajs';
import { EpochlogError } from '../../../kernel/errors.ts';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { LogRecord, Position } from '../../../kernel/ports/log.ts';
import { partitionOf } from '../partition.ts';
import type { Client } from './client.ts';
import { messageOf } from './records.ts';
import { MAX_BATCH_BYTES, type Topics } from './topics.ts';

/** A record, its partition, and about how many bytes of a batch it takes. */
export interface PartitionedRecord {
  record: LogRecord;
  partition: number;
  bytes: number;
}

/** kafkajs takes quadratic time for a batch, and decodes it as the arguments of one call. */
const MAX_BATCH_RECORDS = 5_000;

/** About what a record takes beside its key, its value and its headers. */
const RECORD_OVERHEAD_BYTES = 40;

/** Longer than the failover of a broker. */
const RETRY = { initialRetryTime: 10, factor: 0.2, multiplier: 2, maxRetryTime: 1_000, retries: 20 };

/** An idempotent, transactional producer with acks=all. */
export function openProducer(
  { kafka }: Client,
  transactionalId: string,
  transactionTimeout: number,
): Producer {
  return kafka.producer({
    idempotent: true,
    transactionalId,
    transactionTimeout,
    maxInFlightRequests: 1, // with more, retries can reorder batches
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    retry: RETRY,
  });
}

/** LOG_TOPIC_UNKNOWN when a record's topic is not there, EVENT_INVALID when one is too large. */
export async function withPartitions(
  records: readonly LogRecord[],
  topics: Topics,
): Promise<PartitionedRecord[]> {
  const counts = new Map<string, number>();
  for (const { topic } of records) {
    if (!counts.has(topic)) counts.set(topic, await topics.partitionsOf(topic));
  }
  return records.map((record) => {
    const bytes = sizeOf(record);
    if (bytes > MAX_BATCH_BYTES) throw tooLarge(record, bytes);
    return { record, partition: partitionOf(Buffer.from(record.key), counts.get(record.topic)!), bytes };
  });
}

const tooLarge = ({ topic, key }: LogRecord, bytes: number): EpochlogError =>
  new EpochlogError(
    'EVENT_INVALID',
    `a record of ${key} for ${topic} has ${bytes} bytes; a batch may have ${MAX_BATCH_BYTES}`,
  );

function sizeOf({ key, value, headers }: LogRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + Buffer.byteLength(key) + value.byteLength;
  for (const name in headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(headers[name]!) + 4;
  return bytes;
}

const partitionKeyOf = ({ record: { topic }, partition }: PartitionedRecord): string =>
  partitionKey({ topic, partition });

export const partitionsOf = (records: readonly PartitionedRecord[]): Set<string> =>
  new Set(records.map(partitionKeyOf));

export const totalBytes = (records: readonly PartitionedRecord[]): number =>
  records.reduce((sum, { bytes }) => sum + bytes, 0);

export const fitsInBatch = (bytes: number, count: number): boolean =>
  bytes <= MAX_BATCH_BYTES && count <= MAX_BATCH_RECORDS;

/** The records in their order, split into batches. */
export function batches(records: readonly PartitionedRecord[]): PartitionedRecord[][] {
  const all: PartitionedRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const batch = all.at(-1);
    bytes += record.bytes;
    if (batch && fitsInBatch(bytes, batch.length + 1)) {
      batch.push(record);
    } else {
      all.push([record]);
      bytes = record.bytes;
    }
  }
  return all;
}

/** A producer, or a transaction of it. */
interface Sender {
  sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]>;
}

/**
 * Sends the records of each partition in a request of its own, and returns their positions. kafkajs 2.2.4 retries a
 * request to several brokers as a whole when one of them fails, with new sequence numbers: brokers that have not answered
 * yet would append their records twice.
 */
export async function send(sender: Sender, records: readonly PartitionedRecord[]): Promise<Position[]> {
  const partitions = Map.groupBy(records, partitionKeyOf).values();
  const sent = await Promise.allSettled(
    Array.from(partitions, (own) => sender.sendBatch({ topicMessages: topicMessagesOf(own) })),
  );
  const failed = sent.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return positionsOf(
    records,
    sent.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])),
  );
}

const topicMessagesOf = (records: readonly PartitionedRecord[]): TopicMessages[] =>
  [...Map.groupBy(records, ({ record }) => record.topic)].map(([topic, own]) => ({
    topic,
    messages: own.map(({ record, partition }) => messageOf(record, partition)),
  }));

/** The positions of sent records: a batch has consecutive offsets from its base offset. */
function positionsOf(records: readonly PartitionedRecord[], stored: readonly RecordMetadata[]): Position[] {
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

import type { LogRecord, Position, StoredRecord } from '../../kernel/ports/log.ts';
import { isDeadLetterTopic, originalTopicOf } from '../../kernel/topics.ts';

/** Translates what a record names of its own log: schema ids and positions. */
export interface Dictionary {
  /** the schema id in the target, by topic and source id; undefined for an unknown schema */
  schemaId(topic: string, id: number): number | undefined;
  /** the position of a record in the target; undefined when it was not copied */
  position(source: Position): Position | undefined;
}

const HEADER_BYTES = 5; // Confluent wire format: a zero, then the schema id

/** The schema id that a value carries; undefined when it is not in the wire format. */
export const schemaIdIn = (value: Uint8Array): number | undefined =>
  value.length >= HEADER_BYTES && value[0] === 0 ? bufferOf(value).readUInt32BE(1) : undefined;

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The record for the target: equal but for its schema id and the positions it names. */
export const translate = (record: StoredRecord, dictionary: Dictionary): LogRecord => ({
  topic: record.topic,
  key: record.key,
  value: translateValue(record, dictionary),
  headers: isDeadLetterTopic(record.topic) ? translateDeadLetter(record, dictionary) : record.headers,
});

/** A value that is not in the wire format, or has an unknown schema id, stays as it is: it was undecodable before. */
function translateValue({ topic, value }: StoredRecord, dictionary: Dictionary): Uint8Array {
  const id = schemaIdIn(value);
  const other = id === undefined ? undefined : dictionary.schemaId(topic, id);
  if (other === undefined || other === id) return value;
  const bytes = Buffer.from(value);
  bytes.writeUInt32BE(other, 1);
  return bytes;
}

/** Headers of a dead letter that name positions: of the original record, and of the dead letter to be retried. */
export const POSITION_HEADERS: readonly string[] = ['dlq_partition', 'dlq_offset', 'dlq_redrive'];

/** The dead letter that a record orders to retry, in the same topic. */
export function retriedLetter({ topic, headers }: LogRecord): Position | undefined {
  const [, partition, offset] = /^(\d+)@(\d+)$/.exec(headers.dlq_redrive ?? '') ?? [];
  return offset === undefined ? undefined : { topic, partition: Number(partition), offset: Number(offset) };
}

function translateDeadLetter(record: StoredRecord, { position }: Dictionary): StoredRecord['headers'] {
  const { topic, headers } = record;
  const { dlq_partition: partition, dlq_offset: offset } = headers;
  const original =
    partition === undefined || offset === undefined
      ? undefined
      : position({
          topic: originalTopicOf(topic),
          partition: Number(partition),
          offset: Number(offset),
        });
  const ordered = retriedLetter(record);
  const letter = ordered && position(ordered);
  const translated: Record<string, string> = {
    ...(original && { dlq_partition: `${original.partition}`, dlq_offset: `${original.offset}` }),
    ...(letter && { dlq_redrive: `${letter.partition}@${letter.offset}` }),
  };
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, translated[name] ?? value]), // keeps the order of headers
  );
}

import type { LogRecord, Position, StoredRecord } from '../../kernel/ports/log.ts';
import { isDeadLetterTopic, originalTopicOf } from '../../kernel/topics.ts';

/** What in a record names a place or a number of its own log, and what that is in the other. */
export interface Dictionary {
  /** the id of a schema there, by the topic and the id here; undefined when nobody knows the schema */
  schemaId(topic: string, id: number): number | undefined;
  /** where a record is there, by where it is here; undefined when it is not there */
  place(position: Position): Position | undefined;
}

const HEADER_BYTES = 5; // Confluent wire format: a zero, then the schema id

/** The schema id that a value carries; undefined when it is not in the wire format. */
export const schemaIdIn = (value: Uint8Array): number | undefined =>
  value.length >= HEADER_BYTES && value[0] === 0 ? bufferOf(value).readUInt32BE(1) : undefined;

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The record as it belongs into the other log: the same, but for the id of its schema and the places it names. */
export const translate = (record: StoredRecord, dictionary: Dictionary): LogRecord => ({
  topic: record.topic,
  key: record.key,
  value: translateValue(record, dictionary),
  headers: isDeadLetterTopic(record.topic) ? translateLetter(record, dictionary) : record.headers,
});

/** What is not in the wire format, or carries an id that nobody knows, stays as it is: nobody could read it before. */
function translateValue({ topic, value }: StoredRecord, dictionary: Dictionary): Uint8Array {
  const id = schemaIdIn(value);
  const other = id === undefined ? undefined : dictionary.schemaId(topic, id);
  if (other === undefined || other === id) return value;
  const bytes = Buffer.from(value);
  bytes.writeUInt32BE(other, 1);
  return bytes;
}

/** Headers of a dead letter that name places: where its record was, and which letter it orders to try again. */
export const PLACE_HEADERS: readonly string[] = ['dlq_partition', 'dlq_offset', 'dlq_retry'];

/** The letter that a record orders to try again, of the same topic. */
export function orderedLetter({ topic, headers }: LogRecord): Position | undefined {
  const [, partition, offset] = /^(\d+)@(\d+)$/.exec(headers.dlq_retry ?? '') ?? [];
  return offset === undefined ? undefined : { topic, partition: Number(partition), offset: Number(offset) };
}

function translateLetter(record: StoredRecord, { place }: Dictionary): StoredRecord['headers'] {
  const { topic, headers } = record;
  const { dlq_partition: partition, dlq_offset: offset } = headers;
  const original =
    partition === undefined || offset === undefined
      ? undefined
      : place({
          topic: originalTopicOf(topic),
          partition: Number(partition),
          offset: Number(offset),
        });
  const ordered = orderedLetter(record);
  const letter = ordered && place(ordered);
  const places: Record<string, string> = {
    ...(original && { dlq_partition: `${original.partition}`, dlq_offset: `${original.offset}` }),
    ...(letter && { dlq_retry: `${letter.partition}@${letter.offset}` }),
  };
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, places[name] ?? value]), // in their order
  );
}

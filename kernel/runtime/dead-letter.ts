import type { EpochlogError } from '../errors.ts';
import type { LogRecord, StoredRecord } from '../ports/log.ts';
import { DEAD_LETTERS, isDeadLetters } from './inputs.ts';

/**
 * A dead letter is the record as it was, in the topic of its own topic's dead letters, and beside it, as headers, who
 * could not take it, why, and where it came from. An order to try it again is the same record, with `dlq_retry`.
 */
export function deadLetter(record: StoredRecord, service: string, error: EpochlogError): LogRecord {
  const { dlq_retry: _, ...headers } = record.headers;
  return {
    topic: isDeadLetters(record.topic) ? record.topic : `${record.topic}${DEAD_LETTERS}`,
    key: record.key,
    value: record.value,
    headers: {
      dlq_partition: String(record.partition),
      dlq_offset: String(record.offset),
      ...headers,
      dlq_service: service,
      dlq_code: error.code,
      dlq_message: error.message,
      dlq_attempt: String(Number(headers.dlq_attempt ?? 0) + 1),
    },
  };
}

/** The order to try a dead letter again, which its own service takes as if the record came once more. */
export function retryOrder(letter: StoredRecord): LogRecord {
  const { topic, key, value, headers } = letter;
  return { topic, key, value, headers: { ...headers, dlq_retry: placeOf(letter) } };
}

/** A dead letter is known by its place among the dead letters of its topic, `partition@offset`. */
export const placeOf = ({ partition, offset }: { partition: number; offset: number }): string =>
  `${partition}@${offset}`;

/** Which dead letter a record orders a service to try again; undefined when it is none, or meant for another. */
export function retryOf({ topic, headers }: StoredRecord, service: string): string | undefined {
  if (headers.dlq_retry === undefined || headers.dlq_service !== service) return undefined;
  return `${topic}/${headers.dlq_retry}`;
}

/** The record that a dead letter was, in its own place. */
export const originalOf = (letter: StoredRecord): StoredRecord => ({
  ...letter,
  topic: letter.topic.slice(0, -DEAD_LETTERS.length),
  partition: Number(letter.headers.dlq_partition),
  offset: Number(letter.headers.dlq_offset),
});

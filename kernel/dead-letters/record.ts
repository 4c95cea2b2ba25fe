import type { EpochlogError } from '../errors.ts';
import type { LogRecord, Position, StoredRecord } from '../ports/log.ts';
import { deadLetterTopicOf, isDeadLetterTopic, originalTopicOf } from '../topics.ts';
import { reasonOf } from './reason.ts';

/** The step of a service that failed. */
export type Step = 'decode' | 'react';

/**
 * The dead letter of a record: the same key and value in the dead-letter topic, with headers `dlq_…` that say which
 * service failed, why, and where the record was. A redrive record is the same with the header `dlq_redrive`. When it
 * fails again, that is a dead letter of the next attempt.
 */
export function deadLetter(
  record: StoredRecord,
  service: string,
  { step, error }: { step: Step; error: EpochlogError },
): LogRecord {
  const isRedrive = isDeadLetterTopic(record.topic);
  const { dlq_redrive: _, ...headers } = record.headers;
  return {
    topic: isRedrive ? record.topic : deadLetterTopicOf(record.topic),
    key: record.key,
    value: record.value,
    headers: {
      ...headers,
      ...(isRedrive ? {} : { dlq_partition: String(record.partition), dlq_offset: String(record.offset) }),
      dlq_service: service,
      dlq_step: step,
      dlq_code: error.code,
      dlq_message: reasonOf(error),
      dlq_attempt: String(isRedrive ? attemptOf(record) + 1 : 1),
    },
  };
}

/** The record that makes the service of a dead letter process the original record again. */
export function redriveRecord(deadLetter: StoredRecord): LogRecord {
  const { topic, partition, offset, key, value, headers } = deadLetter;
  return { topic, key, value, headers: { ...headers, dlq_redrive: `${partition}@${offset}` } };
}

/** The attempt that failed, from 1. */
export const attemptOf = ({ headers }: LogRecord): number => Number(headers.dlq_attempt);

/** Whether the event could not be decoded, and so did not change the service's state. */
export const isUndecoded = ({ headers }: LogRecord): boolean => headers.dlq_step === 'decode';

/** Identifies an attempt of a service at a record; several processes may have made it. */
export const attemptKey = (original: Position, attempt: number): string =>
  `${original.topic}/${original.partition}@${original.offset} #${attempt}`;

/** The failed attempt that a redrive record repeats; undefined when it is none, or for another service. */
export function redriveOf(record: StoredRecord, service: string): string | undefined {
  const { topic, headers } = record;
  if (!isDeadLetterTopic(topic) || headers.dlq_redrive === undefined || headers.dlq_service !== service)
    return undefined;
  return attemptKey(originalOf(record), attemptOf(record));
}

/** The original record of a dead letter, at its position. */
export const originalOf = (deadLetter: StoredRecord): StoredRecord => ({
  ...deadLetter,
  topic: originalTopicOf(deadLetter.topic),
  partition: Number(deadLetter.headers.dlq_partition),
  offset: Number(deadLetter.headers.dlq_offset),
});

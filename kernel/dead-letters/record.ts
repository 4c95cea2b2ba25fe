import type { EpochlogError } from '../errors.ts';
import type { LogRecord, Position, StoredRecord } from '../ports/log.ts';
import { deadLetterTopicOf, isDeadLetterTopic, originalTopicOf } from '../topics.ts';
import { reasonOf } from './reason.ts';

/** What a service was doing with an event that it could not take. */
export type Step = 'decode' | 'react';

/**
 * A dead letter is the record as it was, in the topic of its own topic's dead letters, and beside it, as headers, who
 * could not take it, why, and where it came from. An order to try it again is the same record, with `dlq_retry`. What
 * fails again is a dead letter of its own, one attempt more.
 */
export function deadLetter(
  record: StoredRecord,
  service: string,
  { step, error }: { step: Step; error: EpochlogError },
): LogRecord {
  const isAgain = isDeadLetterTopic(record.topic);
  const { dlq_retry: _, ...headers } = record.headers;
  return {
    topic: isAgain ? record.topic : deadLetterTopicOf(record.topic),
    key: record.key,
    value: record.value,
    headers: {
      ...headers,
      ...(isAgain ? {} : { dlq_partition: String(record.partition), dlq_offset: String(record.offset) }),
      dlq_service: service,
      dlq_step: step,
      dlq_code: error.code,
      dlq_message: reasonOf(error),
      dlq_attempt: String(isAgain ? attemptOf(record) + 1 : 1),
    },
  };
}

/** The order to try a dead letter again, which its own service takes as if the record came once more. */
export function retryOrder(letter: StoredRecord): LogRecord {
  const { topic, key, value, headers } = letter;
  return { topic, key, value, headers: { ...headers, dlq_retry: `${letter.partition}@${letter.offset}` } };
}

/** How often its service has tried the record that a dead letter was. */
export const attemptOf = ({ headers }: LogRecord): number => Number(headers.dlq_attempt);

/** Whether nobody could tell what was in the record, so that it was not remembered when it came. */
export const isUndecoded = ({ headers }: LogRecord): boolean => headers.dlq_step === 'decode';

/** Names an attempt of a service at a record: several processes may have made it, and told of it. */
export const attemptKey = (original: Position, attempt: number): string =>
  `${original.topic}/${original.partition}@${original.offset} #${attempt}`;

/** The attempt that a record orders a service to repeat; undefined when it is no order, or meant for another. */
export function retryOf(record: StoredRecord, service: string): string | undefined {
  const { topic, headers } = record;
  if (!isDeadLetterTopic(topic) || headers.dlq_retry === undefined || headers.dlq_service !== service)
    return undefined;
  return attemptKey(originalOf(record), attemptOf(record));
}

/** The record that a dead letter was, in its own place. */
export const originalOf = (letter: StoredRecord): StoredRecord => ({
  ...letter,
  topic: originalTopicOf(letter.topic),
  partition: Number(letter.headers.dlq_partition),
  offset: Number(letter.headers.dlq_offset),
});

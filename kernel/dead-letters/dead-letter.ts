import { EpochlogError } from '../errors.ts';
import type { Position, StoredRecord } from '../ports/log.ts';
import { withinLimits } from '../texts.ts';
import { deadLetterTopicOf, streamOfTopic, topicOf } from '../topics.ts';
import { attemptKey, attemptOf, originalOf, type Step } from './record.ts';

/**
 * `redriving`: a redrive record is appended, and the service has not committed an offset behind it (a service that runs
 * everywhere never does). `redriven`: processed. `failed`: processed, and failed again as another dead letter.
 */
export type DeadLetterState = 'open' | 'redriving' | 'redriven' | 'failed' | 'discarded';

/** Who closed a dead letter, and why. */
export interface Decision {
  what: 'redrive' | 'discard';
  /** milliseconds since the epoch */
  time: number;
  requestedBy: string;
  reason: string;
  /** id of the request event */
  eventId: string;
}

/** A record that a service could not process, as the headers of the dead letter describe it. */
export interface DeadLetterRecord extends Position {
  /** what a person types: `<stream>/<partition>@<offset>` of the dead letter */
  id: string;
  /** milliseconds since the epoch at which it was appended to the dead-letter queue */
  time: number;
  service: string;
  step: Step;
  code: string;
  message: string;
  /** the attempt that failed, from 1 */
  attempt: number;
  /** empty when the record has no event id */
  eventId: string;
  type: string;
  subject: string;
  /** the position of the original record; null when the dead-letter headers are missing */
  original: Position | null;
}

/** A dead letter and its state. */
export interface DeadLetter extends DeadLetterRecord {
  state: DeadLetterState;
  /** dead letters of the same attempt: each process of a service that runs everywhere appends one */
  copies: number;
  decision: Decision | null;
  /** id of the dead letter of the next attempt */
  next: string | null;
}

export const deadLetterTopics = (streams: readonly string[]): string[] =>
  streams.map((stream) => deadLetterTopicOf(topicOf(stream)));

export const deadLetterIdOf = ({ topic, partition, offset }: Position): string =>
  `${streamOfTopic(topic)}/${partition}@${offset}`;

/** The position of the dead letter with this id. INPUT_INVALID when no dead letter can have it. */
export function deadLetterPosition(id: string, streams: readonly string[]): Position {
  const [, name, partition, offset] = /^([\w-]+)\/(\d{1,6})@(\d{1,15})$/.exec(id) ?? [];
  const stream = streams.find((known) => known === name);
  if (stream !== undefined)
    return {
      topic: deadLetterTopicOf(topicOf(stream)),
      partition: Number(partition),
      offset: Number(offset),
    };
  const why =
    name === undefined
      ? 'write <stream>/<partition>@<offset>, such as records/0@12, as `epochlog dlq list` shows it'
      : `there is no stream '${name}'; there are ${streams.join(', ')}`;
  throw new EpochlogError('INPUT_INVALID', `'${id}' is not the id of a dead letter: ${why}`);
}

/** Reads the headers of a dead letter. Any client may have written them, at any length. */
export function parseDeadLetter(record: StoredRecord): DeadLetterRecord {
  const { topic, partition, offset, timestamp, headers, key } = record;
  const original = originalOf(record);
  const hasOriginal = [original.partition, original.offset, attemptOf(record)].every(Number.isSafeInteger);
  return {
    id: deadLetterIdOf(record),
    topic,
    partition,
    offset,
    time: timestamp,
    service: withinLimits(headers.dlq_service ?? ''),
    step: headers.dlq_step === 'decode' ? 'decode' : 'react',
    code: withinLimits(headers.dlq_code ?? ''),
    message: headers.dlq_message ?? '',
    attempt: hasOriginal ? attemptOf(record) : 1,
    eventId: withinLimits(headers.ce_id ?? ''),
    type: withinLimits(headers.ce_type ?? ''),
    subject: withinLimits(key),
    original: hasOriginal
      ? { topic: original.topic, partition: original.partition, offset: original.offset }
      : null,
  };
}

/** Identifies an attempt of a service at a record. */
export const attemptKeyOf = ({ service, original, id }: DeadLetterRecord, attempt: number): string =>
  original && service !== '' ? `${service} ${attemptKey(original, attempt)}` : `${id} #${attempt}`;

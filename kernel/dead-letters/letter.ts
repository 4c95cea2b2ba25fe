import { EpochlogError } from '../errors.ts';
import { ALL_STREAMS } from '../event.ts';
import type { Position, StoredRecord } from '../ports/log.ts';
import { withinLimits } from '../texts.ts';
import { deadLetterTopicOf, streamOfTopic, topicOf } from '../topics.ts';
import { attemptKey, attemptOf, originalOf, type Step } from './record.ts';

/**
 * What has become of a dead letter. `ordered`: its service has not taken it yet, or does not tell how far it has come
 * because it runs everywhere. `failed`: tried again, it became another dead letter.
 */
export type LetterState = 'open' | 'ordered' | 'done' | 'failed' | 'discarded';

/** What somebody has decided about a dead letter. */
export interface Decision {
  what: 'retry' | 'discard';
  /** milliseconds since the epoch */
  time: number;
  requestedBy: string;
  reason: string;
  /** id of the event by which it was asked for */
  eventId: string;
}

/** An event that a service could not take, as the headers of its dead letter tell it. */
export interface Letter extends Position {
  /** what a person types, `<stream>/<partition>@<offset>`: where the letter lies */
  id: string;
  /** milliseconds since the epoch at which it was set aside */
  time: number;
  service: string;
  /** whether it could not be decoded, or the reaction to it failed */
  step: Step;
  code: string;
  message: string;
  /** counts the attempts of its service, from 1 */
  attempt: number;
  /** of the event; empty when the record does not name it */
  eventId: string;
  type: string;
  subject: string;
  /** where the event lies; null when the record does not say, because no service has written it */
  original: Position | null;
}

/** A dead letter, and what has become of it. */
export interface DeadLetter extends Letter {
  state: LetterState;
  /** processes that set the event aside; each does, of a service that runs everywhere */
  copies: number;
  decision: Decision | null;
  /** id of the dead letter that it became when it was tried again */
  next: string | null;
}

export const letterTopics = (): string[] => ALL_STREAMS.map((stream) => deadLetterTopicOf(topicOf(stream)));

export const letterIdOf = ({ topic, partition, offset }: Position): string =>
  `${streamOfTopic(topic)}/${partition}@${offset}`;

/** Where the dead letter of an id lies. INPUT_INVALID when no dead letter can have such an id. */
export function placeOfLetter(id: string): Position {
  const [, name, partition, offset] = /^([\w-]+)\/(\d{1,6})@(\d{1,15})$/.exec(id) ?? [];
  const stream = ALL_STREAMS.find((known) => known === name);
  if (stream !== undefined)
    return {
      topic: deadLetterTopicOf(topicOf(stream)),
      partition: Number(partition),
      offset: Number(offset),
    };
  const why =
    name === undefined
      ? 'write <stream>/<partition>@<offset>, such as papers/0@12, as `epochlog dlq list` shows it'
      : `there is no stream '${name}'; there are ${ALL_STREAMS.join(', ')}`;
  throw new EpochlogError('INPUT_INVALID', `'${id}' is not the id of a dead letter: ${why}`);
}

/** What a record among the dead letters tells. Anybody may have written its headers, at any length. */
export function letterOf(record: StoredRecord): Letter {
  const { topic, partition, offset, timestamp, headers, key } = record;
  const original = originalOf(record);
  const isTold = [original.partition, original.offset, attemptOf(record)].every(Number.isSafeInteger);
  return {
    id: letterIdOf(record),
    topic,
    partition,
    offset,
    time: timestamp,
    service: withinLimits(headers.dlq_service ?? ''),
    step: headers.dlq_step === 'decode' ? 'decode' : 'react',
    code: withinLimits(headers.dlq_code ?? ''),
    message: headers.dlq_message ?? '',
    attempt: isTold ? attemptOf(record) : 1,
    eventId: withinLimits(headers.ce_id ?? ''),
    type: withinLimits(headers.ce_type ?? ''),
    subject: withinLimits(key),
    original: isTold
      ? { topic: original.topic, partition: original.partition, offset: original.offset }
      : null,
  };
}

/** Names an attempt of a service at an event. */
export const keyOfAttempt = ({ service, original, id }: Letter, attempt: number): string =>
  original && service !== '' ? `${service} ${attemptKey(original, attempt)}` : `${id} #${attempt}`;

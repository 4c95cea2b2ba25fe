import { EpochlogError } from '../errors.ts';
import { type NewEvent, newEvent } from '../event.ts';
import type { EventLog, LogRecord, Position, StoredRecord } from '../ports/log.ts';
import type { Publisher } from '../publisher.ts';
import type { LetterBook } from './book.ts';
import type { DeadLetter } from './letter.ts';
import { retryOrder } from './record.ts';

/** Who decides, and why. */
export interface Why {
  reason: string;
  requestedBy: string;
}

/** With what decisions are made. */
export interface Office {
  log: EventLog;
  publisher: Publisher;
  book: LetterBook;
}

/**
 * Orders services to take the events of these dead letters once more; each order is appended with the event that tells
 * of it. For those that are ordered already nothing is appended. INPUT_INVALID, NOT_FOUND or CONFLICT before anything is
 * appended when one of them is no id, no dead letter, or closed.
 */
export async function retryLetters(office: Office, ids: readonly string[], why: Why): Promise<DeadLetter[]> {
  const letters = await lookUp(office.book, ids);
  for (const letter of letters) assertRetriable(letter);
  for (const letter of letters.filter(({ state }) => state === 'open')) {
    const order = retryOrder(await recordAt(office.log, letter));
    await append(office.publisher, newEvent('DeadLetterRetryRequested', asked(letter, why)), [order]);
  }
  return letters;
}

/** Closes dead letters whose events need nothing more. Errors as of `retryLetters`; CONFLICT also for an order. */
export async function discardLetters(
  office: Office,
  ids: readonly string[],
  why: Why,
): Promise<DeadLetter[]> {
  const letters = await lookUp(office.book, ids);
  for (const letter of letters) assertOpen(letter);
  for (const letter of letters)
    await append(office.publisher, newEvent('DeadLetterDiscardRequested', asked(letter, why)));
  return letters;
}

/** The record at a place where there is one. */
export async function recordAt(log: EventLog, place: Position): Promise<StoredRecord> {
  const [record] = await log.read(place, 1);
  if (record?.offset === place.offset) return record;
  throw new EpochlogError(
    'LOG_CORRUPT',
    `no record at ${place.topic}/${place.partition}@${place.offset}, where there was one`,
  );
}

async function lookUp(book: LetterBook, ids: readonly string[]): Promise<DeadLetter[]> {
  await book.refresh();
  const letters = ids.map((id) => book.find(id));
  return [...new Map(letters.map((letter) => [letter.id, letter])).values()];
}

async function append(publisher: Publisher, event: NewEvent, beside?: readonly LogRecord[]): Promise<void> {
  await publisher.publish([event], undefined, beside);
}

const asked = (letter: DeadLetter, { reason, requestedBy }: Why) => ({
  letterId: letter.id,
  topic: letter.topic,
  partition: letter.partition,
  offset: letter.offset,
  service: letter.service,
  code: letter.code,
  attempt: letter.attempt,
  eventId: letter.eventId,
  eventType: letter.type,
  reason,
  requestedBy,
});

function assertRetriable(letter: DeadLetter): void {
  if (letter.state !== 'ordered') assertOpen(letter);
  if (letter.original && letter.service !== '') return;
  throw new EpochlogError(
    'CONFLICT',
    `${letter.id} does not say which service could not take which record, so nobody can try it again: no service has written it`,
  );
}

function assertOpen(letter: DeadLetter): void {
  if (letter.state !== 'open') throw new EpochlogError('CONFLICT', `${letter.id} ${becameOf(letter)}`);
}

/** What has become of a dead letter, in words. */
export function becameOf({ state, decision, next, service }: DeadLetter): string {
  const by = decision ? ` by ${decision.requestedBy} (${decision.reason})` : '';
  switch (state) {
    case 'open':
      return 'is open';
    case 'ordered':
      return `is to be tried again, as ordered${by}; ${service} has not told yet that it took it`;
    case 'done':
      return `was tried again${by}, and is done`;
    case 'failed':
      return `was tried again${by}, and failed again as ${next}, which may be tried again`;
    case 'discarded':
      return `was discarded${by}`;
  }
}

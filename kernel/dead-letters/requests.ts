import { EpochlogError } from '../errors.ts';
import type { NewEvent } from '../event.ts';
import type { EventLog, LogRecord, Position, StoredRecord } from '../ports/log.ts';
import type { Publisher } from '../publisher.ts';
import type { DeadLetter } from './dead-letter.ts';
import { type DeadLetterRequest, DISCARD_REQUESTED, REDRIVE_REQUESTED } from './events.ts';
import type { DeadLetterQueue } from './queue.ts';
import { redriveRecord } from './record.ts';

/** Who asks, and why. */
export interface RequestReason {
  reason: string;
  requestedBy: string;
}

interface Access {
  log: EventLog;
  publisher: Publisher;
  queue: DeadLetterQueue;
}

/**
 * Appends a redrive record for each of these dead letters, atomically with its request event; for those that are
 * redriving already, nothing. INPUT_INVALID, NOT_FOUND or CONFLICT, before anything is appended, when one of them is no
 * id, no dead letter, or closed.
 */
export async function redriveDeadLetters(
  access: Access,
  ids: readonly string[],
  why: RequestReason,
): Promise<DeadLetter[]> {
  const deadLetters = await lookUp(access.queue, ids);
  for (const deadLetter of deadLetters) assertRedrivable(deadLetter);
  for (const deadLetter of deadLetters.filter(({ state }) => state === 'open')) {
    const redrive = redriveRecord(await recordAt(access.log, deadLetter));
    await append(access.publisher, { type: REDRIVE_REQUESTED, data: requested(deadLetter, why) }, [redrive]);
  }
  return deadLetters;
}

/** Closes dead letters without a redrive. Errors as `redriveDeadLetters`; CONFLICT also for one that is redriving. */
export async function discardDeadLetters(
  access: Access,
  ids: readonly string[],
  why: RequestReason,
): Promise<DeadLetter[]> {
  const deadLetters = await lookUp(access.queue, ids);
  for (const deadLetter of deadLetters) assertOpen(deadLetter);
  for (const deadLetter of deadLetters)
    await append(access.publisher, { type: DISCARD_REQUESTED, data: requested(deadLetter, why) });
  return deadLetters;
}

/** The record at a position. LOG_CORRUPT when there is none. */
export async function recordAt(log: EventLog, position: Position): Promise<StoredRecord> {
  const [record] = await log.read(position, 1);
  if (record?.offset === position.offset) return record;
  throw new EpochlogError(
    'LOG_CORRUPT',
    `no record at ${position.topic}/${position.partition}@${position.offset}, where there was one`,
  );
}

async function lookUp(queue: DeadLetterQueue, ids: readonly string[]): Promise<DeadLetter[]> {
  await queue.refresh();
  const deadLetters = ids.map((id) => queue.find(id));
  return [...new Map(deadLetters.map((deadLetter) => [deadLetter.id, deadLetter])).values()];
}

async function append(publisher: Publisher, event: NewEvent, records?: readonly LogRecord[]): Promise<void> {
  await publisher.publish([event], undefined, records);
}

const requested = (deadLetter: DeadLetter, { reason, requestedBy }: RequestReason): DeadLetterRequest => ({
  deadLetterId: deadLetter.id,
  topic: deadLetter.topic,
  partition: deadLetter.partition,
  offset: deadLetter.offset,
  service: deadLetter.service,
  code: deadLetter.code,
  attempt: deadLetter.attempt,
  eventId: deadLetter.eventId,
  eventType: deadLetter.type,
  reason,
  requestedBy,
});

function assertRedrivable(deadLetter: DeadLetter): void {
  if (deadLetter.state !== 'redriving') assertOpen(deadLetter);
  if (deadLetter.original && deadLetter.service !== '') return;
  throw new EpochlogError(
    'CONFLICT',
    `${deadLetter.id} is not redrivable: the dead-letter headers are missing, so no service has written it; discard it`,
  );
}

function assertOpen(deadLetter: DeadLetter): void {
  if (deadLetter.state !== 'open')
    throw new EpochlogError('CONFLICT', `${deadLetter.id} ${stateText(deadLetter)}`);
}

/** The state of a dead letter as the rest of a sentence. */
export function stateText({ state, decision, next, service }: DeadLetter): string {
  const by = decision ? ` by ${decision.requestedBy} (${decision.reason})` : '';
  switch (state) {
    case 'open':
      return 'is open';
    case 'redriving':
      return `is being redriven${by}; ${service} has not committed it yet`;
    case 'redriven':
      return `was redriven${by}, and is processed`;
    case 'failed':
      return `was redriven${by}, and failed again as ${next}, which may be redriven`;
    case 'discarded':
      return `was discarded${by}`;
  }
}

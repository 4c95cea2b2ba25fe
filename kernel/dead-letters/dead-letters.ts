import type { Codec } from '../codec.ts';
import type { EventLog } from '../ports/log.ts';
import type { Publisher } from '../publisher.ts';
import type { DeadLetter } from './dead-letter.ts';
import { type DeadLetterDetails, detailsOf } from './details.ts';
import { type DeadLetterFilter, DeadLetterQueue } from './queue.ts';
import { discardDeadLetters, type RequestReason, redriveDeadLetters } from './requests.ts';

/** The dead-letter queue of a log. Each call reads it from the log. */
export interface DeadLetters {
  /** The dead letters that match, oldest first. */
  list(filter?: DeadLetterFilter): Promise<DeadLetter[]>;
  /** INPUT_INVALID for what is no id, NOT_FOUND when no dead letter has it. */
  show(id: string): Promise<DeadLetterDetails>;
  /** As `redriveDeadLetters`. Returns them in their new state. */
  redrive(ids: readonly string[], why: RequestReason): Promise<DeadLetter[]>;
  /** As `discardDeadLetters`. Returns them in their new state. */
  discard(ids: readonly string[], why: RequestReason): Promise<DeadLetter[]>;
}

export function createDeadLetters(log: EventLog, codec: Codec, publisher: Publisher): DeadLetters {
  const read = async () => {
    const queue = new DeadLetterQueue(log, codec);
    await queue.refresh();
    return queue;
  };
  const request = async (how: typeof redriveDeadLetters, ids: readonly string[], why: RequestReason) => {
    const queue = new DeadLetterQueue(log, codec);
    const deadLetters = await how({ log, publisher, queue }, ids, why);
    await queue.refresh();
    return deadLetters.map(({ id }) => queue.find(id));
  };
  return {
    list: async (filter) => (await read()).list(filter),
    async show(id) {
      const queue = await read();
      return detailsOf(queue.find(id), queue, log, codec);
    },
    redrive: (ids, why) => request(redriveDeadLetters, ids, why),
    discard: (ids, why) => request(discardDeadLetters, ids, why),
  };
}

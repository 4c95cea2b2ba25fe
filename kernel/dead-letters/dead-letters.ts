import type { Codec } from '../codec.ts';
import type { EventLog } from '../ports/log.ts';
import type { Publisher } from '../publisher.ts';
import { LetterBook, type LetterFilter } from './book.ts';
import { contentsOf, type LetterContents } from './contents.ts';
import { discardLetters, retryLetters, type Why } from './decisions.ts';
import type { DeadLetter } from './letter.ts';

/** The dead letters of a log. Each call reads them anew. */
export interface DeadLetters {
  /** Those that are wanted, oldest first. */
  list(filter?: LetterFilter): Promise<DeadLetter[]>;
  /** INPUT_INVALID for what is no id, NOT_FOUND for one that no dead letter has. */
  show(id: string): Promise<LetterContents>;
  /** As `retryLetters`. Returns them as they are after it. */
  retry(ids: readonly string[], why: Why): Promise<DeadLetter[]>;
  /** As `discardLetters`. Returns them as they are after it. */
  discard(ids: readonly string[], why: Why): Promise<DeadLetter[]>;
}

export function createDeadLetters(log: EventLog, codec: Codec, publisher: Publisher): DeadLetters {
  const read = async () => {
    const book = new LetterBook(log, codec);
    await book.refresh();
    return book;
  };
  const decide = async (how: typeof retryLetters, ids: readonly string[], why: Why) => {
    const book = new LetterBook(log, codec);
    const letters = await how({ log, publisher, book }, ids, why);
    await book.refresh();
    return letters.map(({ id }) => book.find(id));
  };
  return {
    list: async (filter) => (await read()).list(filter),
    async show(id) {
      const book = await read();
      return contentsOf(book.find(id), book, log, codec);
    },
    retry: (ids, why) => decide(retryLetters, ids, why),
    discard: (ids, why) => decide(discardLetters, ids, why),
  };
}

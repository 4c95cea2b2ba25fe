import { attemptKey, attemptOf, isUndecoded, originalOf, retryOf } from '../dead-letters/record.ts';
import type { EventLog, Position, StoredRecord } from '../ports/log.ts';
import { readPartition } from '../reader.ts';

/** What a service could not take of its shard, by its dead letters. */
export class SetAside {
  /** the last attempt at each event whose reaction may be repeated, by its id */
  readonly #attempts = new Map<string, number>();
  /** the attempts that nobody could decode */
  readonly #undecoded = new Set<string>();

  /** Reads partitions of dead letters up to these ends; the orders before `startOf` have been followed. */
  static async read(
    service: string,
    ends: readonly Position[],
    startOf: (position: Position) => number,
    log: EventLog,
  ): Promise<SetAside> {
    const setAside = new SetAside();
    for (const end of ends) {
      for await (const record of readPartition(log, { ...end, offset: 0 }, end.offset)) {
        if (record.headers.dlq_service !== service) continue;
        if (retryOf(record, service) === undefined) setAside.#add(record);
        else if (record.offset < startOf(record)) setAside.#taken(record);
      }
    }
    return setAside;
  }

  /** Ids of the events whose reactions may be repeated: what they published before they failed is not, then. */
  get causes(): Iterable<string> {
    return this.#attempts.keys();
  }

  /** Whether a record could not be decoded when it came. */
  isUndecoded(record: StoredRecord): boolean {
    return this.#undecoded.has(attemptKey(record, 1));
  }

  /** Whether a record that could not be decoded before could be when this order was followed. */
  wasDecodedBy(order: StoredRecord): boolean {
    const next = attemptKey(originalOf(order), attemptOf(order) + 1);
    return isUndecoded(order) && !this.#undecoded.has(next);
  }

  #add(letter: StoredRecord): void {
    const { ce_id: id } = letter.headers;
    if (id !== undefined) this.#attempts.set(id, attemptOf(letter));
    if (isUndecoded(letter)) this.#undecoded.add(attemptKey(originalOf(letter), attemptOf(letter)));
  }

  /** If it failed again, the letter that it became follows. */
  #taken(order: StoredRecord): void {
    const { ce_id: id = '' } = order.headers;
    if (this.#attempts.get(id) === attemptOf(order)) this.#attempts.delete(id);
  }
}

import { EpochlogError } from '../../../kernel/errors.ts';
import type { Position, StoredRecord } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import { isOutOfRange } from './failure.ts';
import type { Fetched, Fetching } from './fetching.ts';
import { OPEN_TRANSACTION_MS, undecided } from './offsets.ts';

/** How long a broker holds a fetch that waits for transactions to end. */
const DECISION_WAIT_MS = 100;

/** A fetch for so many records asks for no more than as many of this size. */
const RECORD_BYTES = 16 << 10;
/** Readers that are remembered; what is kept for each is no more than one fetch brings. */
const MOST_READERS = 16;

/** Reads at any place, and quickly by those who read on from there. */
export class Reading {
  readonly #client: Client;
  readonly #fetching: Fetching;
  /** what fetches brought beyond what was asked for, by the place where it goes on */
  readonly #ahead = new Map<string, readonly StoredRecord[]>();

  constructor(client: Client, fetching: Fetching) {
    this.#client = client;
    this.#fetching = fetching;
  }

  /**
   * Committed records from a position on. What had been written when it is called and is not decided yet, it waits
   * for: none means that there were none.
   */
  async read(
    { topic, partition, offset }: Position,
    partitions: number,
    limit: number,
  ): Promise<StoredRecord[]> {
    if (!(partition >= 0 && partition < partitions)) {
      throw new EpochlogError(
        'LOG_TOPIC_UNKNOWN',
        `no partition ${partition} in topic '${topic}': it has ${partitions}`,
      );
    }
    const at = { topic, partition, offset: Math.max(0, offset) };
    const place = placeOf(at);
    const records = this.#ahead.get(place) ?? (await this.#fetchUntilDecided(at, limit));
    this.#ahead.delete(place);
    return this.#give(records, limit);
  }

  #give(records: readonly StoredRecord[], limit: number): StoredRecord[] {
    const given = records.slice(0, limit);
    const last = given.at(-1);
    if (last && given.length < records.length) {
      this.#ahead.set(placeOf({ ...last, offset: last.offset + 1 }), records.slice(limit));
      if (this.#ahead.size > MOST_READERS) this.#ahead.delete(this.#ahead.keys().next().value!);
    }
    return given;
  }

  /** Some records at or after a place; none if there are none up to where the partition ends now. */
  async #fetchUntilDecided(from: Position, limit: number): Promise<StoredRecord[]> {
    const deadline = Date.now() + OPEN_TRANSACTION_MS;
    const at = { ...from };
    for (let end = Number.POSITIVE_INFINITY, waitMs = 0; ; waitMs = DECISION_WAIT_MS) {
      const fetched = await this.#fetch(at, waitMs, limit * RECORD_BYTES);
      if (!fetched || fetched.records.length > 0) return fetched?.records ?? [];
      at.offset = fetched.next;
      end = Math.min(end, fetched.end);
      if (at.offset >= end) return [];
      if (Date.now() > deadline) throw undecided(this.#client.address, { ...at, offset: end });
    }
  }

  /** Nothing when the position is beyond the end. */
  async #fetch(at: Position, waitMs: number, maxBytes: number): Promise<Fetched | undefined> {
    try {
      return await this.#fetching.connection.run(() => this.#fetching.fetchOne(at, waitMs, maxBytes));
    } catch (error) {
      if (isOutOfRange(error)) return undefined;
      throw error;
    }
  }
}

const placeOf = ({ topic, partition, offset }: Position): string => `${topic}/${partition}@${offset}`;

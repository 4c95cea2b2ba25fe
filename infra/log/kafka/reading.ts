import { EpochlogError } from '../../../kernel/errors.ts';
import type { Position, StoredRecord } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import { isOutOfRange } from './failure.ts';
import type { Fetched, Fetching } from './fetching.ts';
import { OPEN_TRANSACTION_MS, undecided } from './offsets.ts';

/** How long a broker holds a fetch that waits for transactions to end. */
const DECISION_WAIT_MS = 100;

/** Reads at any place. */
export class Reading {
  readonly #client: Client;
  readonly #fetching: Fetching;

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
    const deadline = Date.now() + OPEN_TRANSACTION_MS;
    const at = { topic, partition, offset: Math.max(0, offset) };
    for (let end = Number.POSITIVE_INFINITY, waitMs = 0; ; waitMs = DECISION_WAIT_MS) {
      const fetched = await this.#fetch(at, waitMs);
      if (!fetched) return [];
      if (fetched.records.length > 0) return fetched.records.slice(0, limit);
      at.offset = fetched.next;
      end = Math.min(end, fetched.end);
      if (at.offset >= end) return [];
      if (Date.now() > deadline) throw undecided(this.#client.address, { ...at, offset: end });
    }
  }

  /** Nothing when the position is beyond the end. */
  async #fetch(at: Position, waitMs: number): Promise<Fetched | undefined> {
    try {
      return await this.#fetching.connection.run(async () => {
        const [leader] = (await this.#fetching.leaders([at])).keys();
        const [fetched] = await this.#fetching.fetch(leader!, [at], waitMs);
        return fetched;
      });
    } catch (error) {
      if (isOutOfRange(error)) return undefined;
      throw error;
    }
  }
}

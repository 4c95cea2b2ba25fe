import { EpochlogError } from '../../../kernel/errors.ts';
import { positionKey } from '../../../kernel/partitions.ts';
import type { Position, StoredRecord } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import { isOutOfRange } from './failure.ts';
import type { FetchedPartition, Fetcher } from './fetcher.ts';
import { OPEN_TRANSACTION_TIMEOUT_MS, transactionStaysOpen } from './offsets.ts';

/** How long a broker holds a fetch while a transaction is open. */
const FETCH_WAIT_MS = 100;

/** A fetch of n records asks for n times this size at most. */
const MAX_RECORD_BYTES = 16 << 10;
/** Sequential reads whose read-ahead is kept: for each no more than one response. */
const MAX_READ_AHEADS = 16;

/** Random reads, with a read-ahead for sequential ones. */
export class Reader {
  readonly #client: Client;
  readonly #fetcher: Fetcher;
  /** records fetched beyond the limit of a read, by the position of the first */
  readonly #readAhead = new Map<string, readonly StoredRecord[]>();

  constructor(client: Client, fetcher: Fetcher) {
    this.#client = client;
    this.#fetcher = fetcher;
  }

  /**
   * Committed records from a position on. Waits for transactions that are open when it is called: no records means that
   * none were written before.
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
    const key = positionKey(at);
    const records = this.#readAhead.get(key) ?? (await this.#fetchStable(at, limit));
    this.#readAhead.delete(key);
    return this.#split(records, limit);
  }

  /** The first records; the others are kept as read-ahead. */
  #split(records: readonly StoredRecord[], limit: number): StoredRecord[] {
    const first = records.slice(0, limit);
    const last = first.at(-1);
    if (last && first.length < records.length) {
      this.#readAhead.set(positionKey({ ...last, offset: last.offset + 1 }), records.slice(limit));
      if (this.#readAhead.size > MAX_READ_AHEADS)
        this.#readAhead.delete(this.#readAhead.keys().next().value!);
    }
    return first;
  }

  /** Some records at or after a position; none if there are none up to the high watermark of now. */
  async #fetchStable(from: Position, limit: number): Promise<StoredRecord[]> {
    const deadline = Date.now() + OPEN_TRANSACTION_TIMEOUT_MS;
    const at = { ...from };
    for (let end = Number.POSITIVE_INFINITY, waitMs = 0; ; waitMs = FETCH_WAIT_MS) {
      const fetched = await this.#fetch(at, waitMs, limit * MAX_RECORD_BYTES);
      if (!fetched || fetched.records.length > 0) return fetched?.records ?? [];
      at.offset = fetched.nextOffset;
      end = Math.min(end, fetched.highWatermark);
      if (at.offset >= end) return [];
      if (Date.now() > deadline) throw transactionStaysOpen(this.#client.address, { ...at, offset: end });
    }
  }

  /** undefined when the position is beyond the end. */
  async #fetch(at: Position, waitMs: number, maxBytes: number): Promise<FetchedPartition | undefined> {
    try {
      return await this.#fetcher.connection.run(() => this.#fetcher.fetchOne(at, waitMs, maxBytes));
    } catch (error) {
      if (isOutOfRange(error)) return undefined;
      throw error;
    }
  }
}

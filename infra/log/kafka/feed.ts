import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../../kernel/errors.ts';
import type { Position, StoredRecord } from '../../../kernel/ports/log.ts';
import { isOutOfRange } from './failure.ts';
import type { Fetched, Fetching } from './fetching.ts';
import { keyOf } from './records.ts';

/** How long a broker holds a fetch that finds nothing. */
const FETCH_WAIT_MS = 250;
const FIRST_RETRY_MS = 20;
const LAST_RETRY_MS = 1_000;

/** How far fetching has come in one partition. */
interface Head extends Position {
  /** records that wait to be taken */
  waiting: number;
}

/**
 * Records of some partitions as they come. Each leader is asked for more when everything has been taken, so that
 * what waits is never more than one answer of each. It goes on by itself when brokers come and go.
 */
export class Feed {
  readonly #heads: ReadonlyMap<string, Head>;
  readonly #fetching: Fetching;
  readonly #following: Promise<void>;
  #waiting: StoredRecord[] = [];
  #arrived = Promise.withResolvers<void>();
  #emptied = Promise.withResolvers<void>();
  #closed = false;

  constructor(start: readonly Position[], fetching: Fetching) {
    this.#heads = new Map(start.map((position) => [keyOf(position), { ...position, waiting: 0 }]));
    this.#fetching = fetching;
    this.#following = this.#follow();
  }

  /** Resolves when something comes after now, and when the feed closes; rejects when nothing ever will. */
  arrival(): Promise<void> {
    return this.#arrived.promise;
  }

  /** The next records, up to a limit; none if none are there. */
  take(limit: number): StoredRecord[] {
    const records = this.#waiting.splice(0, limit);
    for (const record of records) this.#heads.get(keyOf(record))!.waiting -= 1;
    if (records.length > 0 && this.#waiting.length === 0) this.#emptied.resolve();
    return records;
  }

  /** Where the partitions go on of which nothing waits to be taken. */
  positions(): Position[] {
    return [...this.#heads.values()]
      .filter(({ waiting }) => waiting === 0)
      .map(({ topic, partition, offset }) => ({ topic, partition, offset }));
  }

  /** Where a partition goes on; 0 while something waits to be taken of it. */
  nextOf(partition: Omit<Position, 'offset'>): number {
    const head = this.#heads.get(keyOf(partition));
    return head && head.waiting === 0 ? head.offset : 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#emptied.resolve();
    this.#arrived.resolve();
    await this.#following;
    await this.#fetching.close();
  }

  async #follow(): Promise<void> {
    for (let wait = FIRST_RETRY_MS; !this.#closed; wait = Math.min(2 * wait, LAST_RETRY_MS)) {
      try {
        await this.#followLeaders(() => {
          wait = FIRST_RETRY_MS;
        });
      } catch (error) {
        if (!(error instanceof EpochlogError) || error.code !== 'LOG_UNAVAILABLE') return this.#fail(error);
        await sleep(wait);
        await this.#fetching.refresh();
      }
    }
  }

  /** Follows all leaders until one of them is not one any more, or fails. */
  async #followLeaders(onSuccess: () => void): Promise<void> {
    const round = new AbortController();
    const followLeader = async (leader: string, keys: readonly string[]) => {
      while (!this.#closed && !round.signal.aborted) {
        const positions = keys.map((key) => this.#heads.get(key)!);
        this.#takeIn(await this.#fetching.fetch(leader, positions, FETCH_WAIT_MS));
        onSuccess();
        if (this.#waiting.length > 0) await this.#emptied.promise;
      }
    };
    const leaders = await this.#fetching.leaders([...this.#heads.values()]);
    const following = [...leaders].map(([leader, positions]) => followLeader(leader, positions.map(keyOf)));
    try {
      await Promise.all(following);
    } finally {
      round.abort();
      await Promise.allSettled(following);
    }
  }

  #takeIn(fetched: readonly Fetched[]): void {
    if (this.#closed) return; // nobody will take it
    let moved = false;
    for (const { topic, partition, records, next } of fetched) {
      const head = this.#heads.get(keyOf({ topic, partition }))!;
      moved ||= next > head.offset;
      head.offset = next;
      head.waiting += records.length;
    }
    if (!moved) return;
    this.#waiting.push(...inOrderOfTime(fetched));
    if (this.#waiting.length > 0) this.#emptied = Promise.withResolvers();
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  #fail(error: unknown): void {
    this.#arrived.promise.catch(() => {}); // whoever polls next will see it
    this.#arrived.reject(isOutOfRange(error) ? lost(error) : error);
  }
}

const lost = (error: unknown): EpochlogError =>
  new EpochlogError(
    'LOG_CORRUPT',
    'a partition ends before the offset that the group has committed: Kafka has lost records, or the topic was made anew',
    { cause: error },
  );

/** As the brokers' clocks saw them, in so far as that keeps the order of each partition. */
function inOrderOfTime(fetched: readonly Fetched[]): StoredRecord[] {
  const timed = fetched.flatMap(({ records }) => {
    let time = 0;
    return records.map((record) => {
      time = Math.max(time, record.timestamp);
      return { record, time };
    });
  });
  return timed.sort((a, b) => a.time - b.time).map(({ record }) => record);
}

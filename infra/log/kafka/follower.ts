import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../../kernel/errors.ts';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { Follower, Position, StoredRecord } from '../../../kernel/ports/log.ts';
import { Feed } from './feed.ts';
import type { Fetching } from './fetching.ts';

const RETRY_MS = 200;

/** Takes what comes in some partitions. */
export class KafkaFollower implements Follower {
  readonly #feed: Feed;
  readonly #onClose: (released: Promise<void>) => void;
  /** what the last poll returned */
  #given: readonly StoredRecord[] = [];
  #closed = false;

  /** The fetching is for this follower alone; `onClose` is told when its connections are closed. */
  constructor(from: readonly Position[], fetching: Fetching, onClose: (released: Promise<void>) => void) {
    this.#feed = new Feed(from, fetching);
    this.#onClose = onClose;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  positions(): Position[] {
    const given = new Map(this.#given.toReversed().map((record) => [partitionKey(record), record.offset]));
    return this.#feed
      .positions()
      .map((position) => ({ ...position, offset: given.get(partitionKey(position)) ?? position.offset }));
  }

  async poll(limit: number, signal: AbortSignal): Promise<StoredRecord[]> {
    this.#given = [];
    while (!signal.aborted && !this.#closed) {
      if (this.#feed.isWaiting && !(await this.#isComplete())) {
        await firstOf(sleep(RETRY_MS), signal);
        continue;
      }
      const arrival = this.#feed.arrival();
      const records = this.#feed.take(limit);
      this.#given = records;
      if (records.length > 0) return records;
      await firstOf(arrival, signal);
    }
    return [];
  }

  /** Whether it is known what the records that wait may follow from; not while a broker is away. */
  async #isComplete(): Promise<boolean> {
    try {
      await this.#feed.expectCauses();
      return true;
    } catch (error) {
      if (error instanceof EpochlogError && error.code === 'LOG_UNAVAILABLE') return false;
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this.#feed.close());
  }
}

/** Resolves when the promise does, or the signal aborts. */
async function firstOf(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) resolve();
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

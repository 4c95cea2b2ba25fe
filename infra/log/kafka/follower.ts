import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../../kernel/errors.ts';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { Follower, Position, StoredRecord } from '../../../kernel/ports/log.ts';
import type { Fetcher } from './fetcher.ts';
import { MergeBuffer } from './merge-buffer.ts';

const BARRIER_RETRY_MS = 200;

/** Follows partitions through a merge buffer of its own. */
export class KafkaFollower implements Follower {
  readonly #buffer: MergeBuffer;
  readonly #onClose: (released: Promise<void>) => void;
  /** returned by the last poll, and done when the next poll is called */
  #polled: readonly StoredRecord[] = [];
  #closed = false;

  /** The fetcher is for this follower alone; `onClose` gets the promise that its connections are closed. */
  constructor(from: readonly Position[], fetcher: Fetcher, onClose: (released: Promise<void>) => void) {
    this.#buffer = new MergeBuffer(from, fetcher);
    this.#onClose = onClose;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  positions(): Position[] {
    const polled = new Map(this.#polled.toReversed().map((record) => [partitionKey(record), record.offset]));
    return this.#buffer
      .positions()
      .map((position) => ({ ...position, offset: polled.get(partitionKey(position)) ?? position.offset }));
  }

  async poll(limit: number, signal: AbortSignal): Promise<StoredRecord[]> {
    this.#polled = [];
    while (!signal.aborted && !this.#closed) {
      if (this.#buffer.hasRecords && !(await this.#passBarrier())) {
        await firstOf(sleep(BARRIER_RETRY_MS), signal);
        continue;
      }
      const arrival = this.#buffer.arrival();
      const records = this.#buffer.take(limit);
      this.#polled = records;
      if (records.length > 0) return records;
      await firstOf(arrival, signal);
    }
    return [];
  }

  /** Whether the causes of the buffered records are known; not while a broker is unreachable. */
  async #passBarrier(): Promise<boolean> {
    try {
      await this.#buffer.raiseWatermark();
      return true;
    } catch (error) {
      if (error instanceof EpochlogError && error.code === 'LOG_UNAVAILABLE') return false;
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this.#buffer.close());
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

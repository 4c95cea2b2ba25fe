import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Consumer, EventLog, LogRecord } from '../../kernel/ports/log.ts';
import { firstOffset, readPartition } from '../../kernel/reader.ts';
import type { Segments } from './segments.ts';

/** How far the clocks of this machine and of the log may differ. */
const MAX_SKEW_MS = 600_000;
const RETRY_MS = 1_000;

export interface DrainOptions {
  segments: Segments;
  log: EventLog;
  /** of this spool, and of no other */
  group: string;
  logger: Logger;
}

/**
 * Empties a queue into the log, in its order, each record once. Appends are fenced: a drain that opens the same queue ends
 * those of the one before. Whether the log has taken the last append of that one, or one that failed, is then found by
 * looking for the ids of the queued events in the log.
 */
export class Drain {
  readonly #options: DrainOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #consumer: Consumer | undefined;
  /** ids of queued events that the log has already */
  #taken: ReadonlySet<string> = new Set();
  #wake = Promise.withResolvers<void>();
  #failure: string | undefined;

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** why the log does not take records now */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Called when records were appended to the queue. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Ends after the append that is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      try {
        if (!(await this.#step())) await this.#wake.promise;
        this.#failure = undefined;
      } catch (error) {
        await this.#failed(error);
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
    await this.#release();
  }

  /** Whether there was something to append. */
  async #step(): Promise<boolean> {
    const { segments } = this.#options;
    const front = await segments.front();
    if (front.records.length === 0) return false;
    this.#consumer ??= await this.#open(front.records);
    const missing = front.records.filter(({ headers }) => !this.#taken.has(headers.ce_id!));
    await this.#consumer.commit([], missing);
    await segments.remove(front);
    return true;
  }

  /** Fences the producer that appended before, then finds what of the queue is in the log. */
  async #open(front: readonly LogRecord[]): Promise<Consumer> {
    const { log, group, segments } = this.#options;
    const topics = [...new Set(front.map(({ topic }) => topic))];
    const consumer = await log.consumer(group, topics);
    try {
      const [ids, allTopics] = [new Set<string>(), new Set<string>()];
      for await (const { headers, topic } of segments.all()) {
        ids.add(headers.ce_id!);
        allTopics.add(topic);
      }
      const since = Date.parse(front[0]!.headers.ce_time!) - MAX_SKEW_MS;
      this.#taken = await foundIn(log, [...allTopics], since, ids);
      return consumer;
    } catch (error) {
      await consumer.close();
      throw error;
    }
  }

  async #failed(error: unknown): Promise<void> {
    const { logger } = this.#options;
    const reason = messageOf(error);
    const isOutage = error instanceof EpochlogError && error.retriable;
    if (reason !== this.#failure)
      logger[isOutage ? 'warn' : 'error']({ err: error }, 'the log does not take the spool; trying again');
    this.#failure = reason;
    await this.#release();
  }

  async #release(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    await consumer?.close().catch(() => {});
  }
}

/** Which of these ids events have that the log took since a time. */
async function foundIn(
  log: EventLog,
  topics: readonly string[],
  since: number,
  ids: ReadonlySet<string>,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const end of await log.endOffsets(topics)) {
    const from = { ...end, offset: await firstOffset(since, end, log) };
    for await (const { headers } of readPartition(log, from, end.offset))
      if (headers.ce_id !== undefined && ids.has(headers.ce_id)) found.add(headers.ce_id);
  }
  return found;
}

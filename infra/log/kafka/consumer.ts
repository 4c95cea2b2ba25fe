import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../../kernel/errors.ts';
import type { Consumer, LogRecord, Position, StoredRecord } from '../../../kernel/ports/log.ts';
import { Feed } from './feed.ts';
import type { Fetching } from './fetching.ts';
import type { Member } from './member.ts';
import type { Offsets } from './offsets.ts';
import { keyOf } from './records.ts';

const VISIBLE_WAIT_MS = 1;
const VISIBLE_PATIENCE_MS = 15_000;

/** How far the caller has come in one partition. */
interface Progress {
  /** after the last record polled */
  polled: number;
  committed: number;
}

/** The member of a consumer group, on partitions that nobody else has; a later member fences it. */
export class KafkaConsumer implements Consumer {
  readonly #group: string;
  readonly #member: Member;
  readonly #offsets: Offsets;
  readonly #feed: Feed;
  readonly #progress: ReadonlyMap<string, Progress>;
  readonly #onClose: (released: Promise<void>) => void;
  #step: Promise<void> = Promise.resolve();
  #closed = false;

  /** `start` is where the group has come in each partition; the fetching is for this consumer alone. */
  constructor(
    group: string,
    start: readonly Position[],
    parts: { member: Member; offsets: Offsets; fetching: Fetching },
    onClose: (released: Promise<void>) => void,
  ) {
    this.#group = group;
    this.#member = parts.member;
    this.#offsets = parts.offsets;
    this.#feed = new Feed(start, parts.fetching);
    this.#progress = new Map(
      start.map((position) => [keyOf(position), { polled: position.offset, committed: position.offset }]),
    );
    this.#onClose = onClose;
  }

  async poll(limit: number, signal: AbortSignal): Promise<StoredRecord[]> {
    while (!signal.aborted && !this.#closed) {
      const arrival = this.#feed.arrival();
      const records = this.#feed.take(limit);
      for (const record of records) this.#progress.get(keyOf(record))!.polled = record.offset + 1;
      if (records.length > 0) return records;
      await this.#passGaps();
      await firstOf(arrival, signal);
    }
    return [];
  }

  async commit(next: readonly Position[], outputs: readonly LogRecord[]): Promise<void> {
    if (this.#closed) throw new Error(`the consumer of group '${this.#group}' is closed`);
    await this.#commit(
      next.map((position) => this.#beyondGap(position)),
      outputs,
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this.#feed.close());
    await this.#step.catch(() => {});
    await this.#member.close();
  }

  /** One transaction at a time; it is done when everybody sees it. */
  #commit(next: readonly Position[], outputs: readonly LogRecord[]): Promise<void> {
    const step = this.#step
      .catch(() => {})
      .then(async () => {
        await this.#member.commit(next, outputs);
        for (const position of next) this.#progress.get(keyOf(position))!.committed = position.offset;
        await this.#untilVisible(next);
      });
    this.#step = step;
    return step;
  }

  async #untilVisible(next: readonly Position[]): Promise<void> {
    if (next.length === 0) return;
    for (
      const deadline = Date.now() + VISIBLE_PATIENCE_MS;
      Date.now() < deadline;
      await sleep(VISIBLE_WAIT_MS)
    ) {
      const committed = await this.#offsets.committed(this.#group, next);
      if (committed.every(({ offset }, i) => offset >= next[i]!.offset)) return;
    }
  }

  /**
   * After a partition's last record come the marks of transactions, which take offsets: a group that has processed
   * all there is has come to the end only if it passes them too.
   */
  #beyondGap(position: Position): Position {
    const progress = this.#progress.get(keyOf(position));
    if (!progress) {
      const at = `${position.topic}/${position.partition}`;
      throw new EpochlogError('LOG_TOPIC_UNKNOWN', `group '${this.#group}' does not consume ${at}`);
    }
    const next = this.#feed.nextOf(position);
    return position.offset >= progress.polled && position.offset < next
      ? { ...position, offset: next }
      : position;
  }

  /** Passes what is no record to anybody: what was aborted, and marks that came after all records were committed. */
  async #passGaps(): Promise<void> {
    const gaps = this.#feed.positions().filter((position) => {
      const { polled, committed } = this.#progress.get(keyOf(position))!;
      return committed >= polled && committed < position.offset;
    });
    if (gaps.length > 0) await this.#commit(gaps, []);
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

import type { Follower, Position, StoredRecord } from '../../../kernel/ports/log.ts';
import type { Arrivals } from './arrivals.ts';
import { Head } from './head.ts';
import { MAX_READ_BYTES, type Storage } from './storage.ts';

/** Takes what comes in some partitions, in the order of appending. */
export class EmbeddedFollower implements Follower {
  readonly #storage: Storage;
  readonly #arrivals: Arrivals;
  readonly #topics: ReadonlySet<string>;
  readonly #heads: readonly Head[];
  readonly #onClose: () => void;
  #done: readonly Position[];
  #closed = false;

  constructor(storage: Storage, arrivals: Arrivals, from: readonly Position[], onClose: () => void) {
    this.#storage = storage;
    this.#arrivals = arrivals;
    this.#topics = new Set(from.map(({ topic }) => topic));
    this.#heads = from.map((position) => new Head(storage, { ...position }));
    this.#onClose = onClose;
    this.#done = this.#reached();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  async poll(limit: number, signal: AbortSignal): Promise<StoredRecord[]> {
    this.#done = this.#reached();
    while (!signal.aborted && !this.#closed) {
      const records = this.take(limit);
      if (records.length > 0) return records;
      await this.#arrivals.wait(this.#topics, signal);
    }
    return [];
  }

  positions(): Position[] {
    return [...this.#done];
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#arrivals.wakeAll();
    this.#onClose();
  }

  #reached(): Position[] {
    return this.#heads.map(({ position }) => position);
  }

  /** What is there now, across partitions in the order of appending. One turn of the event loop: one snapshot. */
  protected take(limit: number): StoredRecord[] {
    const ends = new Map([...this.#topics].map((topic) => [topic, this.#storage.endOffsets(topic)]));
    for (const head of this.#heads) head.reach(ends.get(head.topic)![head.partition]!);
    let open = this.#heads.filter((head) => head.first);
    const records: StoredRecord[] = [];
    for (let bytes = 0; open.length > 0 && records.length < limit && bytes < MAX_READ_BYTES; ) {
      const earliest = open.reduce((a, b) => (b.first!.sequence < a.first!.sequence ? b : a));
      const { record, bytes: size } = earliest.first!;
      records.push(record);
      bytes += size;
      earliest.advance();
      if (!earliest.first) open = open.filter((head) => head !== earliest);
    }
    return records;
  }
}

import type { Consumer, LogRecord, Position, StoredRecord } from '../../../kernel/ports/log.ts';
import type { Arrivals } from './arrivals.ts';
import { Head } from './head.ts';
import { MAX_READ_BYTES, type Storage } from './storage.ts';
import { assertNotFenced, prepare, weigh } from './transaction.ts';
import type { Writer } from './writer.ts';

export interface Membership {
  group: string;
  /** which member of the group this is, counted from 1 */
  epoch: number;
  topics: readonly string[];
}

/** What the consumers of a log share. */
export interface Shared {
  storage: Storage;
  writer: Writer;
  arrivals: Arrivals;
}

/** A member of a consumer group; a later member fences it. */
export class EmbeddedConsumer implements Consumer {
  readonly #membership: Membership;
  readonly #topics: ReadonlySet<string>;
  readonly #shared: Shared;
  readonly #heads: readonly Head[];
  readonly #onClose: () => void;
  #closed = false;

  constructor(membership: Membership, shared: Shared, onClose: () => void) {
    const { group, topics } = membership;
    const { storage } = shared;
    this.#membership = membership;
    this.#shared = shared;
    this.#onClose = onClose;
    this.#topics = new Set(topics);
    this.#heads = [...this.#topics].flatMap((topic) =>
      storage
        .committed(group, topic)
        .map((offset, partition) => new Head(storage, { topic, partition, offset })),
    );
  }

  async poll(limit: number, signal: AbortSignal): Promise<StoredRecord[]> {
    while (!signal.aborted && !this.#closed) {
      const records = this.#take(limit);
      if (records.length > 0) return records;
      await this.#shared.arrivals.wait(this.#topics, signal);
    }
    return [];
  }

  async commit(next: readonly Position[], outputs: readonly LogRecord[]): Promise<void> {
    if (this.#closed) throw new Error(`the consumer of group '${this.#membership.group}' is closed`);
    const { group, epoch } = this.#membership;
    const prepared = outputs.map(prepare);
    await this.#shared.writer.write(
      (transaction) => transaction.commit(group, epoch, next, prepared),
      weigh(prepared),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#shared.arrivals.wakeAll();
    this.#onClose();
  }

  /** What is there now, across partitions in the order of appending. One turn of the event loop: one snapshot. */
  #take(limit: number): StoredRecord[] {
    const { group, epoch } = this.#membership;
    const { storage } = this.#shared;
    assertNotFenced(group, epoch, storage);
    const ends = new Map([...this.#topics].map((topic) => [topic, storage.ends(topic)]));
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

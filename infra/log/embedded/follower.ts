import type { Follower, Position, StoredRecord } from '../../../kernel/ports/log.ts';
import type { AppendNotifier } from './append-notifier.ts';
import { PartitionCursor } from './partition-cursor.ts';
import { MAX_READ_BYTES, type Storage } from './storage.ts';

/** Follows partitions in the order of appending. */
export class EmbeddedFollower implements Follower {
  readonly #storage: Storage;
  readonly #notifier: AppendNotifier;
  readonly #topics: ReadonlySet<string>;
  readonly #cursors: readonly PartitionCursor[];
  readonly #onClose: () => void;
  #processed: readonly Position[];
  #closed = false;

  constructor(storage: Storage, notifier: AppendNotifier, from: readonly Position[], onClose: () => void) {
    this.#storage = storage;
    this.#notifier = notifier;
    this.#topics = new Set(from.map(({ topic }) => topic));
    this.#cursors = from.map((position) => new PartitionCursor(storage, { ...position }));
    this.#onClose = onClose;
    this.#processed = this.#cursorPositions();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  async poll(limit: number, signal: AbortSignal): Promise<StoredRecord[]> {
    this.#processed = this.#cursorPositions();
    while (!signal.aborted && !this.#closed) {
      const records = this.take(limit);
      if (records.length > 0) return records;
      await this.#notifier.wait(this.#topics, signal);
    }
    return [];
  }

  positions(): Position[] {
    return [...this.#processed];
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#notifier.wakeAll();
    this.#onClose();
  }

  #cursorPositions(): Position[] {
    return this.#cursors.map(({ position }) => position);
  }

  /** The next records across partitions, in the order of appending. It is synchronous, so it reads one LMDB snapshot. */
  protected take(limit: number): StoredRecord[] {
    const ends = this.#storage.allEndOffsets(this.#topics);
    for (const cursor of this.#cursors) cursor.endOffset = ends.get(cursor.topic)![cursor.partition]!;
    let open = this.#cursors.filter((cursor) => cursor.current);
    const records: StoredRecord[] = [];
    for (let bytes = 0; open.length > 0 && records.length < limit && bytes < MAX_READ_BYTES; ) {
      const earliest = open.reduce((a, b) => (b.current!.sequence < a.current!.sequence ? b : a));
      const { record, bytes: size } = earliest.current!;
      records.push(record);
      bytes += size;
      earliest.advance();
      if (!earliest.current) open = open.filter((cursor) => cursor !== earliest);
    }
    return records;
  }
}

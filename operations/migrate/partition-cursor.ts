import type { EventLog, Position, StoredRecord } from '../../kernel/ports/log.ts';

const PAGE = 1_000;

/** Reads the records of one partition, one at a time. */
export class PartitionCursor {
  readonly #log: EventLog;
  #next: Position;
  /** exclusive; nothing is read from here on */
  #end: number;
  #page: readonly StoredRecord[] = [];
  #taken = 0;

  constructor(log: EventLog, end: Position) {
    this.#log = log;
    this.#next = { ...end, offset: 0 };
    this.#end = end.offset;
  }

  /** The next record, without taking it; undefined at the end. */
  async peek(): Promise<StoredRecord | undefined> {
    if (this.#taken === this.#page.length && this.#next.offset < this.#end) await this.#fetch();
    return this.#page[this.#taken];
  }

  /** The next record; undefined at the end. */
  async take(): Promise<StoredRecord | undefined> {
    const record = await this.peek();
    if (record) this.#taken += 1;
    return record;
  }

  /** To be called after an append: the end moves. */
  extend(): void {
    this.#end = Number.POSITIVE_INFINITY;
  }

  async #fetch(): Promise<void> {
    this.#page = await this.#log.read(this.#next, PAGE);
    this.#taken = 0;
    const last = this.#page.at(-1);
    if (last) this.#next = { ...this.#next, offset: last.offset + 1 };
    else this.#end = this.#next.offset; // only transaction markers are left
  }
}

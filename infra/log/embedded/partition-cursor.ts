import type { Position } from '../../../kernel/ports/log.ts';
import type { Sequenced, Storage } from './storage.ts';

/** Read-ahead of one partition; a consumer has a cursor for each of its partitions. */
const PAGE_RECORDS = 128;
const PAGE_BYTES = 64 << 10;

/** The position of a consumer in one partition, with a page of records read ahead. */
export class PartitionCursor {
  readonly #storage: Storage;
  /** the position after the page */
  readonly #next: Position;
  #endOffset = 0;
  #page: Sequenced[] = [];
  #index = 0;

  constructor(storage: Storage, start: Position) {
    this.#storage = storage;
    this.#next = start;
  }

  get topic(): string {
    return this.#next.topic;
  }

  get partition(): number {
    return this.#next.partition;
  }

  /** The next record; undefined at the end offset. */
  get current(): Sequenced | undefined {
    return this.#page[this.#index];
  }

  /** The position of the next record. */
  get position(): Position {
    return this.current ? positionOf(this.current.record) : { ...this.#next };
  }

  set endOffset(offset: number) {
    this.#endOffset = offset;
    if (!this.current) this.#readPage();
  }

  advance(): void {
    this.#index += 1;
    if (!this.current) this.#readPage();
  }

  #readPage(): void {
    this.#index = 0;
    this.#page =
      this.#next.offset < this.#endOffset
        ? [...this.#storage.read(this.#next, PAGE_RECORDS, PAGE_BYTES)]
        : [];
    this.#next.offset += this.#page.length;
  }
}

const positionOf = ({ topic, partition, offset }: Position): Position => ({ topic, partition, offset });

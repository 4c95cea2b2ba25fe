import type { Position } from '../../../kernel/ports/log.ts';
import type { Sequenced, Storage } from './storage.ts';

/** What is read ahead of a partition: as many heads as a consumer has partitions, so no more than is useful. */
const PAGE_RECORDS = 128;
const PAGE_BYTES = 64 << 10;

/** How far a consumer has come in one partition. */
export class Head {
  readonly #storage: Storage;
  /** where the page ends */
  readonly #next: Position;
  #end = 0;
  #page: Sequenced[] = [];
  #taken = 0;

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

  /** The record to take next, if there is one before the end. */
  get first(): Sequenced | undefined {
    return this.#page[this.#taken];
  }

  /** Where it goes on: after what was taken. */
  get position(): Position {
    return this.first ? positionOf(this.first.record) : { ...this.#next };
  }

  /** Tells where the partition ends now. */
  reach(end: number): void {
    this.#end = end;
    if (!this.first) this.#turn();
  }

  advance(): void {
    this.#taken += 1;
    if (!this.first) this.#turn();
  }

  #turn(): void {
    this.#taken = 0;
    this.#page =
      this.#next.offset < this.#end ? [...this.#storage.read(this.#next, PAGE_RECORDS, PAGE_BYTES)] : [];
    this.#next.offset += this.#page.length;
  }
}

const positionOf = ({ topic, partition, offset }: Position): Position => ({ topic, partition, offset });

import type { Consumer, LogRecord, Position, StoredRecord } from '../../../kernel/ports/log.ts';
import type { Arrivals } from './arrivals.ts';
import { EmbeddedFollower } from './follower.ts';
import type { Storage } from './storage.ts';
import { assertNotFenced, type Place, prepare, weigh } from './transaction.ts';
import type { Writer } from './writer.ts';

/** What the consumers of a log share. */
export interface Shared {
  storage: Storage;
  writer: Writer;
  arrivals: Arrivals;
}

/** Holds a place in a group; whoever takes it later fences this one. */
export class EmbeddedConsumer extends EmbeddedFollower implements Consumer {
  readonly #place: Place;
  readonly #shared: Shared;

  constructor(place: Place, from: readonly Position[], shared: Shared, onClose: () => void) {
    super(shared.storage, shared.arrivals, from, onClose);
    this.#place = place;
    this.#shared = shared;
  }

  async commit(next: readonly Position[], outputs: readonly LogRecord[]): Promise<void> {
    if (this.isClosed) throw new Error(`the consumer of group '${this.#place.group}' is closed`);
    const prepared = outputs.map(prepare);
    await this.#shared.writer.write(
      (transaction) => transaction.commit(this.#place, next, prepared),
      weigh(prepared),
    );
  }

  protected override take(limit: number): StoredRecord[] {
    assertNotFenced(this.#place, this.#shared.storage);
    return super.take(limit);
  }
}

import type { Consumer, LogRecord, Position, StoredRecord } from '../../../kernel/ports/log.ts';
import type { AppendNotifier } from './append-notifier.ts';
import { EmbeddedFollower } from './follower.ts';
import type { Storage } from './storage.ts';
import { assertNotFenced, type GroupLease, prepare, totalBytes } from './transaction.ts';
import type { Writer } from './writer.ts';

/** What the parts of an open log use. */
export interface LogParts {
  storage: Storage;
  writer: Writer;
  notifier: AppendNotifier;
}

/** Consumes a shard of a group; a later consumer of the shard fences this one. */
export class EmbeddedConsumer extends EmbeddedFollower implements Consumer {
  readonly #lease: GroupLease;
  readonly #parts: LogParts;

  constructor(lease: GroupLease, from: readonly Position[], parts: LogParts, onClose: () => void) {
    super(parts.storage, parts.notifier, from, onClose);
    this.#lease = lease;
    this.#parts = parts;
  }

  async commit(next: readonly Position[], outputs: readonly LogRecord[]): Promise<void> {
    if (this.isClosed) throw new Error(`the consumer of group '${this.#lease.group}' is closed`);
    const prepared = outputs.map(prepare);
    await this.#parts.writer.write(
      (transaction) => transaction.commit(this.#lease, next, prepared),
      totalBytes(prepared),
    );
  }

  protected override take(limit: number): StoredRecord[] {
    assertNotFenced(this.#lease, this.#parts.storage);
    return super.take(limit);
  }
}

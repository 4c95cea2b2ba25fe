import { EpochlogError } from '../../../kernel/errors.ts';
import type { Environment } from './databases.ts';
import { translated } from './failure.ts';
import { FreeSpace } from './free-space.ts';
import type { Storage } from './storage.ts';
import { Transaction } from './transaction.ts';

/** One commit takes in as many waiting writes as fit in this. */
const MAX_COMMIT_BYTES = 8 << 20;

type Change<T> = (transaction: Transaction) => T;
type Outcome<T> = { value: T } | { error: EpochlogError };

interface Write {
  bytes: number;
  /** called in the transaction; returns what to call after the commit */
  apply(transaction: Transaction): () => void;
  reject(error: unknown): void;
}

/** Group commit: writes that are called during a commit share the next one. */
export class Writer {
  readonly #env: Environment;
  readonly #storage: Storage;
  readonly #onCommit: (topics: ReadonlySet<string>) => void;
  readonly #freeSpace: FreeSpace;
  #waiting: Write[] = [];
  #draining: Promise<void> | undefined;

  constructor(env: Environment, storage: Storage, onCommit: (topics: ReadonlySet<string>) => void) {
    this.#env = env;
    this.#storage = storage;
    this.#onCommit = onCommit;
    this.#freeSpace = new FreeSpace(env.path);
  }

  /** Resolves once the change (of about `bytes`) is on disk. A change that throws must not have written yet. */
  write<T>(change: Change<T>, bytes = 0): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const apply = (transaction: Transaction) => {
        const outcome = attempt(change, transaction);
        return 'error' in outcome ? () => reject(outcome.error) : () => resolve(outcome.value);
      };
      this.#waiting.push({ bytes, apply, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when all writes are done. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // includes callers of the same turn of the event loop
    while (this.#waiting.length > 0) await this.#commit(this.#next());
    this.#draining = undefined;
  }

  /** The writes of the next commit: one at least, and no more than MAX_COMMIT_BYTES. */
  #next(): Write[] {
    let count = 0;
    for (let bytes = 0; count < this.#waiting.length; count++) {
      bytes += this.#waiting[count]!.bytes;
      if (bytes > MAX_COMMIT_BYTES && count > 0) break;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(batch: readonly Write[]): Promise<void> {
    const bytes = batch.reduce((sum, write) => sum + write.bytes, 0);
    try {
      await this.#freeSpace.assert(bytes);
      const { transaction, settle } = await this.#env.lastCommit.transaction(() => {
        const transaction = new Transaction(this.#env, this.#storage);
        const settle = batch.map((write) => write.apply(transaction));
        transaction.finish();
        return { transaction, settle };
      });
      const { sizeBefore, size, appended } = transaction;
      this.#env.acknowledged.write(size);
      this.#storage.appended(sizeBefore, size, appended);
      for (const outcome of settle) outcome();
      if (appended.size > 0) this.#onCommit(new Set(appended.keys()));
    } catch (error) {
      const failure = await translated(error, this.#env.path, bytes);
      this.#freeSpace.observe(failure);
      for (const { reject } of batch) reject(failure);
    }
  }
}

/** An error of the table fails one write; any other error aborts the commit. */
function attempt<T>(change: Change<T>, transaction: Transaction): Outcome<T> {
  try {
    return { value: change(transaction) };
  } catch (error) {
    if (error instanceof EpochlogError) return { error };
    throw error;
  }
}

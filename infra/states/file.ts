import { rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Logger } from '../../kernel/logger.ts';

const BUSY_TIMEOUT_MS = 5_000;
/** result codes of SQLite: the file is damaged, or no database */
const DAMAGED = new Set([11, 26]);

/** Without a flush for each transaction: after a power failure the last states may be missing, none is half there. */
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -8192;
  CREATE TABLE IF NOT EXISTS states (
    service TEXT, shard TEXT, number INTEGER NOT NULL, digest BLOB NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (service, shard)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS entries (
    service TEXT, shard TEXT, map TEXT, key TEXT, value BLOB NOT NULL,
    PRIMARY KEY (service, shard, map, key)
  ) WITHOUT ROWID;
`;

const STATEMENTS = {
  state: 'SELECT number, digest, value FROM states WHERE service = ? AND shard = ?',
  saveState: 'INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?)',
  dropState: 'DELETE FROM states WHERE service = ? AND shard = ?',
  entry: 'SELECT value FROM entries WHERE service = ? AND shard = ? AND map = ? AND key = ?',
  saveEntry: 'INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)',
  dropEntry: 'DELETE FROM entries WHERE service = ? AND shard = ? AND map = ? AND key = ?',
  dropEntries: 'DELETE FROM entries WHERE service = ? AND shard = ?',
} as const;

type Statements = Record<keyof typeof STATEMENTS, StatementSync>;

/** An SQLite file of states. A damaged file is removed: states that were opened before must be opened again. */
export class StatesFile {
  readonly #path: string;
  readonly #logger: Logger;
  #database: DatabaseSync | undefined;
  #statements: Statements | undefined;
  /** grows when the file is removed */
  #generation = 0;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  get generation(): number {
    return this.#generation;
  }

  /** @throws Error of SQLite. When it is that the file is damaged, the file is removed, and the next use creates a new one. */
  use<T>(work: (statements: Statements) => T): T {
    try {
      return work(this.#open());
    } catch (error) {
      if (isDamage(error)) this.#remove(error);
      throw error;
    }
  }

  /** The same for writes that belong together. */
  transaction<T>(work: (statements: Statements) => T): T {
    return this.use((statements) => {
      const database = this.#database!;
      database.exec('BEGIN IMMEDIATE');
      try {
        const result = work(statements);
        database.exec('COMMIT');
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
    this.#statements = undefined;
  }

  #open(): Statements {
    if (this.#statements) return this.#statements;
    const database = new DatabaseSync(this.#path, { timeout: BUSY_TIMEOUT_MS });
    this.#database = database;
    database.exec(SCHEMA);
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared) as Statements;
    return this.#statements;
  }

  #remove(error: unknown): void {
    this.#logger.warn(
      { path: this.#path, err: error },
      'the saved states are damaged, and are folded again from the log',
    );
    this.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${this.#path}${suffix}`, { force: true });
    this.#generation += 1;
  }
}

const isDamage = (error: unknown): boolean =>
  error instanceof Error &&
  'errcode' in error &&
  typeof error.errcode === 'number' &&
  DAMAGED.has(error.errcode & 0xff);

import type { Position } from './log.ts';

/**
 * Bounds on SQL that a user wrote. A query that passes one of them fails with WAREHOUSE_QUERY; one that waits for others
 * of users for as long as it might run, with WAREHOUSE_UNAVAILABLE.
 */
export interface QueryLimits {
  seconds: number;
  resultRows: number;
  memoryBytes: number;
}

/** Files that SQL of a user is answered as: JSON with a row a line, CSV with a header, Parquet, or Arrow's file format. */
export type AnswerFormat = 'json' | 'csv' | 'parquet' | 'arrow';

export interface InsertOptions {
  /**
   * One insert into the table at a time. Then a query with the setting `select_sequential_consistency` sees all of
   * those acknowledged, on whichever replica it runs; without replicas every query does, always.
   */
  inSequence?: boolean;
}

/** Rows that follow each other in ClickHouse's RowBinary. */
export interface BinaryRows {
  readonly bytes: Uint8Array;
  /** the end of each row in `bytes` */
  readonly ends: readonly number[];
}

/** A column-oriented SQL database (ClickHouse's dialect) that holds the projections: one database of it. */
export interface Warehouse {
  /** the database in which unqualified names are resolved */
  readonly database: string;

  /**
   * Rows of a SELECT. Values are bound, never spliced: `{name:Type}` in the SQL takes `params.name`.
   * Dates come as ISO 8601 strings, 64-bit integers as numbers. With `limits` the query is one that a user
   * wrote: it can only read, and only within the limits. WAREHOUSE_QUERY, WAREHOUSE_UNAVAILABLE.
   */
  query<Row>(sql: string, params?: Readonly<Record<string, unknown>>, limits?: QueryLimits): Promise<Row[]>;

  /**
   * The answer to SQL that a user wrote, as a file. It resolves when the whole answer is there, on the side of ClickHouse:
   * nothing that is wrong comes in the middle of it. Read it to its end, or return from it.
   */
  answer(
    sql: string,
    format: AnswerFormat,
    params: Readonly<Record<string, unknown>>,
    limits: QueryLimits,
  ): Promise<AsyncIterable<Uint8Array>>;

  /**
   * Inserts rows (properties named as the columns; dates as ISO 8601 strings or integer milliseconds) into a
   * table as one atomic block, or as several when they are larger than 16 MB. A token seen among the
   * table's last 1000 inserts makes it a no-op, in the materialized views that follow the table too: after an error,
   * insert the same rows with the same token.
   */
  insert(table: string, rows: readonly object[], token: string, options?: InsertOptions): Promise<void>;

  /** The same of rows that the caller has encoded, with these columns in this order. */
  insertBinary(
    table: string,
    columns: readonly string[],
    rows: BinaryRows,
    token: string,
    options?: InsertOptions,
  ): Promise<void>;

  /**
   * Resolves when the events at these positions, and all before them in their partitions, are in every projection; rejects
   * when the signal aborts.
   */
  waitFor(events: readonly Position[], signal: AbortSignal): Promise<void>;

  /** Runs a statement that returns nothing. */
  command(sql: string, params?: Readonly<Record<string, unknown>>): Promise<void>;

  /**
   * The same warehouse on an empty database of its own, whose name begins with the one given. It is dropped when the
   * result is closed; one that was left behind, by a process that was killed, when the embedded engine starts again,
   * or a day later by the next of that name.
   */
  scratch(name: string): Promise<Warehouse>;

  /** Resolves when the warehouse answers a query, else WAREHOUSE_UNAVAILABLE. */
  ping(): Promise<void>;

  close(): Promise<void>;
}

/**
 * Rows of a named query: `<question>/<name>` is the file `projections/<question>/queries/<name>.sql`. NOT_FOUND for
 * a name that is not there; else as `Warehouse.query`.
 */
export interface NamedQuery {
  <Row>(name: string, params?: Readonly<Record<string, unknown>>): Promise<Row[]>;
  has(name: string): boolean;
  /** SHA-256 of the SQL, in hexadecimal: the version of the query. NOT_FOUND. */
  digestOf(name: string): string;
}

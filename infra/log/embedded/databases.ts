import type { Database, Key, RootDatabase } from 'lmdb';
import type { AcknowledgedCount } from './acknowledged-count.ts';
import type { LastCommit } from './last-commit.ts';
import type { Rows } from './rows.ts';

export interface TopicRow {
  /** prefix of the keys of its records */
  index: number;
  partitions: number;
}

export interface SchemaRow {
  schema: string;
  subjects: readonly string[];
}

/** The LMDB environment of a log: one file, in which each commit is atomic and, when it returns, on disk. */
export interface Environment {
  readonly path: string;
  readonly root: RootDatabase<string, string>;
  /** frames, by topic index, partition and offset */
  readonly records: Database<Buffer, Buffer>;
  /** keys alone: see `record-index.ts` */
  readonly index: Database<Buffer, Buffer>;
  readonly topics: Rows<TopicRow, string>;
  /** end offsets, committed offsets, epochs, tail: see `storage.ts` */
  readonly state: Rows<number[], Key>;
  /** by id */
  readonly schemas: Rows<SchemaRow, number>;
  /** id, by SHA-256 of the schema's text */
  readonly schemaIds: Rows<number, string>;
  readonly acknowledged: AcknowledgedCount;
  readonly lastCommit: LastCommit;
}

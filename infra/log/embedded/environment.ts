import { mkdir, open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, type Key, open, type RootDatabase } from 'lmdb';
import { systemCodeOf } from '../../../kernel/errors.ts';
import { corrupt, translated } from './failure.ts';

const FORMAT = 'epochlog log 1';
const PAGE_BYTES = 8_192; // twice LMDB's own: records of 1 to 2 KB fill it, and it is no slower

export interface TopicRow {
  /** what the keys of its records begin with */
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
  readonly topics: Database<TopicRow, string>;
  /** the log's numbers; see `storage.ts` */
  readonly state: Database<number[], Key>;
  /** by id */
  readonly schemas: Database<SchemaRow, number>;
  /** id, by SHA-256 of the schema's text */
  readonly schemaIds: Database<number, string>;
}

/**
 * Opens the environment in a folder, creating both if need be; several processes may have it open. LOG_CORRUPT
 * when the folder holds something else or a file cut short.
 */
export async function openEnvironment(path: string): Promise<Environment> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await assertWhole(join(path, 'data.mdb'));
    const root = open<string, string>({
      path,
      noSubdir: false,
      maxDbs: 8,
      pageSize: PAGE_BYTES,
      encoding: 'json',
      overlappingSync: false, // else readers see a commit before it is on disk
      eventTurnBatching: false, // else a failed commit leaves a rejected promise that nobody can handle
    });
    await assertOurs(root, path);
    return {
      path,
      root,
      records: root.openDB('records', { encoding: 'binary', keyEncoding: 'binary' }),
      topics: root.openDB('topics', { encoding: 'json' }),
      state: root.openDB('state', { encoding: 'json' }),
      schemas: root.openDB('schemas', { encoding: 'json' }),
      schemaIds: root.openDB('schemaIds', { encoding: 'json' }),
    };
  } catch (error) {
    throw await translated(error, path);
  }
}

/** Signs a new database, and refuses one that has another signature or none. */
async function assertOurs(root: RootDatabase<string, string>, path: string): Promise<void> {
  const format = root.transactionSync(() => {
    if (root.getKeysCount() === 0) root.putSync('format', FORMAT);
    return root.get('format');
  });
  if (format === FORMAT) return;
  await root.close();
  throw corrupt(
    path,
    format ? `has the format '${format}', not '${FORMAT}'` : 'is a database, but no event log',
  );
}

/** Pages at the end of a healthy file that may be missing, because LMDB had no use for them yet. */
const SPARE_PAGES = 16;
const META_AT = 24;
const PAGE_SIZE_AT = META_AT + 24;
const LAST_PAGE_AT = META_AT + 120;
const MAGIC = 0xbeefc0de;

/**
 * LMDB maps its file into memory, so reading past the end of one that was cut short kills the process. This looks
 * first, at the meta pages with which the file begins (`MDB_meta` of LMDB's `mdb.c`): they know its last page.
 */
async function assertWhole(file: string): Promise<void> {
  const handle = await openFile(file).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!handle) return;
  try {
    const meta = (at: number) => handle.read(Buffer.alloc(256), 0, 256, at);
    const { buffer: first, bytesRead } = await meta(0);
    if (bytesRead === 0) return; // just being created
    if (first.readUInt32LE(META_AT) !== MAGIC) throw corrupt(file, 'is no event log');
    const pageBytes = first.readUInt32LE(PAGE_SIZE_AT);
    const { buffer: second } = await meta(pageBytes);
    const lastPages = [first, second].map((page) => Number(page.readBigUInt64LE(LAST_PAGE_AT)));
    const { size } = await handle.stat(); // after the meta pages: another process may be appending
    const expected = (Math.max(...lastPages) + 1) * pageBytes;
    if (size < expected - SPARE_PAGES * pageBytes)
      throw corrupt(file, `is cut short (${size} of ${expected} bytes)`);
  } finally {
    await handle.close();
  }
}

import { closeSync, fstatSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, type Key, open, type RootDatabase } from 'lmdb';
import { systemCodeOf } from '../../../kernel/errors.ts';
import { EndMark } from './end-mark.ts';
import { corrupt, translated } from './failure.ts';
import { assertCounts, assertPages } from './integrity.ts';
import { readMeta } from './meta.ts';
import { RECORDS, type Scope } from './pages.ts';
import { Rows } from './rows.ts';

const FORMAT = 'epochlog log 2';
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
  readonly topics: Rows<TopicRow, string>;
  /** the log's numbers; see `storage.ts` */
  readonly state: Rows<number[], Key>;
  /** by id */
  readonly schemas: Rows<SchemaRow, number>;
  /** id, by SHA-256 of the schema's text */
  readonly schemaIds: Rows<number, string>;
  /** how many records were acknowledged, outside of LMDB */
  readonly mark: EndMark;
}

/**
 * Opens the environment in a folder, creating both if need be; several processes may have it open. LOG_CORRUPT
 * when the folder holds something else or a damaged file; `scope` says which pages are looked at.
 */
export async function openEnvironment(path: string, scope?: Scope): Promise<Environment> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    assertLength(join(path, 'data.mdb'));
    const root = openRoot(path);
    try {
      assertPages(root, path, scope);
      assertOurs(root, path);
      return checked(root, path);
    } catch (error) {
      await root.close();
      throw error;
    }
  } catch (error) {
    throw await translated(error, path);
  }
}

export async function closeEnvironment({ root, mark }: Environment): Promise<void> {
  mark.close();
  await root.close();
}

const openRoot = (path: string): RootDatabase<string, string> =>
  open<string, string>({
    path,
    noSubdir: false,
    maxDbs: 8,
    pageSize: PAGE_BYTES,
    encoding: 'json',
    overlappingSync: false, // else readers see a commit before it is on disk
    eventTurnBatching: false, // else a failed commit leaves a rejected promise that nobody can handle
  });

/** The environment, once what it counts is what it holds. */
function checked(root: RootDatabase<string, string>, path: string): Environment {
  const rows = <Value, K extends Key>(name: string) =>
    new Rows<Value, K>(root.openDB<Buffer, K>(name, { encoding: 'binary' }), name, path);
  const environment: Environment = {
    path,
    root,
    records: root.openDB(RECORDS, { encoding: 'binary', keyEncoding: 'binary' }),
    topics: rows('topics'),
    state: rows('state'),
    schemas: rows('schemas'),
    schemaIds: rows('schemaIds'),
    mark: new EndMark(path),
  };
  const acknowledged = environment.mark.read();
  assertCounts(environment, acknowledged);
  return environment;
}

/** Signs a new database, and refuses one that has another signature or none. */
function assertOurs(root: RootDatabase<string, string>, path: string): void {
  const format = root.transactionSync(() => {
    if (root.getKeysCount() === 0) root.putSync('format', FORMAT);
    return root.get('format');
  });
  if (format === FORMAT) return;
  throw corrupt(
    path,
    format ? `has the format '${format}', not '${FORMAT}'` : 'is a database, but no event log',
  );
}

/** Pages at the end of a healthy file that may be missing, because LMDB had no use for them yet. */
const SPARE_PAGES = 16;

/**
 * LMDB maps its file into memory, so reading past the end of one that was cut short kills the process. This looks
 * first, at the meta pages with which the file begins: they know its last page.
 */
function assertLength(file: string): void {
  const fd = openIfThere(file);
  if (fd === undefined) return;
  try {
    const meta = readMeta(fd, file);
    if (!meta) return;
    const { size } = fstatSync(fd); // after the meta pages: another process may be appending
    const expected = (meta.lastPage + 1) * meta.pageBytes;
    if (size < expected - SPARE_PAGES * meta.pageBytes)
      throw corrupt(file, `is cut short (${size} of ${expected} bytes)`);
  } finally {
    closeSync(fd);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Key, open, type RootDatabase } from 'lmdb';
import { systemCodeOf } from '../../../kernel/errors.ts';
import { createFolderDurably, DISK } from '../../files.ts';
import { AcknowledgedCount } from './acknowledged-count.ts';
import type { Environment } from './databases.ts';
import { corrupt, translated } from './failure.ts';
import { assertCounts, assertPages } from './integrity.ts';
import { LastCommit } from './last-commit.ts';
import { readMeta } from './meta.ts';
import { INDEX, RECORDS, type Scope } from './pages.ts';
import { Rows } from './rows.ts';

const FORMAT = 'epochlog log 3';
const PAGE_BYTES = 8_192; // twice LMDB's default: less waste with records of 1 to 2 KB, and not slower

/**
 * Opens the environment in a folder, creating both if need be; several processes may have it open. LOG_CORRUPT
 * when the folder holds something else or a damaged file; `scope`: the pages to check.
 */
export async function openEnvironment(path: string, scope?: Scope): Promise<Environment> {
  try {
    await createFolderDurably(path);
    assertLength(join(path, 'data.mdb'));
    const root = openRoot(path);
    const lastCommit = new LastCommit(root, path);
    try {
      assertPages(root, path, scope);
      assertFormat(root, path, lastCommit);
      await DISK.syncFolder(path); // LMDB syncs its file, and not its name
      return checked(root, path, lastCommit);
    } catch (error) {
      await root.close();
      lastCommit.close();
      throw error;
    }
  } catch (error) {
    throw await translated(error, path);
  }
}

export async function closeEnvironment({ root, acknowledged, lastCommit }: Environment): Promise<void> {
  acknowledged.close();
  await root.close();
  lastCommit.close();
}

/** Address space, which costs nothing. When a log outgrows its map, LMDB maps it once more and keeps the old one: twice the memory. */
const MAP_BYTES = 2 ** 36;

const openRoot = (path: string): RootDatabase<string, string> =>
  open<string, string>({
    path,
    noSubdir: false,
    maxDbs: 8,
    pageSize: PAGE_BYTES,
    mapSize: MAP_BYTES,
    encoding: 'json',
    overlappingSync: false, // else readers see a commit before it is on disk
    eventTurnBatching: false, // else a failed commit leaves a rejected promise that cannot be handled
  });

/** The environment, after its counts are checked against its content. */
function checked(root: RootDatabase<string, string>, path: string, lastCommit: LastCommit): Environment {
  const rows = <Value, K extends Key>(name: string) =>
    new Rows<Value, K>(root.openDB<Buffer, K>(name, { encoding: 'binary' }), name, path);
  const environment: Environment = {
    path,
    root,
    records: root.openDB(RECORDS, { encoding: 'binary', keyEncoding: 'binary' }),
    index: root.openDB(INDEX, { encoding: 'binary', keyEncoding: 'binary' }),
    topics: rows('topics'),
    state: rows('state'),
    schemas: rows('schemas'),
    schemaIds: rows('schemaIds'),
    acknowledged: new AcknowledgedCount(path),
    lastCommit,
  };
  const acknowledged = environment.acknowledged.read();
  lastCommit.transactionSync(() => assertCounts(environment, acknowledged)); // a reader may see an older commit
  return environment;
}

/** Writes the format into a new database, and refuses one with another format or none. */
function assertFormat(root: RootDatabase<string, string>, path: string, lastCommit: LastCommit): void {
  const format = lastCommit.transactionSync(() => {
    if (root.getKeysCount() === 0) root.putSync('format', FORMAT);
    return root.get('format');
  });
  if (format === FORMAT) return;
  throw corrupt(
    path,
    format ? `has the format '${format}', not '${FORMAT}'` : 'is a database, but no event log',
  );
}

/** A healthy file may lack so many pages at its end, which LMDB has not written yet. */
const SPARE_PAGES = 16;

/**
 * LOG_CORRUPT for a truncated file: LMDB maps it into memory, and a read past its end kills the process. The meta pages at
 * its beginning say which page is the last.
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
      throw corrupt(file, `is truncated (${size} of ${expected} bytes)`);
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

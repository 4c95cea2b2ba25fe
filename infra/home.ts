import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError, messageOf } from '../kernel/errors.ts';
import { diskFull, isNoRoom } from './disk.ts';

/** Where things lie in the data folder. */
export interface HomePaths {
  log: string;
  artifacts: string;
  warehouse: string;
  /** what is of use only while services run */
  run: string;
}

const pathsOf = (home: string): HomePaths => ({
  log: join(home, 'log'),
  artifacts: join(home, 'artifacts'),
  warehouse: join(home, 'warehouse'),
  run: join(home, 'run'),
});

/** Opens a data folder, which it creates if need be, for its owner's eyes only. */
export async function openHome(home: string): Promise<{ paths: HomePaths }> {
  const paths = pathsOf(home);
  try {
    for (const path of Object.values(paths)) await mkdir(path, { recursive: true, mode: 0o700 });
    return { paths };
  } catch (error) {
    if (isNoRoom(error)) throw diskFull(home, error);
    throw new EpochlogError('CONFIG_INVALID', `${home} cannot be the data folder: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Who runs the services of a home. */
export interface Holder {
  pid: number;
  /** base URL of the HTTP API, once it listens */
  url?: string;
}

export interface HomeLock {
  /** Tells other processes where the holder can be reached. */
  publish(about: { url: string }): Promise<void>;
  release(): Promise<void>;
}

/** How long those who try at the same moment stand in each other's way. */
const CONTENTION_MS = 250;
const SQLITE_BUSY = 5;

/**
 * Takes the one lock of a home that `openHome` has opened; HOME_LOCKED when another process has it. It is SQLite's
 * lock on an empty database: the operating system drops it when its holder dies, however it dies, so that no lock
 * is ever stale.
 */
export async function lockHome(home: string): Promise<HomeLock> {
  const lock = acquire(lockPath(home));
  if (!lock) throw locked(home, await lockHolder(home));
  writeHolder(home, { pid: process.pid });
  held.add(lock);
  return {
    async publish(about) {
      writeHolder(home, { pid: process.pid, ...about });
    },
    async release() {
      rmSync(holderPath(home), { force: true });
      held.delete(lock);
      lock.close();
    },
  };
}

/** The locks of this process: one that is forgotten must not be released by the garbage collector. */
const held = new Set<DatabaseSync>();

/** The process that has the lock of a home, or null when nobody has it. */
export async function lockHolder(home: string): Promise<Holder | null> {
  for (const deadline = Date.now() + CONTENTION_MS; isHeld(lockPath(home)) && Date.now() < deadline; ) {
    const holder = await readHolder(home);
    if (holder) return holder;
    await sleep(5); // it is just coming or going
  }
  return null;
}

const lockPath = (home: string): string => join(pathsOf(home).run, 'lock');
const holderPath = (home: string): string => join(pathsOf(home).run, 'holder.json');

function locked(home: string, holder: Holder | null): EpochlogError {
  const who = holder ? `process ${holder.pid}${holder.url ? ` (${holder.url})` : ''}` : 'another process';
  return new EpochlogError(
    'HOME_LOCKED',
    `${home} is in use by ${who}: stop it, or choose another folder (EPOCHLOG_HOME)`,
  );
}

function acquire(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path, { timeout: CONTENTION_MS });
  return unlessBusy(database, () => database.exec('BEGIN EXCLUSIVE')) ? database : undefined;
}

function isHeld(path: string): boolean {
  if (!existsSync(path)) return false;
  const database = new DatabaseSync(path, { readOnly: true });
  const free = unlessBusy(database, () => database.exec('SELECT * FROM sqlite_schema'));
  if (free) database.close();
  return !free;
}

/** Does it, and tells whether it could be done; when not, the database is closed. */
function unlessBusy(database: DatabaseSync, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

async function readHolder(home: string): Promise<Holder | undefined> {
  const text = await readFile(holderPath(home), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Readers see the old text or the new, never half of one. At once, so that they do not see the last holder's. */
function writeHolder(home: string, holder: Holder): void {
  const draft = `${holderPath(home)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(holder));
  renameSync(draft, holderPath(home));
}

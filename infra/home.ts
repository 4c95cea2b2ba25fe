import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { access, constants, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError, messageOf } from '../kernel/errors.ts';
import { diskFull, systemError } from './disk.ts';
import { createFolderDurably, DISK } from './files.ts';

/** The folders in the data folder. */
export interface HomePaths {
  log: string;
  artifacts: string;
  warehouse: string;
  /** saved states of the services: a cache of folds of the log */
  states: string;
  /** files without a name, of what does not fit into memory */
  scratch: string;
  /** lock and address of the running process */
  run: string;
}

/** The paths of a data folder, which need not exist. */
export const pathsOf = (home: string): HomePaths => ({
  log: join(home, 'log'),
  artifacts: join(home, 'artifacts'),
  warehouse: join(home, 'warehouse'),
  states: join(home, 'states'),
  scratch: join(home, 'scratch'),
  run: join(home, 'run'),
});

/**
 * Opens a data folder; creates it if missing, readable by its owner only. CONFIG_INVALID when it cannot be created or
 * written.
 */
export async function openHome(home: string): Promise<{ paths: HomePaths }> {
  const paths = pathsOf(home);
  try {
    for (const path of [home, ...Object.values(paths)]) {
      await createFolderDurably(path);
      if (!(await stat(path)).isDirectory()) throw new Error(`${path} is a file`);
      await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    }
    await DISK.syncFolder(home);
    return { paths };
  } catch (error) {
    throw unusable(home, error);
  }
}

/** The same for a data folder that must exist: NOT_FOUND when it holds no log. */
export async function openExistingHome(home: string): Promise<{ paths: HomePaths }> {
  if (existsSync(pathsOf(home).log)) return openHome(home);
  throw new EpochlogError(
    'NOT_FOUND',
    `there is no log in ${home} yet: start with \`epochlog lifecycle\` or \`epochlog collect FILE\`, or name another data folder with --home`,
  );
}

function unusable(home: string, error: unknown): EpochlogError {
  const known = sqliteCodeOf(error) === SQLITE_FULL ? diskFull(home, error) : systemError(error, home);
  if (known instanceof EpochlogError) return known;
  return new EpochlogError(
    'CONFIG_INVALID',
    `${home} cannot be the data folder: ${messageOf(error)}; correct that, or name another in EPOCHLOG_HOME`,
    { cause: error },
  );
}

/** What a process that locks a home tells others. */
interface About {
  /** whether it will publish its address soon */
  isStarting?: true;
  /** whether it releases the home when its command is done */
  isCommand?: true;
}

/** The process that runs the services of a home. */
export interface Holder extends About {
  pid: number;
  /** base URL of the HTTP API, once it listens */
  url?: string;
}

export interface HomeLock {
  /** Publishes the address of the holder to other processes. */
  publish(about: { url: string }): Promise<void>;
  release(): Promise<void>;
}

/** How long processes that acquire the lock at the same time wait for each other. */
const CONTENTION_MS = 250;
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

/**
 * Acquires the lock of a home that `openHome` has opened. HOME_LOCKED when another process holds it, DISK_FULL,
 * CONFIG_INVALID when the home is not writable. It is SQLite's lock on an empty database: the operating system releases
 * it when the process ends, even by kill -9, so no lock is ever stale.
 */
export async function lockHome(home: string, about: About = {}): Promise<HomeLock> {
  const lock = unlessUnusable(home, () => acquire(lockPath(home)));
  if (!lock) throw locked(home, await lockHolder(home));
  held.add(lock);
  unlessUnusable(home, () => writeHolder(home, { pid: process.pid, ...about }));
  return {
    async publish({ url }) {
      const { isStarting: _, ...rest } = about;
      unlessUnusable(home, () => writeHolder(home, { pid: process.pid, ...rest, url }));
    },
    async release() {
      rmSync(holderPath(home), { force: true });
      held.delete(lock);
      lock.close();
    },
  };
}

/** The locks of this process, referenced so that the garbage collector does not release them. */
const held = new Set<DatabaseSync>();

/** The process that holds the lock of a home, or null. */
export async function lockHolder(home: string): Promise<Holder | null> {
  for (const deadline = Date.now() + CONTENTION_MS; isHeld(lockPath(home)) && Date.now() < deadline; ) {
    const holder = await readHolder(home);
    if (holder) return holder;
    await sleep(5); // it is being acquired or released
  }
  return null;
}

const lockPath = (home: string): string => join(pathsOf(home).run, 'lock');
const holderPath = (home: string): string => join(pathsOf(home).run, 'holder.json');

function locked(home: string, holder: Holder | null): EpochlogError {
  const what = holder?.isCommand ? 'a command, process' : 'process';
  const who = holder ? `${what} ${holder.pid}${holder.url ? ` (${holder.url})` : ''}` : 'another process';
  if (holder?.isStarting) {
    return new EpochlogError(
      'HOME_LOCKED',
      `${home} is in use by ${who}, which is still starting: try again soon`,
    );
  }
  return new EpochlogError(
    'HOME_LOCKED',
    `${home} is in use by ${who}: stop it, or choose another folder (EPOCHLOG_HOME)`,
  );
}

/** Locks a file as a home is locked, and returns what releases it; undefined while another process has it. */
export function lockFile(path: string): (() => void) | undefined {
  const lock = acquire(path);
  if (!lock) return undefined;
  held.add(lock);
  return () => {
    held.delete(lock);
    lock.close();
  };
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

/** Runs a step and returns whether it succeeded; if not, the database is closed. */
function unlessBusy(database: DatabaseSync, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    database.close();
    if (sqliteCodeOf(error) === SQLITE_BUSY) return false;
    throw error;
  }
}

function unlessUnusable<T>(home: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw unusable(home, error);
  }
}

/** The primary result code of an error of SQLite. */
const sqliteCodeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;

/** What the last holder wrote; undefined when it has not written yet, or the machine lost power before that was on disk. */
async function readHolder(home: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(holderPath(home), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Readers see the old text or the new, never half of one. At once, so that they do not see the last holder's. */
function writeHolder(home: string, holder: Holder): void {
  const draft = `${holderPath(home)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(holder));
  renameSync(draft, holderPath(home));
}

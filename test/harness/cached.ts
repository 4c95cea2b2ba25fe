import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCodeOf } from '../../kernel/errors.ts';

const LOOK_MS = 100;

/**
 * A folder that is filled if it does not exist, by one process at a time: others wait for it. What a killed process has
 * begun is begun again.
 *
 * @param fill fills the folder that it gets, which gets its name afterwards
 * @returns the path of the folder
 */
export async function cached(folder: string, fill: (draft: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const lock = `${folder}.lock`;
  while (!(await locked(lock))) await sleep(LOOK_MS);
  const draft = `${folder}.${process.pid}`;
  try {
    if (existsSync(folder)) return folder;
    await mkdir(draft);
    await fill(draft);
    await rename(draft, folder);
    return folder;
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(lock, { force: true });
  }
}

/** Whether this process has the lock now; one of a process that has ended is removed. */
async function locked(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  }
  const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (holder > 0 && !isRunning(holder)) await rm(lock, { force: true });
  return false;
}

/** Whether there is a process of this id. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (systemCodeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

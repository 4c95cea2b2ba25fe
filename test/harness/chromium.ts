import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** the path of a Chromium; null where there is none and none can be installed */
    chromium: string | null;
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const INSTALL_TIMEOUT_MS = 300_000;
const run = promisify(execFile);

/** Finds a browser for the tests of the console; on Debian, root installs one. Else they are skipped, and it says so. */
export async function setup(project: TestProject): Promise<void> {
  const path = found() ?? (await installed());
  if (!path) {
    const hint = `none of ${NAMES.join(', ')} is in the PATH, and only root on Debian or Ubuntu can install one here`;
    process.stderr.write(`the console is NOT tested in a browser: ${hint}\n`);
  }
  project.provide('chromium', path ?? null);
}

function found(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

async function installed(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    await run('apt-get', ['update', '-qq'], { timeout: INSTALL_TIMEOUT_MS });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
      timeout: INSTALL_TIMEOUT_MS,
    });
  } catch (error) {
    process.stderr.write(`chromium cannot be installed: ${error}\n`);
  }
  return found();
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

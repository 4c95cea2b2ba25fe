import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256 } from '../../ml/hash.ts';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '../../.cache');

/** A python3 with the pinned packages of a file, which are fetched into .cache/ if they are not there. */
export async function pythonWith(requirements: string): Promise<string> {
  const venv = join(CACHE, `interop-venv-${sha256(await readFile(requirements)).slice(0, 8)}`);
  const inVenv = join(venv, 'bin/python');
  if (existsSync(inVenv)) return inVenv;
  const packages = `${venv}.${process.pid}`;
  await mkdir(CACHE, { recursive: true });
  try {
    await run('python3', ['-m', 'venv', packages]);
    const pip = ['-m', 'pip', 'install', '--quiet', '-r', requirements];
    await run(join(packages, 'bin/python'), pip);
    await rename(packages, venv).catch((error: unknown) => {
      if (!existsSync(inVenv)) throw error; // else another process was faster
    });
  } finally {
    await rm(packages, { recursive: true, force: true });
  }
  return inVenv;
}

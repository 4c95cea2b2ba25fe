import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256 } from '../../ml/hash.ts';
import { cached } from '../harness/cached.ts';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '../../.cache');

/** A python3 with the pinned packages of a file, which are fetched into .cache/ if they are not there. */
export async function pythonWith(requirements: string): Promise<string> {
  const name = `interop-venv-${sha256(await readFile(requirements)).slice(0, 8)}`;
  const venv = await cached(join(CACHE, name), async (draft) => {
    await run('python3', ['-m', 'venv', draft]);
    // modules are compiled when they are imported: most of a package never is
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-compile', '-r', requirements];
    await run(join(draft, 'bin/python'), pip);
  });
  return join(venv, 'bin/python');
}

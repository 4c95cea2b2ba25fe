import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '../../../../.cache');
const REPOSITORY = 'https://github.com/mlflow/mlflow.git';
/** of 2026-04-29, 3.11.2.dev0. Git names content by its hash: what comes by this name is what was tried. */
const COMMIT = 'a89bed67689f916c79a8e1c1ad6cfb5cd7649c77';
/** the tests that need a server or a store, and what they import */
const PATHS = [
  'tests/__init__.py',
  'tests/conftest.py',
  'tests/helper_functions.py',
  'tests/simple_repository_server.py',
  ...['autologging', 'integration', 'store', 'tracing', 'tracking', 'utils'].map((name) => `tests/${name}`),
];
const MAX_BYTES = 64 << 20;

/**
 * A folder with MLflow's own tests, from its repository (or from a clone of it that is here), kept in .cache/. None of them is part
 * of this project.
 *
 * @throws Error when the repository cannot be reached
 */
export async function mlflowTests(clone?: string): Promise<string> {
  const folder = join(CACHE, `mlflow-tests-${COMMIT.slice(0, 8)}`);
  if (existsSync(folder)) return folder;
  const made = `${folder}.${process.pid}`;
  try {
    await mkdir(made, { recursive: true });
    const git = clone === undefined ? await fetched(join(made, '.git')) : ['--git-dir', clone];
    await checkOut(git, made);
    await rename(made, folder);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return folder;
}

/** Only this commit, and of its files only those that are read. */
async function fetched(gitFolder: string): Promise<string[]> {
  const git = ['--git-dir', gitFolder];
  await run('git', [...git, 'init', '--quiet', '--bare', gitFolder]);
  await run('git', [...git, 'remote', 'add', 'origin', REPOSITORY]);
  await run('git', [...git, 'fetch', '--quiet', '--depth', '1', '--filter=blob:none', 'origin', COMMIT], {
    timeout: 300_000,
  });
  return git;
}

async function checkOut(git: readonly string[], folder: string): Promise<void> {
  const options = { maxBuffer: MAX_BYTES, encoding: 'buffer' } as const;
  const listed = await run('git', [...git, 'ls-tree', '-r', '--name-only', COMMIT, '--', ...PATHS], options);
  for (const path of listed.stdout.toString().split('\n')) {
    if (!path.endsWith('.py')) continue;
    const { stdout } = await run('git', [...git, 'cat-file', 'blob', `${COMMIT}:${path}`], options);
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), stdout);
  }
}

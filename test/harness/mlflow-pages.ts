import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = join(import.meta.dirname, '../../.cache');
const REQUIREMENTS = join(import.meta.dirname, '../interop/mlflow/requirements.txt');
const TIMEOUT_MS = 180_000;

/** MLflow's own web pages, of the pinned package on PyPI, in .cache/; undefined, with a warning, where it cannot be fetched. */
export async function mlflowPages(): Promise<string | undefined> {
  const [, version] = /^mlflow==(.+)$/m.exec(await readFile(REQUIREMENTS, 'utf8')) ?? [];
  const folder = join(CACHE, `mlflow-pages-${version}`);
  const pages = join(folder, 'mlflow/server/js/build');
  if (existsSync(pages)) return pages;
  const made = `${folder}.${process.pid}`;
  try {
    await mkdir(made, { recursive: true });
    const download = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--dest',
      made,
    ];
    await run('python3', [...download, `mlflow==${version}`], { timeout: TIMEOUT_MS });
    const [wheel] = (await readdir(made)).filter((name) => name.endsWith('.whl'));
    await run('python3', ['-m', 'zipfile', '-e', join(made, wheel!), made], { timeout: TIMEOUT_MS });
    await rename(made, folder);
    return pages;
  } catch (error) {
    process.stderr.write(
      `MLflow's web pages are NOT tested: mlflow ${version} cannot be fetched: ${error}\n`,
    );
    return undefined;
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

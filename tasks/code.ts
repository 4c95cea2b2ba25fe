import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/**
 * The SHA-256 of the code that prepares, trains and measures: all of ml/ and tasks/, but for tests, and the libraries that it uses.
 *
 * @param folders others whose code counts, from the root of the project
 */
export function hashOfCode(folders: readonly string[] = []): string {
  const files = globSync(
    ['ml', 'tasks', ...folders].map((folder) => `${folder}/**/*.{ts,yaml,avsc}`),
    { cwd: root },
  ).filter((path) => !path.includes('.test.'));
  const digest = createHash('sha256').update(process.versions.node);
  digest.update(readFileSync(join(root, 'package.json')));
  for (const path of files.sort()) digest.update(`${path}\n`).update(readFileSync(join(root, path)));
  return digest.digest('hex');
}

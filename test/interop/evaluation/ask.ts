import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../harness/folder.ts';
import { pythonWith } from '../python.ts';

/** What a script of this folder answers to values, both as JSON; with scikit-learn and shap, pinned. */
export async function ask<T>(script: string, values: unknown): Promise<T> {
  const python = await pythonWith(join(import.meta.dirname, 'requirements.txt'));
  await using folder = await temporaryFolder('python');
  const file = join(folder.path, 'asked.json');
  await writeFile(file, JSON.stringify(values));
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, script), file], {
    maxBuffer: 1 << 28,
  });
  return JSON.parse(stdout) as T;
}

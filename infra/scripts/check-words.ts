/** Fails where a file outside tasks/arxiv uses a word of that task; part of `npm run check`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isChecked, wordFaults } from './words.ts';

const root = join(import.meta.dirname, '../..');
const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
const paths = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0');
const faults = paths
  .filter((path) => path !== '' && isChecked(path) && existsSync(join(root, path))) // git still lists what was removed
  .flatMap((path) => wordFaults({ path, text: readFileSync(join(root, path), 'utf8') }));
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

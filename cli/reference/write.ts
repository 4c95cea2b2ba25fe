/**
 * `npm run docs`: writes the pages of docs/reference/ and the picture of drift from the code; with --check, only says which are
 * stale.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from './pages.ts';

const root = join(import.meta.dirname, '../..');
const stored = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
mkdirSync(join(root, 'docs/reference'), { recursive: true });
for (const [path, text] of Object.entries(await referencePages())) {
  const file = join(root, path);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (stored(file) !== text) {
    process.stderr.write(`${path} is stale: run \`npm run docs\`\n`);
    process.exitCode = 1;
  }
}

/**
 * `npm run record`: records a terminal of 80 columns on which `npm start` runs, as docs/lifecycle.svg, and the same without
 * colours, as docs/lifecycle.txt. Needs `script` (util-linux), and two quiet minutes.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pictureOf, textOf } from './terminal.ts';

const COLUMNS = 80;
const root = join(import.meta.dirname, '../..');

/** What the command prints on a terminal, in a working directory that holds its home. */
function recorded(variables: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'epochlog-record-'));
  const command = `stty cols ${COLUMNS}; "${process.execPath}" "${join(root, 'cli/epochlog.js')}" lifecycle`;
  try {
    return execFileSync('script', ['-qec', command, '/dev/null'], {
      cwd: folder,
      env: { ...process.env, ...variables },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

writeFileSync(join(root, 'docs/lifecycle.svg'), pictureOf(recorded({}), 'npm start, on a terminal'));
writeFileSync(join(root, 'docs/lifecycle.txt'), textOf(recorded({ NO_COLOR: '1' }), COLUMNS));

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';

/** `npm run check`: what is checked without running a test. The two rows run beside each other, the steps of a row in turn. */

const ROWS = [
  ['tsc --checkers 1'], // as fast as four on two cores that others need too, and in half of the memory
  [
    'node infra/scripts/generate-types.ts --check',
    'node infra/scripts/complete-lock.ts --check',
    'node cli/reference/write.ts --check',
    'node infra/scripts/check-words.ts',
    'tsc -p console',
    'biome check --error-on-warnings .',
    'knip',
  ],
];

const PATH = [join(import.meta.dirname, '../../node_modules/.bin'), process.env.PATH].join(delimiter);

/** Runs a command and prints what it says when it has ended; false when it has failed. */
async function passes(line: string): Promise<boolean> {
  const child = spawn(line, {
    shell: true,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code]: (number | null)[] = await once(child, 'close');
  process.stdout.write(said);
  if (code !== 0) process.stdout.write(`check: \`${line}\` ended with ${code}\n`);
  return code === 0;
}

async function rowPasses(row: readonly string[]): Promise<boolean> {
  for (const line of row) if (!(await passes(line))) return false;
  return true;
}

const passed = await Promise.all(ROWS.map(rowPasses));
process.exitCode = passed.every(Boolean) ? 0 : 1;

#!/usr/bin/env node
// Runs the command on the Node that the project brings: the TypeScript of the project needs no build there, and the
// machine's own Node may be older. Plain JavaScript, since an old Node must be able to read it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';

const NEEDED = 24;
/** With fewer file descriptors native libraries crash (SIGSEGV) before they could report an error. */
const MIN_OPEN_FILES = 32;

/** The limit of open files, where the system tells it (Linux). */
function maxOpenFiles() {
  if (!existsSync('/proc/self/limits')) return Number.POSITIVE_INFINITY;
  const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return Number(limit ?? Number.POSITIVE_INFINITY);
}

/** Prints an error as cli/exit.ts does, and ends with exit code 2. */
function refuse(message) {
  const code = 'CONFIG_INVALID';
  if (process.argv.includes('--json'))
    process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  else process.stderr.write(`epochlog: ${message} [${code}]\n`);
  process.exit(2);
}

if (maxOpenFiles() < MIN_OPEN_FILES) {
  refuse(
    `this process may open ${maxOpenFiles()} files, and needs at least ${MIN_OPEN_FILES}: ` +
      'allow 1024 or more (`ulimit -n`, LimitNOFILE of systemd)',
  );
}

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  module.enableCompileCache(); // starts in two thirds of the time
  await import('./main.ts');
} else {
  const node = join(
    import.meta.dirname ?? new URL('.', import.meta.url).pathname,
    '../node_modules/node/bin/node',
  );
  if (!existsSync(node)) {
    process.stderr.write(
      `epochlog needs Node ${NEEDED}, and this is ${process.version}: run \`npm ci\` in its folder first\n`,
    );
    process.exit(1);
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; anything else reaches this process alone and is passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

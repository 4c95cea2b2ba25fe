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

/** The commands that run services for long. */
const LASTING = new Set(['up', 'service', 'lifecycle']);
/**
 * New objects have 16 MB, where V8 would let them grow to 128. They have them at once, and old ones 96 MB, before anything is
 * collected: nearly all that a start creates stays, so that collecting a heap that is still small takes time and frees little.
 */
const HEAP = ['--max-semi-space-size=16', '--min-semi-space-size=16', '--initial-old-space-size=96'];
/**
 * Of glibc's malloc, which ignores its defaults when they are set: few arenas, and what is large is mapped alone, so that
 * the system has it back when it is freed.
 */
const MALLOC = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: `${1 << 18}`,
  MALLOC_TRIM_THRESHOLD_: `${1 << 18}`,
};

/**
 * Replaces this process by one that starts in less time and keeps less memory that it does not use: both V8 and malloc read
 * these settings when a process begins. It has the same process id. Returns where that is impossible, or done already.
 */
function restartWithSettings() {
  const isForked = process.channel !== undefined; // its channel would be lost
  if (!process.execve || process.platform === 'win32' || isForked || process.execArgv.includes(HEAP[0]))
    return;
  const args = [process.execPath, ...process.execArgv, ...HEAP, ...process.argv.slice(1)];
  process.execve(process.execPath, args, { ...MALLOC, ...process.env });
}

const ROOT = new URL('..', import.meta.url).href;
const OWN_FILE = /^\.\.?\/.*\.ts$/;

/**
 * Modules of the project name each other by file, so that the URL follows from the name. Else Node looks on the disk several times for
 * each of a thousand: which kind of file it is, and of which package.
 */
function resolveOwnFilesByName() {
  module.registerHooks?.({
    resolve(specifier, context, next) {
      const { parentURL } = context;
      const isOwn = parentURL?.startsWith(ROOT) && !parentURL.includes('/node_modules/');
      if (!isOwn || !OWN_FILE.test(specifier)) return next(specifier, context);
      return { url: new URL(specifier, parentURL).href, format: 'module-typescript', shortCircuit: true };
    },
  });
}

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
  if (process.argv.some((word) => LASTING.has(word))) restartWithSettings();
  resolveOwnFilesByName();
  module.enableCompileCache(); // starts in two thirds of the time
  process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED ??= 'true'; // of LMDB's package, which is not used: saves 30 ms
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

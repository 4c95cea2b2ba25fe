import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const CLI = join(import.meta.dirname, 'epochlog.js');
/** says at its end what a process was started with, and how many of the project's own modules Node looked for */
const TELLING = `data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from 'node:module';
  let lookedFor = 0;
  registerHooks({ resolve(specifier, context, next) {
    if (/^\\..*\\.ts$/.test(specifier)) lookedFor += 1;
    return next(specifier, context);
  } });
  process.on('exit', () => console.error(JSON.stringify(
    { lookedFor, pid: process.pid, execArgv: process.execArgv, arenas: process.env.MALLOC_ARENA_MAX, mapped: process.env.MALLOC_MMAP_THRESHOLD_ }
  )))`,
)}`;

/** What the process of `--help` of a command was started with, and whether it is the one that was asked for. */
async function startOf(args: readonly string[], env: Record<string, string> = {}) {
  const { MALLOC_ARENA_MAX: _, MALLOC_MMAP_THRESHOLD_: __, ...own } = process.env;
  const running = run(process.execPath, [`--import=${TELLING}`, CLI, ...args, '--help'], {
    env: { ...own, ...env },
  });
  const { stdout, stderr } = await running;
  return { ...JSON.parse(stderr), isSame: JSON.parse(stderr).pid === running.child.pid, stdout };
}

test.skipIf(process.platform === 'win32')(
  'a command that runs services keeps less memory, in the same process; settings of malloc of the user stay',
  async () => {
    const [up, own, status] = await Promise.all([
      startOf(['up']),
      startOf(['up'], { MALLOC_ARENA_MAX: '7' }),
      startOf(['status']),
    ]);
    expect(up).toMatchObject({ isSame: true, arenas: '2', mapped: '262144' });
    expect(up.execArgv).toEqual([
      `--import=${TELLING}`,
      '--max-semi-space-size=16',
      '--min-semi-space-size=16',
      '--initial-old-space-size=96',
    ]);
    expect(up.stdout).toContain('run all services and the HTTP API');
    expect(own).toMatchObject({ isSame: true, arenas: '7' });
    expect(status.execArgv).toEqual([`--import=${TELLING}`]);
  },
);

test('Node does not look for the modules of the project on the disk: their URLs follow from their names', async () => {
  expect(await startOf(['status'])).toMatchObject({ lookedFor: 0 });
});

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../cli/exit.ts';
import { wholeProgram } from '../../cli/program.ts';
import { type CommandOptions, epochlog, finished, run, writeCorpus } from '../harness/command.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';
import { canMount, onSmallDisk } from '../harness/small-disk.ts';

/** What the machine refuses is an error with a code, at once, that says what to do. */

const program = await wholeProgram();

let folder: TemporaryFolder;
let home: string;
let papers: string;

beforeAll(async () => {
  folder = await temporaryFolder('machine');
  [home, papers] = [join(folder.path, 'disk/home'), join(folder.path, 'papers')];
  await mkdir(join(folder.path, 'disk'));
  await writeCorpus(papers, 20);
});
afterAll(() => folder.remove());

/** The exit code of a command, and its error with --json. */
async function refusal(args: readonly string[], options?: CommandOptions, at = home) {
  const line = [...args, '--json'];
  const { code, stdout } = await (options ? finished(epochlog(at, line, {}, options)) : run(at, line));
  return { exit: code, ...JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}').error };
}

const invalidMachine = (what: RegExp | string) => ({
  exit: EXIT.badInput.code,
  code: 'CONFIG_INVALID',
  message: expect.stringMatching(what),
});

describe.runIf(canMount)('on a disk', () => {
  const disk = () => join(folder.path, 'disk');
  const full = () =>
    onSmallDisk(disk(), '1m', 'mkdir home && { cat /dev/zero > filler 2>/dev/null || true; }');
  const readOnly = () => onSmallDisk(disk(), '1m', 'mkdir home && mount -o remount,ro .');

  test.concurrent.each([['collect'], ['up']])('without a free byte, `%s` is DISK_FULL', async (command) => {
    const args = command === 'up' ? [command] : [command, papers];
    expect(await refusal(args, { through: full() })).toEqual({
      exit: EXIT.diskFull.code,
      code: 'DISK_FULL',
      message: expect.stringContaining(home),
    });
  });

  test('that is read-only, the home is refused with its path', async () => {
    const refused = await refusal(['collect', papers], { through: readOnly() });
    expect(refused).toMatchObject(invalidMachine(/EROFS: read-only file system.*disk\/home.*EPOCHLOG_HOME/));
  });
});

test.runIf(existsSync('/proc/self'))('a home where no folder can be created is refused at once', async () => {
  const refused = await refusal(['collect', papers], undefined, '/proc/epochlog/home');
  expect(refused).toMatchObject(invalidMachine(/^\/proc\/epochlog\/home cannot be the data folder/));
});

test.runIf(process.platform === 'linux').each([
  [24, /may open 24 files.*ulimit -n/], // here a native library would crash
  [32, /(EMFILE|Too many open files).*ulimit -n/s],
])('a limit of %d open files is an error that says so', async (limit, message) => {
  const through = ['bash', '-c', `ulimit -n ${limit}; exec "$@"`, 'bash'];
  const refused = await refusal(['collect', papers], { through }, join(folder.path, 'few-files'));
  expect(refused).toMatchObject(invalidMachine(message));
});

test.each([['events'], ['history'], ['verify'], ['dlq', 'list']])('`%s` creates no home', async (...args) => {
  const nowhere = join(folder.path, `nowhere-${args[0]}`);
  expect(await refusal(args, undefined, nowhere)).toMatchObject({
    exit: EXIT.badInput.code,
    code: 'NOT_FOUND',
  });
  expect(existsSync(nowhere)).toBe(false);
});

test('a command whose promise never settles ends with an error', async () => {
  const preload = `--import=${new URL('standstill.ts', import.meta.url).href}`;
  const { code, stderr } = await finished(
    epochlog(home, [program.commands[0]!.name()], { NODE_OPTIONS: preload }),
  );
  expect({ code, stderr }).toEqual({
    code: EXIT.failed.code,
    stderr: expect.stringMatching(/^epochlog: Error: the command came to a standstill/),
  });
  expect(stderr).not.toContain('unsettled');
});

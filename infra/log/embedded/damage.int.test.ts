import { spawnSync } from 'node:child_process';
import { open as openFile, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { describe, expect, test } from 'vitest';
import { readAll, record, textOf } from '../../../test/contract/event-log-kit.ts';
import { FILL_RECORDS, type Filled } from '../../../test/faults/log-child.ts';
import { startChild } from '../../../test/harness/child.ts';
import { temporaryFolder } from '../../../test/harness/folder.ts';
import { closeEnvironment, openEnvironment } from './environment.ts';
import { openEmbeddedLog } from './log.ts';

const CHILD = new URL('../../../test/faults/log-child.ts', import.meta.url);
const MARK = 'the value to be damaged';

/** Writes and closes a log of some 500 KB; returns the path of its data file. */
async function closedLog(path: string): Promise<string> {
  const log = await openEmbeddedLog({ path });
  await log.ensureTopics([{ name: 'input', partitions: 1 }]);
  await log.append(
    Array.from({ length: 400 }, (_, i) => record('input', 'key', i === 200 ? MARK : '.'.repeat(1_000))),
  );
  await log.close();
  return join(path, 'data.mdb');
}

const openingFails = (path: string) =>
  expect(openEmbeddedLog({ path })).rejects.toMatchObject({
    code: 'LOG_CORRUPT',
    message: expect.stringContaining(path),
  });

describe('a damaged log is LOG_CORRUPT, and the error names the file', () => {
  test.each([
    ['some other file', 'This is not a log.\n'.repeat(5_000)],
    ['a short file', 'x'],
    ['zeros', Buffer.alloc(100_000)],
  ])('%s', async (_, content) => {
    await using folder = await temporaryFolder('corrupt');
    await writeFile(join(folder.path, 'data.mdb'), content);
    await openingFails(folder.path);
  });

  test('a database of another kind', async () => {
    await using folder = await temporaryFolder('corrupt');
    const other = openLmdb({ path: folder.path, noSubdir: false });
    await other.put('key', 'value');
    await other.close();
    await openingFails(folder.path);
  });

  test('a log of another format', async () => {
    await using folder = await temporaryFolder('corrupt');
    const other = openLmdb({ path: folder.path, noSubdir: false, encoding: 'json' });
    await other.put('format', 'epochlog log 1');
    await other.close();
    await openingFails(folder.path);
  });

  test('a truncated file', async () => {
    await using folder = await temporaryFolder('corrupt');
    const file = await closedLog(folder.path);
    await truncate(file, (await stat(file)).size / 2);
    await openingFails(folder.path);
  });

  test('a changed byte, when the record is read', async () => {
    await using folder = await temporaryFolder('corrupt');
    const file = await closedLog(folder.path);
    const at = (await readFile(file)).lastIndexOf(MARK);
    const handle = await openFile(file, 'r+');
    await handle.write('X', at);
    await handle.close();
    const log = await openEmbeddedLog({ path: folder.path });
    const reading = log.read({ topic: 'input', partition: 0, offset: 0 }, 1_000);
    await expect(reading).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      message: expect.stringContaining('input/0@200'),
    });
    expect(await log.read({ topic: 'input', partition: 0, offset: 0 }, 200)).toHaveLength(200);
    await log.close();
  });
});

describe('offsets beyond the end', () => {
  test('are not committed', async () => {
    await using folder = await temporaryFolder('beyond');
    await closedLog(folder.path);
    const log = await openEmbeddedLog({ path: folder.path });
    const consumer = await log.consumer('group', ['input']);
    const at = (offset: number) => [{ topic: 'input', partition: 0, offset }];
    await expect(consumer.commit(at(401), [])).rejects.toMatchObject({ code: 'CONFLICT' });
    await consumer.commit(at(400), []);
    await log.close();
  });

  test('that were committed are LOG_CORRUPT when the log is opened, not an endless wait', async () => {
    await using folder = await temporaryFolder('beyond');
    await closedLog(folder.path);
    const environment = await openEnvironment(folder.path);
    environment.root.transactionSync(() =>
      environment.state.putSync(['committed', 'group', 'input'], [1_000_000]),
    );
    await closeEnvironment(environment);
    await expect(openEmbeddedLog({ path: folder.path })).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      message: expect.stringContaining("'group' has committed of input/0"),
    });
  });
});

test('a path that is a file is CONFIG_INVALID', async () => {
  await using folder = await temporaryFolder('corrupt');
  const path = join(folder.path, 'file');
  await writeFile(path, '');
  await expect(openEmbeddedLog({ path })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(path),
  });
});

/** raises the file size limit of a running process */
const PRLIMIT = 'prlimit';
const canLimit = process.platform === 'linux' && spawnSync(PRLIMIT, ['--version']).status === 0;

describe('a full disk', () => {
  test.runIf(canLimit)(
    'is DISK_FULL, loses nothing, and appends succeed again once there is space',
    async () => {
      await using folder = await temporaryFolder('full');
      const log = await openEmbeddedLog({ path: folder.path });
      await log.ensureTopics([{ name: 'input', partitions: 1 }]);
      await log.close();

      const limited = ['bash', '-c', 'ulimit -S -f 3000; exec "$@"', 'bash'];
      const child = startChild<Filled>(CHILD, [folder.path, 'fill'], limited);
      await child.reported(1);
      child.tell('try again');
      await child.reported(2);
      for (const refused of child.reports) {
        expect(refused).toMatchObject({ code: 'DISK_FULL', message: expect.stringContaining(folder.path) });
      }
      expect(child.reports[0]!.acknowledged).toBeGreaterThan(500);
      expect(child.reports[1]!.acknowledged).toBe(child.reports[0]!.acknowledged);

      spawnSync(PRLIMIT, ['--pid', `${child.pid}`, '--fsize=unlimited']);
      child.tell('try again');
      expect(await child.ended).toBe(0);
      const again = await openEmbeddedLog({ path: folder.path });
      const values = (await readAll(again, 'input')).map((found) => Number.parseInt(textOf(found), 10));
      expect(values).toEqual(Array.from({ length: FILL_RECORDS }, (_, i) => i));
      await again.close();
    },
  );
});

import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Attempt } from '../test/faults/home-child.ts';
import { type Child, startChild } from '../test/harness/child.ts';
import { type TemporaryFolder, temporaryFolder } from '../test/harness/folder.ts';
import { lockHolder, lockHome, openHome } from './home.ts';

const CHILD = new URL('../test/faults/home-child.ts', import.meta.url);

let folder: TemporaryFolder;
let home: string;
beforeEach(async () => {
  folder = await temporaryFolder('home');
  home = join(folder.path, 'home');
});
afterEach(() => folder.remove());

describe('the data folder', () => {
  test('is created for its owner alone, and may be there already', async () => {
    const { paths } = await openHome(home);
    expect(await openHome(home)).toEqual({ paths });
    for (const path of [home, ...Object.values(paths)]) expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect(new Set(Object.values(paths)).size).toBe(Object.keys(paths).length);
  });

  test('cannot be a file', async () => {
    await writeFile(home, '');
    await expect(openHome(home)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(home),
    });
  });
});

describe('the lock of a home', () => {
  test('is had by one, told to others, and free again when released', async () => {
    await openHome(home);
    expect(await lockHolder(home)).toBeNull();
    const lock = await lockHome(home);
    expect(await lockHolder(home)).toEqual({ pid: process.pid });
    await lock.publish({ url: 'http://127.0.0.1:7878' });
    expect(await lockHolder(home)).toEqual({ pid: process.pid, url: 'http://127.0.0.1:7878' });
    await expect(lockHome(home)).rejects.toMatchObject({
      code: 'HOME_LOCKED',
      message: expect.stringMatching(`${process.pid} \\(http://127.0.0.1:7878\\)`),
    });
    await lock.release();
    expect(await lockHolder(home)).toBeNull();
    await (await lockHome(home)).release();
  });

  test('tells that its process is starting, until that publishes its address', async () => {
    await openHome(home);
    const lock = await lockHome(home, { isStarting: true });
    await expect(lockHome(home)).rejects.toMatchObject({
      code: 'HOME_LOCKED',
      message: expect.stringContaining(`${process.pid}, which is still starting: try again soon`),
    });
    await lock.publish({ url: 'http://127.0.0.1:7878' });
    expect(await lockHolder(home)).toEqual({ pid: process.pid, url: 'http://127.0.0.1:7878' });
    await lock.release();
  });

  test('of two homes is two locks', async () => {
    const other = join(folder.path, 'other');
    await mkdir(other);
    await Promise.all([openHome(home), openHome(other)]);
    const locks = [await lockHome(home), await lockHome(other)];
    await Promise.all(locks.map((lock) => lock.release()));
  });

  test('has one winner among many processes at once, again and again, also after kill -9 of the winner', async () => {
    await openHome(home);
    for (let round = 0; round < 3; round++) {
      const children = Array.from({ length: 8 }, () => startChild<Attempt>(CHILD, [home]));
      await Promise.all(children.map((child) => child.reported(1)));
      for (const child of children) child.tell('now');
      await Promise.all(children.map((child) => child.reported(2)));
      const winners = children.filter((child) => child.reports[1]!.locked);
      expect(winners).toHaveLength(1);
      expect(await lockHolder(home)).toEqual({ pid: winners[0]!.pid });
      await assertLosersTold(children, winners[0]!);
      await winners[0]!.kill();
      expect(await lockHolder(home)).toBeNull();
    }
    await (await lockHome(home)).release();
  });
});

async function assertLosersTold(children: readonly Child<Attempt>[], winner: Child<Attempt>): Promise<void> {
  for (const loser of children.filter((child) => child !== winner)) {
    expect(await loser.ended).toBe(0);
    expect(loser.reports[1]!.message).toContain(`process ${winner.pid}`);
  }
}

import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Seen } from '../../services/collector/folder.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { Arrivals, arrivalsIn } from './watch.ts';

const file = (name: string, size = 1, changedAt = 1): Seen => ({ name, size, changedAt });

test('a file is complete when it has not changed for a while, and is given once', () => {
  const arrivals = new Arrivals(100);
  expect(arrivals.complete([file('b'), file('a')], 0)).toEqual([]);
  expect(arrivals.complete([file('b', 2), file('a')], 99)).toEqual([]);
  expect(arrivals.complete([file('b', 2), file('a'), file('c')], 100)).toEqual(['a']);
  expect(arrivals.complete([file('b', 2), file('a'), file('c')], 200)).toEqual(['b', 'c']);
  expect(arrivals.complete([file('b', 2), file('a'), file('c')], 999)).toEqual([]);
});

test('a file that was written again, or that went and came, is given again', () => {
  const arrivals = new Arrivals(10);
  for (const changedAt of [1, 2]) {
    expect(arrivals.complete([file('a', 1, changedAt)], changedAt * 100)).toEqual([]);
    expect(arrivals.complete([file('a', 1, changedAt)], changedAt * 100 + 10)).toEqual(['a']);
  }
  expect(arrivals.complete([], 300)).toEqual([]);
  expect(arrivals.complete([file('a')], 400)).toEqual([]);
  expect(arrivals.complete([file('a')], 410)).toEqual(['a']);
});

test('what is empty, hidden, or named as not complete is waited for', () => {
  const names = ['.a.jsonl', 'a.jsonl.part', 'a.csv.tmp', 'a~', 'a.crdownload'];
  const arrivals = new Arrivals(0);
  for (const now of [0, 1])
    expect(arrivals.complete([...names.map((name) => file(name)), file('a', 0)], now)).toEqual([]);
});

test('a folder gives what is in it and what comes, each when it is whole, until it is told to stop', async () => {
  await using folder = await temporaryFolder('watch');
  const { path } = folder;
  await writeFile(join(path, 'first.jsonl'), '{}\n');
  await mkdir(join(path, 'subfolder.jsonl'));
  const stopped = new AbortController();
  const found = arrivalsIn(path, stopped.signal, { settleMs: 30, pollMs: 5 });
  expect(basename((await found.next()).value)).toBe('first.jsonl');
  const next = found.next();
  await writeFile(join(path, 'second.part'), '{}\n');
  await appendFile(join(path, 'second.part'), '{}\n');
  await rename(join(path, 'second.part'), join(path, 'second.jsonl'));
  expect(basename((await next).value)).toBe('second.jsonl');
  stopped.abort(new Error('enough'));
  await expect(found.next()).rejects.toThrow('enough');
});

test('a folder that is not there is refused', async () => {
  const found = arrivalsIn('nowhere', new AbortController().signal);
  await expect(found.next()).rejects.toMatchObject({
    code: 'INPUT_UNREADABLE',
    message: 'cannot watch nowhere: there is no such folder',
  });
});

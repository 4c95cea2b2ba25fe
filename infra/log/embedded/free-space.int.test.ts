import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Filled } from '../../../test/faults/log-child.ts';
import { startChild } from '../../../test/harness/child.ts';
import { temporaryFolder } from '../../../test/harness/folder.ts';
import { canMount, onSmallDisk } from '../../../test/harness/small-disk.ts';
import { openEmbeddedLog } from './log.ts';

const CHILD = new URL('../../../test/faults/log-child.ts', import.meta.url);
const ATTEMPTS = 20;

test.runIf(canMount)('on a full disk, every attempt is DISK_FULL, and no write of LMDB fails', async () => {
  await using folder = await temporaryFolder('free-space');
  const [empty, disk] = [join(folder.path, 'empty'), join(folder.path, 'disk')];
  const log = await openEmbeddedLog({ path: empty });
  await log.ensureTopics([{ name: 'input', partitions: 1 }]);
  await log.close();
  await mkdir(disk);
  const through = onSmallDisk(disk, '3m', 'cp ../empty/* .');
  const child = startChild<Filled>(CHILD, [disk, 'fill'], through);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    await child.reported(attempt);
    child.tell('try again');
  }
  await child.reported(ATTEMPTS + 1);
  await child.kill();
  const [first, ...others] = child.reports;
  expect(first!.acknowledged).toBeGreaterThan(100);
  const refused = { code: 'DISK_FULL', message: expect.stringContaining(disk) };
  for (const report of [first, ...others]) {
    expect(report).toMatchObject({ ...refused, acknowledged: first!.acknowledged });
  }
  expect(child.stderr).toBe(''); // LMDB writes there when a write fails
});

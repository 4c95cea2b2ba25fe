import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { record } from '../../../test/contract/event-log-kit.ts';
import { temporaryFolder } from '../../../test/harness/folder.ts';
import { openEmbeddedLog } from './log.ts';
import { readMeta } from './meta.ts';
import { faultsOfPages } from './pages.ts';

const PAGE_BYTES = 8_192;
const KIND_AT = 18;
const BRANCH = 1;
const TRANSACTION_AT = 8;

test('a check of what was written since another finds each damaged branch page that is of later transactions', async () => {
  await using folder = await temporaryFolder('pages');
  const log = await openEmbeddedLog({ path: folder.path });
  await log.ensureTopics([{ name: 'input', partitions: 1 }]);
  const append = (count: number) =>
    log.append(Array.from({ length: count }, (_, i) => record('input', `${i}`, '.'.repeat(2_500))));
  for (let i = 0; i < 4; i++) await append(750);
  const path = join(folder.path, 'data.mdb');
  const file = await open(path, 'r+');
  const since = readMeta(file.fd, path)!.transaction;
  await append(50);
  await log.close();

  const bytes = await readFile(path);
  const meta = readMeta(file.fd, path)!;
  const found = { all: [] as number[], since: [] as number[], later: [] as number[] };
  expect(faultsOfPages(file.fd, meta, 'index', since)).toEqual([]);
  for (let page = 2; page <= meta.lastPage; page++) {
    const at = page * PAGE_BYTES;
    if (bytes.readUInt16LE(at + KIND_AT) !== BRANCH) continue;
    await file.write(Buffer.alloc(PAGE_BYTES - 24, 0xa5), 0, PAGE_BYTES - 24, at + 24);
    const isFound = faultsOfPages(file.fd, meta, 'index').length > 0;
    if (isFound) found.all.push(page);
    if (isFound && Number(bytes.readBigUInt64LE(at + TRANSACTION_AT)) > since) found.later.push(page);
    if (faultsOfPages(file.fd, meta, 'index', since).length > 0) found.since.push(page);
    await file.write(bytes, at, PAGE_BYTES, at);
  }
  expect(found.since).toEqual(found.later);
  expect(found.later.length).toBeGreaterThan(1);
  expect(found.all.length).toBeGreaterThan(found.later.length);
  await file.close();
});

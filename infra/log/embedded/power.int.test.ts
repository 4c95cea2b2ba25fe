import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../../../ml/random.ts';
import { readAll, record, textOf } from '../../../test/contract/event-log-kit.ts';
import { temporaryFolder } from '../../../test/harness/folder.ts';
import { openEmbeddedLog } from './log.ts';

const PAGE_BYTES = 8_192;
/** LMDB writes one of the first two pages last, when all others are synced. */
const META_BYTES = 2 * PAGE_BYTES;
const COMMITS = 12;
const FAILURES = 8;

/** The file as a power failure may leave it during a commit: of the pages that the commit writes, any part. */
function torn(before: Buffer, after: Buffer, random: () => number): Buffer {
  const image = Buffer.alloc(Math.max(before.length, after.length));
  before.copy(image);
  for (let at = META_BYTES; at < after.length; at += PAGE_BYTES)
    if (random() < 0.5) after.copy(image, at, at, at + PAGE_BYTES);
  return image;
}

test('a power failure while a commit is being written leaves the log as it was before, whichever pages are on disk', async () => {
  await using folder = await temporaryFolder('power');
  const path = join(folder.path, 'log');
  const log = await openEmbeddedLog({ path });
  await log.ensureTopics([{ name: 'input', partitions: 2 }]);
  const consumer = await log.consumer('group', ['input']);
  const file = () => readFile(join(path, 'data.mdb'));
  const random = seededRandom(1);
  let failures = 0;

  let before = await file();
  for (let commit = 0; commit < COMMITS; commit++) {
    const stored = (await readAll(log, 'input')).map(textOf);
    const values = Array.from({ length: 1 + (commit % 4) * 5 }, (_, i) =>
      `${commit} ${i}`.padEnd(i * 400, '.'),
    );
    if (commit % 3 === 2) await consumer.commit(await log.endOffsets(['input']), []);
    else await log.append(values.map((value, i) => record('input', `key ${i}`, value)));
    const after = await file();
    for (let i = 0; i < FAILURES; i++) {
      const copy = join(folder.path, `copy-${failures++}`);
      await mkdir(copy);
      await writeFile(join(copy, 'data.mdb'), torn(before, after, random));
      await writeFile(join(copy, 'acknowledged'), ['', '\0'.repeat(17)][i % 2]!); // never synced
      const found = await openEmbeddedLog({ path: copy });
      expect((await readAll(found, 'input')).map(textOf)).toEqual(stored);
      await found.append([record('input', 'key', 'after it')]);
      await found.close();
    }
    before = after;
  }
  await log.close();
});

import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import type { Environment } from './environment.ts';
import { corrupt } from './failure.ts';
import { readMeta } from './meta.ts';
import { faultsOfPages, type Scope } from './pages.ts';
import { recordKey, Storage } from './storage.ts';

/** The pages of a log up to this size are all checked whenever it is opened: 10 µs a page, a quarter of a second at most. */
const MAX_WHOLE_BYTES = 256 << 20;
/** While others append, a page may be written as it is read; what is damaged is so each time. */
const ATTEMPTS = 5;
const OFFSET_AT = 4;
const OFFSET_BYTES = 6;

/**
 * LOG_CORRUPT when pages of the file are damaged. Of a large log only those are read by which LMDB finds its records,
 * unless `scope` asks for all.
 */
export function assertPages(root: RootDatabase<string, string>, path: string, scope?: Scope): void {
  const file = join(path, 'data.mdb');
  const fd = openSync(file, 'r');
  const snapshot = root.useReadTransaction(); // no page that it sees is reused
  try {
    for (let attempt = 1; ; attempt++) {
      const meta = readMeta(fd, file);
      if (!meta) return;
      const isSmall = (meta.lastPage + 1) * meta.pageBytes <= MAX_WHOLE_BYTES;
      const [fault] = faultsOfPages(fd, meta, scope ?? (isSmall ? 'all' : 'index'));
      if (fault === undefined) return;
      const isSettled = readMeta(fd, file)?.transaction === meta.transaction;
      if (isSettled || attempt === ATTEMPTS) throw corrupt(file, `is damaged: ${fault}`);
    }
  } finally {
    snapshot.done();
    closeSync(fd);
  }
}

/**
 * LOG_CORRUPT when a row is damaged, or what the log says of its partitions is not what it holds. Looks at the first and
 * the last record of each; call it in one turn of the event loop with what it is compared to.
 */
export function assertCounts(env: Environment, acknowledged: number): void {
  const storage = new Storage(env);
  const topics = new Map(env.topics.entries());
  let total = 0;
  for (const [topic, { index, partitions }] of topics) {
    const ends = storage.endOffsets(topic);
    if (ends.length !== partitions) throw corrupt(env.path, `does not count all partitions of '${topic}'`);
    for (const [partition, end] of ends.entries()) {
      const at = (offset: number) => offsetFrom(env, recordKey(index, partition, offset));
      const isWhole = end === 0 || (at(0) === 0 && at(end - 1) === end - 1);
      if (!isWhole || at(end) !== undefined)
        throw corrupt(env.path, `does not hold the ${end} records of ${topic}/${partition}, and no others`);
      total += end;
    }
  }
  assertTotal(env, storage, total);
  assertCommitted(env, storage, topics);
  env.mark.assertReached(storage.tail().sequence, acknowledged);
  for (const rows of [env.schemas, env.schemaIds]) rows.entries();
}

/** The offset of the first record of a partition that lies at a key or behind it. */
function offsetFrom(env: Environment, start: Buffer): number | undefined {
  const end = Buffer.from(start).fill(0xff, OFFSET_AT);
  for (const key of env.records.getKeys({ start, end, limit: 1 }))
    return key.readUIntBE(OFFSET_AT, OFFSET_BYTES);
  return undefined;
}

function assertTotal(env: Environment, storage: Storage, total: number): void {
  const { sequence } = storage.tail();
  const stats: { entryCount?: number } = env.records.getStats();
  if (stats.entryCount !== total || sequence !== total)
    throw corrupt(env.path, `holds ${stats.entryCount} records, and its partitions end after ${total}`);
}

/** No group can have come further than its partitions reach. */
function assertCommitted(env: Environment, storage: Storage, topics: ReadonlyMap<string, unknown>): void {
  for (const [group, names] of storage.groups()) {
    for (const topic of names.filter((name) => topics.has(name))) {
      const ends = storage.endOffsets(topic);
      const beyond = storage.committed(group, topic).findIndex((offset, i) => offset > (ends[i] ?? 0));
      if (beyond >= 0)
        throw corrupt(env.path, `ends before the offset that '${group}' has committed of ${topic}/${beyond}`);
    }
  }
}

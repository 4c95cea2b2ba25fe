import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import type { Environment } from './databases.ts';
import { corrupt } from './failure.ts';
import { LastCheck } from './last-check.ts';
import { readMeta } from './meta.ts';
import { faultsOfPages, type Scope } from './pages.ts';
import { KEYS_PER_RECORD } from './record-index.ts';
import { recordKey, Storage } from './storage.ts';

/** Up to this size, all pages of a log are checked when it is opened: 10 µs a page, a quarter of a second at most. */
const MAX_FULL_CHECK_BYTES = 256 << 20;
/** Another process may write a page while it is read; a damaged page is damaged in each attempt. */
const ATTEMPTS = 5;
const OFFSET_AT = 4;
const OFFSET_BYTES = 6;

/**
 * LOG_CORRUPT when pages of the file are damaged. Of a large log only the index pages are read, unless `scope` is `all`; and
 * of those, once a day all, else those that were written after the last check: a start must not take longer with each record.
 */
export function assertPages(root: RootDatabase<string, string>, path: string, scope?: Scope): void {
  const file = join(path, 'data.mdb');
  const fd = openSync(file, 'r');
  const snapshot = root.useReadTransaction(); // keeps its pages from being reused
  try {
    for (let attempt = 1; ; attempt++) {
      const meta = readMeta(fd, file);
      if (!meta) return;
      const isSmall = (meta.lastPage + 1) * meta.pageBytes <= MAX_FULL_CHECK_BYTES;
      const whole = scope ?? (isSmall ? 'all' : 'index');
      const checked = new LastCheck(path, fstatSync(fd).ino);
      const [fault] = faultsOfPages(fd, meta, whole, checked.transaction);
      if (fault === undefined) {
        if (whole === 'index') checked.write(meta.transaction);
        return;
      }
      const isSettled = readMeta(fd, file)?.transaction === meta.transaction;
      if (isSettled || attempt === ATTEMPTS) throw corrupt(file, `is damaged: ${fault}`);
    }
  } finally {
    snapshot.done();
    closeSync(fd);
  }
}

/**
 * LOG_CORRUPT when a row is damaged, or counts and records do not agree. Reads the first and the last record of each
 * partition. Synchronous, so it sees one snapshot.
 */
export function assertCounts(env: Environment, acknowledged: number): void {
  const storage = new Storage(env);
  const topics = new Map(env.topics.entries());
  let total = 0;
  for (const [topic, { index, partitions }] of topics) {
    const ends = storage.endOffsets(topic);
    if (ends.length !== partitions)
      throw corrupt(env.path, `does not have the end offsets of all partitions of '${topic}'`);
    for (const [partition, end] of ends.entries()) {
      const at = (offset: number) => offsetFrom(env, recordKey(index, partition, offset));
      const isWhole = end === 0 || (at(0) === 0 && at(end - 1) === end - 1);
      if (!isWhole || at(end) !== undefined)
        throw corrupt(env.path, `does not hold exactly ${end} records of ${topic}/${partition}`);
      total += end;
    }
  }
  assertTotal(env, storage, total);
  assertCommitted(env, storage, topics);
  env.acknowledged.assertComplete(storage.tail().sequence, acknowledged);
  for (const rows of [env.schemas, env.schemaIds]) rows.entries();
}

/** The offset of the first record of a partition at a key or after it. */
function offsetFrom(env: Environment, start: Buffer): number | undefined {
  const end = Buffer.from(start).fill(0xff, OFFSET_AT);
  for (const key of env.records.getKeys({ start, end, limit: 1 }))
    return key.readUIntBE(OFFSET_AT, OFFSET_BYTES);
  return undefined;
}

function assertTotal(env: Environment, storage: Storage, total: number): void {
  const { sequence } = storage.tail();
  const { entryCount: records }: { entryCount?: number } = env.records.getStats();
  const { entryCount: indexed }: { entryCount?: number } = env.index.getStats();
  if (records !== total || sequence !== total)
    throw corrupt(
      env.path,
      `holds ${records} records, and the end offsets of its partitions sum to ${total}`,
    );
  if (indexed !== total * KEYS_PER_RECORD)
    throw corrupt(env.path, `has ${indexed} keys in the index of its ${total} records`);
}

/** No committed offset is beyond the end offset. */
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

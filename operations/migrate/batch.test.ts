import { expect, test } from 'vitest';
import type { StoredRecord } from '../../kernel/ports/log.ts';
import { Batch } from './batch.ts';

const record = (topic: string, bytes = 10, headers: Record<string, string> = {}): StoredRecord => ({
  topic,
  partition: 0,
  offset: 0,
  timestamp: 0,
  key: 'key',
  value: Buffer.alloc(bytes),
  headers,
});

/** How many records each batch gets. */
function sizes(records: readonly StoredRecord[]): number[] {
  const batches = [new Batch()];
  for (const next of records) {
    if (batches.at(-1)!.endsBefore(next)) batches.push(new Batch());
    batches.at(-1)!.add(next, next);
  }
  return batches.map((batch) => batch.records.length);
}

const many = (count: number, ...of: Parameters<typeof record>) =>
  Array.from({ length: count }, () => record(...of));

test('a batch holds consecutive records of one topic', () => {
  expect(sizes([...many(3, 'a'), ...many(2, 'b'), record('a')])).toEqual([3, 2, 1]);
});

test('no more than 5,000 records, and about 7 MiB', () => {
  expect(sizes(many(11_000, 'a'))).toEqual([5_000, 5_000, 1_000]);
  expect(sizes(many(5, 'a', 3 << 20))).toEqual([2, 2, 1]);
});

test('a larger record is a batch of its own', () => {
  expect(sizes([record('a'), record('a', 8 << 20), record('a')])).toEqual([1, 1, 1]);
});

test('a retry order starts a batch: the position of its dead letter is known by then', () => {
  const order = record('a.dlq', 1, { dlq_redrive: '0@1' });
  expect(sizes([record('a.dlq'), record('a.dlq'), order, record('a.dlq'), order])).toEqual([2, 2, 1]);
});

import { expect, test } from 'vitest';
import { deadLetter, redriveRecord } from '../../kernel/dead-letters/record.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { StoredRecord } from '../../kernel/ports/log.ts';
import { readAll, record, textOf } from '../../test/contract/event-log-kit.ts';
import { copyAll, newLogs, RUNS } from '../../test/harness/migration.ts';

test('dead letters name the target positions of their records, and retry orders those of their dead letters', async () => {
  const logs = await newLogs();
  const { source, target } = logs;
  for (let i = 0; i < 30; i++) await source.append([record(RUNS, `run-${i % 7}`, `${i}`)]);
  const error = new EpochlogError('INPUT_INVALID', 'cannot be');
  const runs = await readAll(source, RUNS);
  for (const found of runs.slice(9, 14))
    await source.append([deadLetter(found, 'trainer', { step: 'react', error })]);
  const [first, second] = await readAll(source, `${RUNS}.dlq`);
  await source.append([
    redriveRecord(second!),
    record(`${RUNS}.dlq`, 'run-1', 'no letter'),
    redriveRecord(first!),
  ]);
  await copyAll(logs);

  const moved = await readAll(target, RUNS);
  const at = (found: readonly StoredRecord[], partition: string, offset: string) =>
    found.find((one) => one.partition === Number(partition) && one.offset === Number(offset));
  const letters = await readAll(target, `${RUNS}.dlq`);
  expect(letters).toHaveLength(8);
  for (const letter of letters.filter(({ headers }) => headers.dlq_service)) {
    const { dlq_partition: partition, dlq_offset: offset, dlq_redrive: retry } = letter.headers;
    expect(textOf(at(moved, partition!, offset!)!)).toBe(textOf(letter));
    if (retry === undefined) continue;
    const ordered = at(letters, ...(retry.split('@') as [string, string]));
    expect(ordered && textOf(ordered)).toBe(textOf(letter));
    expect(ordered?.headers.dlq_redrive).toBeUndefined();
  }
});

import { describe, expect, test } from 'vitest';
import type { EmbeddedLog } from '../../infra/log/embedded/log.ts';
import type { Position, StoredRecord } from '../../kernel/ports/log.ts';
import { record, textOf } from '../../test/contract/event-log-kit.ts';
import { compared, copyAll, type LogPair, newLogs, PAPERS, RUNS } from '../../test/harness/migration.ts';
import type { LogCopy } from './copy.ts';
import { assertNoProgress, commitProgress, progressOf } from './groups.ts';
import { SourceLog } from './source-log.ts';

const { signal } = new AbortController();

/** Processes a number of records of topics, as a service does. */
async function process(log: EmbeddedLog, group: string, topics: readonly string[], count: number) {
  const consumer = await log.consumer(group, topics);
  const done: Position[] = [];
  while (count > 0 && done.length < count) {
    for (const { topic, partition, offset } of await consumer.poll(count - done.length, signal))
      done.push({ topic, partition, offset: offset + 1 });
  }
  await consumer.commit(done, []);
  await consumer.close();
}

/** The records that a group has not committed. */
async function rest(log: EmbeddedLog, group: string, topics: readonly string[]): Promise<string[]> {
  const committed = await log.committed(group, topics);
  const ends = await log.endOffsets(topics);
  const left = ends.reduce((sum, { offset }, i) => sum + offset - committed[i]!.offset, 0);
  const consumer = await log.consumer(group, topics);
  const records: StoredRecord[] = [];
  while (records.length < left) records.push(...(await consumer.poll(1_000, signal)));
  await consumer.close();
  return records.map((found) => `${found.key} ${textOf(found)}`);
}

const TOPICS = [PAPERS, RUNS];
const progressIn = async (logs: LogPair, copy: LogCopy) =>
  progressOf(await SourceLog.of(logs.source), logs.target, copy);

async function logsWithGroups(): Promise<LogPair> {
  const logs = await newLogs();
  for (let i = 0; i < 60; i++) {
    await logs.source.append([record(i % 3 === 0 ? PAPERS : RUNS, `key-${i % 11}`, `${i}`)]);
  }
  for (const [group, count] of [
    ['all', 60],
    ['some', 37],
    ['few', 2],
  ] as const)
    await process(logs.source, group, TOPICS, count);
  return logs;
}

describe('the committed offsets of a group', () => {
  test('leave exactly the same records unprocessed', async () => {
    const logs = await logsWithGroups();
    const copy = await copyAll(logs);
    await commitProgress(await progressIn(logs, copy), logs.target);
    for (const [group, left] of [
      ['all', 0],
      ['some', 23],
      ['few', 58],
      ['new', 60],
    ] as const) {
      const expected = await rest(logs.source, group, TOPICS);
      expect(expected).toHaveLength(left);
      expect((await rest(logs.target, group, TOPICS)).sort()).toEqual(expected.sort());
    }
    const after = await progressIn(logs, copy);
    expect(after.map(({ group, lag }) => [group, lag.source, lag.target])).toEqual([
      ['all', 0, 0],
      ['few', 58, 58],
      ['some', 23, 23],
    ]);
    expect(after.every(({ toCommit }) => toCommit.length === 0)).toBe(true);
  });

  test('never decrease', async () => {
    const logs = await logsWithGroups();
    const copy = await copyAll(logs);
    await commitProgress(await progressIn(logs, copy), logs.target);
    await process(logs.target, 'some', TOPICS, 5);
    const committed = await logs.target.committed('some', TOPICS);
    const advanced = await progressIn(logs, copy);
    expect(advanced.find(({ group }) => group === 'some')?.lag).toEqual({ source: 23, target: 18 });
    await commitProgress(advanced, logs.target);
    expect(await logs.target.committed('some', TOPICS)).toEqual(committed);
  });

  test('may not be ahead while records are missing', async () => {
    const logs = await logsWithGroups();
    assertNoProgress(await progressIn(logs, await compared(logs)));
    await copyAll(logs);
    await process(logs.target, 'few', TOPICS, 9);
    await logs.source.append([record(PAPERS, 'late', '')]);
    const again = await compared(logs);
    const found = await progressIn(logs, again);
    expect(() => assertNoProgress(found)).toThrow(/^few committed offsets in Kafka/);
  });
});

import { describe, expect, test } from 'vitest';
import type { EmbeddedLog } from '../../infra/log/embedded/log.ts';
import type { Position, StoredRecord } from '../../kernel/ports/log.ts';
import { record, textOf } from '../../test/contract/event-log-kit.ts';
import { moveAll, newWorld, PAPERS, RUNS, recognised, type World } from '../../test/harness/migration.ts';
import { assertNotBegun, carryOver, standings } from './groups.ts';
import { Snapshot } from './source-log.ts';
import type { Walk } from './walk.ts';

const { signal } = new AbortController();

/** Processes so many records of some topics, as a service does. */
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

/** What is left to a group. */
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
const standingsOf = async (world: World, walk: Walk) =>
  standings(await Snapshot.of(world.source), world.target, walk);

async function worldWithGroups(): Promise<World> {
  const world = await newWorld();
  for (let i = 0; i < 60; i++) {
    await world.source.append([record(i % 3 === 0 ? PAPERS : RUNS, `key-${i % 11}`, `${i}`)]);
  }
  for (const [group, count] of [
    ['all', 60],
    ['some', 37],
    ['few', 2],
  ] as const)
    await process(world.source, group, TOPICS, count);
  return world;
}

describe('groups', () => {
  test('go on exactly where they were', async () => {
    const world = await worldWithGroups();
    const walk = await moveAll(world);
    await carryOver(await standingsOf(world, walk), world.target);
    for (const [group, left] of [
      ['all', 0],
      ['some', 23],
      ['few', 58],
      ['new', 60],
    ] as const) {
      const expected = await rest(world.source, group, TOPICS);
      expect(expected).toHaveLength(left);
      expect((await rest(world.target, group, TOPICS)).sort()).toEqual(expected.sort());
    }
    const after = await standingsOf(world, walk);
    expect(after.map(({ group, left }) => [group, left.source, left.target])).toEqual([
      ['all', 0, 0],
      ['few', 58, 58],
      ['some', 23, 23],
    ]);
    expect(after.every(({ ahead }) => ahead.length === 0)).toBe(true);
  });

  test('never go back', async () => {
    const world = await worldWithGroups();
    const walk = await moveAll(world);
    await carryOver(await standingsOf(world, walk), world.target);
    await process(world.target, 'some', TOPICS, 5);
    const committed = await world.target.committed('some', TOPICS);
    const gone = await standingsOf(world, walk);
    expect(gone.find(({ group }) => group === 'some')?.left).toEqual({ source: 23, target: 18 });
    await carryOver(gone, world.target);
    expect(await world.target.committed('some', TOPICS)).toEqual(committed);
  });

  test('that began before all was there are told', async () => {
    const world = await worldWithGroups();
    assertNotBegun(await standingsOf(world, await recognised(world)));
    await moveAll(world);
    await process(world.target, 'few', TOPICS, 9);
    await world.source.append([record(PAPERS, 'late', '')]);
    const again = await recognised(world);
    const found = await standingsOf(world, again);
    expect(() => assertNotBegun(found)).toThrow(/^few began to work on Kafka/);
  });
});

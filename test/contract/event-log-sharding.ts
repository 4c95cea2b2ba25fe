import { describe, expect, test } from 'vitest';
import { partitionsOfShard, shardLimit } from '../../kernel/partitions.ts';
import type { Consumer, Shard } from '../../kernel/ports/log.ts';
import { codeOf, next, record, type Subject, take, textOf } from './event-log-kit.ts';

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);

export function shardingContract(subject: Subject): void {
  /** Two topics that hold records `0`, `1`, … of many keys. */
  const filled = async (count: number): Promise<string[]> => {
    const topics = [await subject.topic(3), await subject.topic(2)];
    await subject.log.append(numbers(count).map((value, i) => record(topics[i % 2]!, `key-${value}`, value)));
    return topics;
  };

  describe('shards of a group', () => {
    test('each partition is in exactly one shard, and each shard continues after its own offsets', async () => {
      const [topics, group] = [await filled(60), subject.group()];
      const ends = await subject.log.endOffsets(topics);
      const all: string[] = [];
      for (const index of [0, 1, 2]) {
        const shard: Shard = { index, of: 3 };
        const expected = new Set(
          partitionsOfShard(shard, ends).map(({ topic, partition }) => `${topic}/${partition}`),
        );
        const count = partitionsOfShard(shard, ends).length;
        expect(count).toBeGreaterThan(0);
        const consumer = await subject.log.consumer(group, topics, shard);
        const polled = await pollAll(consumer, partitionsOfShard(shard, ends));
        expect(new Set(polled.map(({ topic, partition }) => `${topic}/${partition}`))).toEqual(expected);
        all.push(...polled.map(textOf));
        await consumer.commit(next(...polled), []);
        await consumer.close();
      }
      expect(all.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(60));
      expect(await subject.log.committed(group, topics)).toEqual(await subject.log.endOffsets(topics));
    });

    test('a new consumer of a shard fences the former one, and no other', async () => {
      const [topics, group] = [await filled(20), subject.group()];
      const [first, second] = [
        { index: 0, of: 2 },
        { index: 1, of: 2 },
      ];
      const zombie = await subject.log.consumer(group, topics, first);
      const other = await subject.log.consumer(group, topics, second);
      const successor = await subject.log.consumer(group, topics, first);
      const polled = await take(other, 1);
      expect(await codeOf(zombie.commit([], [record(topics[0]!, 'key', 'from a zombie')]))).toBe(
        'CONSUMER_FENCED',
      );
      await other.commit(next(...polled), []);
      await successor.commit([], [record(topics[0]!, 'key', 'from its successor')]);
      await Promise.all([zombie, other, successor].map((consumer) => consumer.close()));
    });

    test('a single process is assigned all shards, no more than there are partitions', async () => {
      const [topics, group] = [await filled(0), subject.group()];
      const leaving = new AbortController();
      const partitions = await subject.log.endOffsets(topics);
      for await (const shards of subject.log.assignments(group, topics, 100, leaving.signal)) {
        const [{ of }] = shards as [Shard];
        expect(shards.map(({ index }) => index)).toEqual([...Array(of).keys()]);
        expect(of).toBeLessThanOrEqual(shardLimit(partitions));
        expect(shards.flatMap((shard) => partitionsOfShard(shard, partitions))).toHaveLength(
          partitions.length,
        );
        leaving.abort();
      }
      expect(leaving.signal.aborted).toBe(true);
    });
  });

  describe('following without a group', () => {
    test('starts at the given positions, and returns the positions before which all is processed', async () => {
      const topic = await subject.topic();
      await subject.log.append(numbers(3).map((value) => record(topic, 'key', value)));
      const [end] = await subject.log.endOffsets([topic]);
      const follower = subject.log.follow([end!]);
      const { signal } = new AbortController();
      expect(follower.positions()).toEqual([end]);
      await subject.log.append([record(topic, 'key', 'new')]);
      expect((await follower.poll(10, signal)).map(textOf)).toEqual(['new']);
      expect(follower.positions(), 'polled records count as processed at the next poll').toEqual([end]);
      const waiting = follower.poll(10, signal);
      expect(follower.positions()).toEqual(await subject.log.endOffsets([topic]));
      await follower.close();
      expect(await waiting).toEqual([]);
    });

    test('of no partitions waits until it is aborted', async () => {
      const follower = subject.log.follow([]);
      const stop = new AbortController();
      const waiting = follower.poll(1, stop.signal);
      await subject.log.append([record(await subject.topic(), 'key')]); // others append meanwhile
      stop.abort();
      expect(await waiting).toEqual([]);
      expect(follower.positions()).toEqual([]);
      await follower.close();
    });
  });
}

/** All records up to the end offsets. */
async function pollAll(consumer: Consumer, ends: readonly { offset: number }[]) {
  const isEmpty = ends.every(({ offset }) => offset === 0);
  const records = [];
  for (let left = isEmpty ? 0 : 1; left > 0; ) {
    records.push(...(await take(consumer, 1, 100)));
    const pending = consumer.poll(0, AbortSignal.abort()); // counts polled records as processed
    await pending;
    const positions = consumer.positions();
    left = ends.filter(({ offset }, i) => offset > positions[i]!.offset).length;
  }
  return records;
}

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

  describe('sharing a group', () => {
    test('the shards have all partitions, each in one of them, and each goes on after its own offsets', async () => {
      const [topics, group] = [await filled(60), subject.group()];
      const ends = await subject.log.endOffsets(topics);
      const all: string[] = [];
      for (const index of [0, 1, 2]) {
        const shard: Shard = { index, of: 3 };
        const mine = new Set(
          partitionsOfShard(shard, ends).map(({ topic, partition }) => `${topic}/${partition}`),
        );
        const count = partitionsOfShard(shard, ends).length;
        expect(count).toBeGreaterThan(0);
        const consumer = await subject.log.consumer(group, topics, shard);
        const polled = await pollAll(consumer, partitionsOfShard(shard, ends));
        expect(new Set(polled.map(({ topic, partition }) => `${topic}/${partition}`))).toEqual(mine);
        all.push(...polled.map(textOf));
        await consumer.commit(next(...polled), []);
        await consumer.close();
      }
      expect(all.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(60));
      expect(await subject.log.committed(group, topics)).toEqual(await subject.log.endOffsets(topics));
    });

    test('who takes a shard fences who had it, and nobody else', async () => {
      const [topics, group] = [await filled(20), subject.group()];
      const [first, second] = [
        { index: 0, of: 2 },
        { index: 1, of: 2 },
      ];
      const zombie = await subject.log.consumer(group, topics, first);
      const other = await subject.log.consumer(group, topics, second);
      const heir = await subject.log.consumer(group, topics, first);
      const polled = await take(other, 1);
      expect(await codeOf(zombie.commit([], [record(topics[0]!, 'key', 'from a zombie')]))).toBe(
        'CONSUMER_FENCED',
      );
      await other.commit(next(...polled), []);
      await heir.commit([], [record(topics[0]!, 'key', 'from its heir')]);
      await Promise.all([zombie, other, heir].map((consumer) => consumer.close()));
    });

    test('one process alone has the whole, in shards that are no more than the partitions', async () => {
      const [topics, group] = [await filled(0), subject.group()];
      const left = new AbortController();
      const partitions = await subject.log.endOffsets(topics);
      for await (const shards of subject.log.assignments(group, topics, 100, left.signal)) {
        const [{ of }] = shards as [Shard];
        expect(shards.map(({ index }) => index)).toEqual([...Array(of).keys()]);
        expect(of).toBeLessThanOrEqual(shardLimit(partitions));
        expect(shards.flatMap((shard) => partitionsOfShard(shard, partitions))).toHaveLength(
          partitions.length,
        );
        left.abort();
      }
      expect(left.signal.aborted).toBe(true);
    });
  });

  describe('following outside of a group', () => {
    test('goes on from where it is told to, and tells how far it has come', async () => {
      const topic = await subject.topic();
      await subject.log.append(numbers(3).map((value) => record(topic, 'key', value)));
      const [end] = await subject.log.endOffsets([topic]);
      const follower = subject.log.follow([end!]);
      const { signal } = new AbortController();
      expect(follower.positions()).toEqual([end]);
      await subject.log.append([record(topic, 'key', 'new')]);
      expect((await follower.poll(10, signal)).map(textOf)).toEqual(['new']);
      expect(follower.positions(), 'what was polled is not done before the next poll').toEqual([end]);
      const waiting = follower.poll(10, signal);
      expect(follower.positions()).toEqual(await subject.log.endOffsets([topic]));
      await follower.close();
      expect(await waiting).toEqual([]);
    });

    test('of nothing waits until it is told to stop', async () => {
      const follower = subject.log.follow([]);
      const stop = new AbortController();
      const waiting = follower.poll(1, stop.signal);
      await subject.log.append([record(await subject.topic(), 'key')]); // others go on meanwhile
      stop.abort();
      expect(await waiting).toEqual([]);
      expect(follower.positions()).toEqual([]);
      await follower.close();
    });
  });
}

/** Everything up to the ends of a consumer's partitions. */
async function pollAll(consumer: Consumer, ends: readonly { offset: number }[]) {
  const isEmpty = ends.every(({ offset }) => offset === 0);
  const records = [];
  for (let left = isEmpty ? 0 : 1; left > 0; ) {
    records.push(...(await take(consumer, 1, 100)));
    const pending = consumer.poll(0, AbortSignal.abort()); // counts what was polled as done
    await pending;
    const positions = consumer.positions();
    left = ends.filter(({ offset }, i) => offset > positions[i]!.offset).length;
  }
  return records;
}

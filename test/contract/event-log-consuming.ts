import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { codeOf, next, readAll, record, type Subject, take, textOf, unique } from './event-log-kit.ts';

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);

export function consumingContract(subject: Subject): void {
  /** A topic that holds records `0`, `1`, … of one key. */
  const filled = async (count: number): Promise<string> => {
    const topic = await subject.topic();
    await subject.log.append(numbers(count).map((value) => record(topic, 'key', value)));
    return topic;
  };

  describe('consuming', () => {
    test('a new group starts at offset 0, and each poll continues after the last', async () => {
      const [topic, group] = [await filled(10), subject.group()];
      expect(await subject.log.committed(group, [topic])).toEqual([{ topic, partition: 0, offset: 0 }]);
      const consumer = await subject.log.consumer(group, [topic]);
      expect((await take(consumer, 10, 3)).map(textOf)).toEqual(numbers(10));
      await consumer.close();
    });

    test('the next consumer continues after the committed offsets, not after the polled ones', async () => {
      const [topic, group] = [await filled(10), subject.group()];
      const first = await subject.log.consumer(group, [topic]);
      const polled = await take(first, 6, 6);
      await first.commit(next(polled[3]!), []);
      expect(await subject.log.committed(group, [topic])).toEqual(next(polled[3]!));
      await first.close();
      const second = await subject.log.consumer(group, [topic]);
      expect((await take(second, 6)).map(textOf)).toEqual(numbers(10).slice(4));
      await second.close();
    });

    test('commits survive, with their outputs', async () => {
      const [topic, output, group] = [await filled(5), await subject.topic(), subject.group()];
      const consumer = await subject.log.consumer(group, [topic]);
      const polled = await take(consumer, 5);
      await consumer.commit(next(polled[2]!), [record(output, 'key', 'result')]);
      await subject.reopen();
      expect(await subject.log.committed(group, [topic])).toEqual(next(polled[2]!));
      expect((await readAll(subject.log, output)).map(textOf)).toEqual(['result']);
    });

    test('outputs and offsets are committed atomically: when one is refused, neither is written', async () => {
      const [topic, output, group] = [await filled(3), await subject.topic(), subject.group()];
      const consumer = await subject.log.consumer(group, [topic]);
      const polled = await take(consumer, 3);
      const outputs = [record(output, 'key', 'result'), record(unique('no-topic'), 'key', 'lost')];
      expect(await codeOf(consumer.commit(next(polled[2]!), outputs))).toBe('LOG_TOPIC_UNKNOWN');
      expect(await readAll(subject.log, output)).toEqual([]);
      expect(await subject.log.committed(group, [topic])).toEqual([{ topic, partition: 0, offset: 0 }]);
      await consumer.commit(next(polled[2]!), outputs.slice(0, 1));
      expect((await readAll(subject.log, output)).map(textOf)).toEqual(['result']);
      await consumer.close();
    });

    test('a replaced consumer is fenced: it commits nothing', async () => {
      const [topic, output, group] = [await filled(4), await subject.topic(), subject.group()];
      const zombie = await subject.log.consumer(group, [topic]);
      const polled = await take(zombie, 4);
      const successor = await subject.log.consumer(group, [topic]);
      const again = await take(successor, 4);
      expect(again).toEqual(polled);
      expect(await codeOf(zombie.commit(next(polled[3]!), [record(output, 'key', 'zombie')]))).toBe(
        'CONSUMER_FENCED',
      );
      await successor.commit(next(again[1]!), [record(output, 'key', 'successor')]);
      expect(await codeOf(zombie.commit(next(polled[3]!), [record(output, 'key', 'zombie')]))).toBe(
        'CONSUMER_FENCED',
      );
      expect((await readAll(subject.log, output)).map(textOf)).toEqual(['successor']);
      expect(await subject.log.committed(group, [topic])).toEqual(next(again[1]!));
      await Promise.all([zombie.close(), successor.close()]);
    });

    test('two groups are independent', async () => {
      const [topic, one, two] = [await filled(5), subject.group(), subject.group()];
      const first = await subject.log.consumer(one, [topic]);
      const second = await subject.log.consumer(two, [topic]);
      const polled = await take(first, 5);
      await first.commit(next(polled[4]!), []);
      expect((await take(second, 5)).map(textOf)).toEqual(numbers(5));
      expect(await subject.log.committed(two, [topic])).toEqual([{ topic, partition: 0, offset: 0 }]);
      await Promise.all([first.close(), second.close()]);
    });

    test('several topics and partitions are read completely, each partition in order', async () => {
      const [a, b, group] = [await subject.topic(3), await subject.topic(2), subject.group()];
      for (let i = 0; i < 60; i += 4) {
        await subject.log.append(
          [0, 1, 2, 3].map((j) => record((i + j) % 3 ? a : b, `key-${(i + j) % 11}`, `${i + j}`)),
        );
      }
      const consumer = await subject.log.consumer(group, [a, b]);
      const polled = await take(consumer, 60, 7);
      expect(polled.map(textOf).toSorted((x, y) => Number(x) - Number(y))).toEqual(numbers(60));
      const byPartition = Map.groupBy(polled, ({ topic, partition }) => `${topic}/${partition}`);
      for (const records of byPartition.values()) {
        expect(records.map(({ offset }) => offset)).toEqual(
          records.map(({ offset }) => offset).toSorted((x, y) => x - y),
        );
      }
      await consumer.commit(next(...polled), []);
      expect(await subject.log.committed(group, [a, b])).toEqual(await subject.log.endOffsets([a, b]));
      await consumer.close();
    });

    test('a cause is never polled after its effect, however long the backlog', async () => {
      const [causes, effects] = [await subject.topic(), await subject.topic()];
      const large = Buffer.alloc(20_000);
      for (let i = 0; i < 10; i++)
        await subject.log.append(Array.from({ length: 20 }, () => record(causes, 'key', large)));
      await subject.log.append([record(effects, 'key')]);
      const consumer = await subject.log.consumer(subject.group(), [causes, effects]);
      const { signal } = new AbortController();
      let seen = 0;
      for (let hasEffect = false; !hasEffect; ) {
        const polled = await consumer.poll(1_000, signal);
        hasEffect = polled.some(({ topic }) => topic === effects);
        seen += polled.length;
      }
      expect(seen).toBe(201);
      await consumer.close();
    });

    test('a group may append to a topic that it consumes', async () => {
      const [topic, group] = [await filled(1), subject.group()];
      const consumer = await subject.log.consumer(group, [topic]);
      for (const round of [0, 1, 2]) {
        const [polled] = await take(consumer, 1);
        expect(textOf(polled!)).toBe(`${round}`);
        await consumer.commit(next(polled!), [record(topic, 'key', `${round + 1}`)]);
      }
      await consumer.close();
    });
  });

  describe('waiting for records', () => {
    test('a poll waits for the next append', async () => {
      const topic = await subject.topic(2);
      const consumer = await subject.log.consumer(subject.group(), [topic]);
      const polled = take(consumer, 1);
      await sleep(30); // so that the poll is waiting
      await subject.log.append([record(topic, 'key', 'at last')]);
      expect((await polled).map(textOf)).toEqual(['at last']);
      await consumer.close();
    });

    test('an aborted poll returns no records, and the next one continues', async () => {
      const topic = await subject.topic();
      const consumer = await subject.log.consumer(subject.group(), [topic]);
      const abort = new AbortController();
      const waiting = consumer.poll(10, abort.signal);
      abort.abort();
      expect(await waiting).toEqual([]);
      expect(await consumer.poll(10, abort.signal)).toEqual([]);
      await subject.log.append([record(topic, 'key', 'later')]);
      expect((await take(consumer, 1)).map(textOf)).toEqual(['later']);
      await consumer.close();
    });

    test('many polls with one signal leak no listener', async () => {
      const topic = await subject.topic();
      const consumer = await subject.log.consumer(subject.group(), [topic]);
      const { signal } = new AbortController();
      for (const value of numbers(20)) {
        const waiting = consumer.poll(1, signal);
        await subject.log.append([record(topic, 'key', value)]);
        expect((await waiting).map(textOf)).toEqual([value]);
      }
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      await consumer.close();
    });

    test('closing a consumer or the log ends its polls', async () => {
      const topic = await subject.topic();
      const { signal } = new AbortController();
      const one = await subject.log.consumer(subject.group(), [topic]);
      const two = await subject.log.consumer(subject.group(), [topic]);
      const polls = [one.poll(1, signal), two.poll(1, signal)];
      await one.close();
      expect(await polls[0]).toEqual([]);
      await subject.reopen();
      expect(await polls[1]).toEqual([]);
    });
  });
}

import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { partitionOf } from '../../infra/log/partition.ts';
import type { LogRecord } from '../../kernel/ports/log.ts';
import {
  codeOf,
  content,
  positionOf,
  readAll,
  record,
  type Subject,
  textOf,
  unique,
} from './event-log-kit.ts';

export function appendingContract(subject: Subject): void {
  describe('appending and reading', () => {
    const ODD: readonly [what: string, key: string, value: Uint8Array, headers: Record<string, string>][] = [
      ['an empty value', 'key', new Uint8Array(0), { ce_id: '1' }],
      ['no headers', 'key', Buffer.from('value'), {}],
      ['every byte', 'key', Uint8Array.from({ length: 256 }, (_, byte) => byte), {}],
      [
        'a key and headers beyond ASCII',
        'clé-日本-🙂',
        Buffer.from('x'),
        { 'en-tête': 'déjà vu 🙂', empty: '' },
      ],
      [
        'many long headers',
        'key',
        Buffer.from('x'),
        Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`h${i}`, 'v'.repeat(300)])),
      ],
      ['a value of 1 MB', 'key', randomBytes(1_000_000), { ce_type: 'Large' }],
    ];

    test.each(ODD)('keeps %s byte for byte', async (_, key, value, headers) => {
      const topic = await subject.topic(3);
      const appended = { topic, key, value, headers };
      const [position] = await subject.log.append([appended]);
      const [stored] = await subject.log.read(position!, 1);
      expect(content(stored!)).toEqual(content(appended));
      expect(positionOf(stored!)).toEqual(position);
    });

    test('a record is at the position that append returned, in the partition that Kafka would choose', async () => {
      const topic = await subject.topic(4);
      const records = Array.from({ length: 40 }, (_, i) => record(topic, `key-${i}`, `${i}`));
      const positions = await subject.log.append(records);
      expect(positions.map(({ partition }) => partition)).toEqual(
        records.map(({ key }) => partitionOf(Buffer.from(key), 4)),
      );
      for (const [i, position] of positions.entries()) {
        const [stored] = await subject.log.read(position, 1);
        expect(textOf(stored!)).toBe(`${i}`);
      }
    });

    test('offsets start at 0 and grow, in each partition', async () => {
      const topic = await subject.topic(3);
      for (let i = 0; i < 30; i++) await subject.log.append([record(topic, `key-${i % 7}`, `${i}`)]);
      const offsets = Map.groupBy(await readAll(subject.log, topic), ({ partition }) => partition);
      expect(offsets.size).toBe(3);
      for (const records of offsets.values()) {
        expect(records[0]!.offset).toBe(0);
        for (const [i, { offset }] of records.entries())
          expect(offset).toBeGreaterThan(records[i - 1]?.offset ?? -1);
      }
    });

    test('records of one key stay in the order of appending', async () => {
      const topic = await subject.topic(4);
      const order = new Map<string, string[]>();
      for (let round = 0; round < 10; round++) {
        const records = Array.from({ length: 20 }, (_, i) => record(topic, `key-${i % 6}`, `${round}.${i}`));
        for (const appended of records)
          order.set(appended.key, [...(order.get(appended.key) ?? []), textOf(appended)]);
        await subject.log.append(records);
      }
      const stored = Map.groupBy(await readAll(subject.log, topic), ({ key }) => key);
      for (const [key, values] of order) expect(stored.get(key)?.map(textOf)).toEqual(values);
    });

    test('concurrent appends of many callers are in the log once, in the order of each caller', async () => {
      const topic = await subject.topic(3);
      const caller = async (id: number) => {
        for (let i = 0; i < 5; i++)
          await subject.log.append([
            record(topic, `${id}`, `${id}.${2 * i}`),
            record(topic, `${id}`, `${id}.${2 * i + 1}`),
          ]);
      };
      await Promise.all(Array.from({ length: 100 }, (_, id) => caller(id)));
      const stored = Map.groupBy(await readAll(subject.log, topic), ({ key }) => key);
      expect(stored.size).toBe(100);
      for (const [id, records] of stored)
        expect(records.map(textOf)).toEqual(Array.from({ length: 10 }, (_, i) => `${id}.${i}`));
    });

    test('appends all records or none, and an invalid append fails its caller only', async () => {
      const [good, other] = [await subject.topic(), await subject.topic(2)];
      const before = await subject.log.endOffsets([good, other]);
      const refused = [record(good, 'a', '1'), record(other, 'b', '2'), record(unique('no-topic'), 'c', '3')];
      const [code, taken] = await Promise.all([
        codeOf(subject.log.append(refused)),
        subject.log.append([record(good, 'a', 'taken')]),
      ]);
      expect(code).toBe('LOG_TOPIC_UNKNOWN');
      expect((await readAll(subject.log, good)).map(textOf)).toEqual(['taken']);
      expect(await readAll(subject.log, other)).toEqual([]);
      expect(taken).toHaveLength(1);
      expect(before.every(({ offset }) => offset === 0)).toBe(true);
    });

    test('an empty append returns no positions', async () => {
      expect(await subject.log.append([])).toEqual([]);
    });

    test('the next record gets the end offset of its partition', async () => {
      const topic = await subject.topic(3);
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
        const ends = await subject.log.endOffsets([topic]);
        const [position] = await subject.log.append([record(topic, key)]);
        expect(ends).toContainEqual(position);
      }
      expect((await subject.log.endOffsets([topic])).map(({ partition }) => partition)).toEqual([0, 1, 2]);
    });

    test('reads from any offset up to the limit, and no records at the end offset', async () => {
      const topic = await subject.topic();
      const positions = await subject.log.append(
        Array.from({ length: 10 }, (_, i) => record(topic, 'key', `${i}`)),
      );
      const read = async (from: number, limit: number) =>
        (await subject.log.read({ topic, partition: 0, offset: positions[from]!.offset }, limit)).map(textOf);
      expect(await read(0, 3)).toEqual(['0', '1', '2']);
      expect(await read(4, 2)).toEqual(['4', '5']);
      expect(await read(8, 100)).toEqual(['8', '9']);
      const [end] = await subject.log.endOffsets([topic]);
      expect(await subject.log.read(end!, 100)).toEqual([]);
    });

    test('large reads are split into pages without a gap', async () => {
      const topic = await subject.topic();
      const values = Array.from({ length: 40 }, () => randomBytes(750_000));
      for (const value of values) await subject.log.append([record(topic, 'key', value)]);
      const stored = await readAll(subject.log, topic);
      expect(stored.map(({ value }) => Buffer.compare(value, values.shift()!))).toEqual(
        new Array(40).fill(0),
      );
    });

    test('timestamps are the time of appending and never decrease', async () => {
      const topic = await subject.topic(1);
      const start = Date.now();
      for (let i = 0; i < 20; i++) await subject.log.append([record(topic, `${i}`)]);
      const times = (await readAll(subject.log, topic)).map(({ timestamp }) => timestamp);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times[0]).toBeGreaterThanOrEqual(start - 1_000);
      expect(times.at(-1)).toBeLessThanOrEqual(Date.now() + 1_000);
    });

    test('topics are created once and keep their partitions', async () => {
      const topic = await subject.topic(3);
      const twin = { name: unique('topic'), partitions: 2 };
      await subject.log.ensureTopics([{ name: topic, partitions: 3 }, twin, twin]);
      expect(await subject.log.topics()).toEqual(
        expect.arrayContaining([{ name: topic, partitions: 3 }, twin]),
      );
      expect(await codeOf(subject.log.ensureTopics([{ name: topic, partitions: 4 }]))).toBe('CONFIG_INVALID');
      expect(await subject.log.endOffsets([topic])).toHaveLength(3);
    });

    test.each(['', 'with space', 'a/b', 'é', 'x'.repeat(250)])(
      '%j is not a valid topic name',
      async (name) => {
        const good = await subject.topic();
        const [code] = await Promise.all([
          codeOf(subject.log.ensureTopics([{ name, partitions: 1 }])),
          subject.log.append([record(good, 'key')]), // another caller
        ]);
        expect(code).toBe('CONFIG_INVALID');
      },
    );

    test('an unknown topic or partition is LOG_TOPIC_UNKNOWN', async () => {
      const topic = await subject.topic(2);
      const nowhere = unique('no-topic');
      expect(await codeOf(subject.log.read({ topic: nowhere, partition: 0, offset: 0 }, 1))).toBe(
        'LOG_TOPIC_UNKNOWN',
      );
      expect(await codeOf(subject.log.read({ topic, partition: 2, offset: 0 }, 1))).toBe('LOG_TOPIC_UNKNOWN');
      expect(await codeOf(subject.log.endOffsets([nowhere]))).toBe('LOG_TOPIC_UNKNOWN');
      expect(await codeOf(subject.log.committed(subject.group(), [nowhere]))).toBe('LOG_TOPIC_UNKNOWN');
      expect(await codeOf(subject.log.consumer(subject.group(), [nowhere]))).toBe('LOG_TOPIC_UNKNOWN');
    });

    test('a reopened log has all records, and continues at the end offsets', async () => {
      const topic = await subject.topic(2);
      const first: LogRecord[] = Array.from({ length: 20 }, (_, i) => record(topic, `key-${i}`, `${i}`));
      await subject.log.append(first);
      const before = {
        records: await readAll(subject.log, topic),
        ends: await subject.log.endOffsets([topic]),
      };
      await subject.reopen();
      expect(await readAll(subject.log, topic)).toEqual(before.records);
      expect(await subject.log.endOffsets([topic])).toEqual(before.ends);
      const [position] = await subject.log.append([record(topic, 'key-0', 'more')]);
      expect(before.ends).toContainEqual(position);
    });

    test('closing waits for appends under way and for queued ones', async () => {
      const topic = await subject.topic();
      const append = (i: number) => subject.log.append([record(topic, 'key', `${i}`)]);
      const appends = [append(0)];
      await setImmediate(); // the first is under way
      appends.push(...Array.from({ length: 20 }, (_, i) => append(i + 1)));
      await subject.reopen();
      expect((await Promise.all(appends)).flat()).toHaveLength(21);
      const values = (await readAll(subject.log, topic)).map(textOf);
      expect(values).toEqual(Array.from({ length: 21 }, (_, i) => `${i}`));
    });
  });
}

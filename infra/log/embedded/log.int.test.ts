import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readAll, record, take, textOf } from '../../../test/contract/event-log-kit.ts';
import type { Acknowledged } from '../../../test/faults/log-child.ts';
import { startChild } from '../../../test/harness/child.ts';
import { temporaryFolder } from '../../../test/harness/folder.ts';
import { type EmbeddedLog, openEmbeddedLog } from './log.ts';

const CHILD = new URL('../../../test/faults/log-child.ts', import.meta.url);

/**
 * Lowers the number of the last commit in LMDB's lock file, as LMDB does when a process opens a log while another one
 * commits. In another process, since this one would lose its locks with the descriptor.
 */
const LOWER_LAST_COMMIT = `
  const { openSync, readSync, writeSync } = require('node:fs');
  const file = openSync(process.argv[1], 'r+');
  const number = Buffer.alloc(8);
  readSync(file, number, 0, 8, 8);
  number.writeBigUInt64LE(number.readBigUInt64LE() - BigInt(process.argv[2]));
  writeSync(file, number, 0, 8, 8);
`;

/** A log with the topics `input` (3 partitions) and `output` (2), in a folder of its own. */
async function withLog(body: (log: EmbeddedLog, path: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder('log');
  const log = await openEmbeddedLog({ path: folder.path });
  await log.ensureTopics([
    { name: 'input', partitions: 3 },
    { name: 'output', partitions: 2 },
  ]);
  await body(log, folder.path);
  await log.close();
}

describe('beyond the contract, the embedded log', () => {
  test('leaves no gap in the offsets of a partition when appends are refused', () =>
    withLog(async (log) => {
      for (let i = 0; i < 30; i++) {
        await log.append([record('input', `${i}`), record('input', `${i + 1}`)]);
        await log.append([record('input', `${i}`), record('nowhere', '')]).catch(() => {});
      }
      const byPartition = Map.groupBy(await readAll(log, 'input'), ({ partition }) => partition);
      expect(byPartition.size).toBe(3);
      for (const records of byPartition.values()) {
        expect(records.map(({ offset }) => offset)).toEqual(records.map((_, i) => i));
      }
    }));

  test('lists the groups with committed offsets, and the topics of these', () =>
    withLog(async (log) => {
      expect(await log.groups()).toEqual(new Map());
      for (const [group, topic] of [
        ['b', 'input'],
        ['a', 'output'],
        ['b', 'output'],
      ] as const) {
        const consumer = await log.consumer(group, ['input', 'output']);
        await consumer.commit([{ topic, partition: 1, offset: 0 }], []);
      }
      await log.consumer('idle', ['input']);
      const groups = { a: ['output'], b: ['input', 'output'] };
      expect(Object.fromEntries(await log.groups())).toEqual(groups);
    }));

  test('is polled in the order of appending, across partitions and topics', () =>
    withLog(async (log) => {
      const consumer = await log.consumer('group', ['input', 'output']);
      const order: string[] = [];
      const polled: string[] = [];
      for (let round = 0; round < 40; round++) {
        for (let i = 0; i < 9; i++) {
          order.push(`${order.length}`);
          await log.append([record(i % 4 ? 'input' : 'output', `key-${(round * i) % 13}`, order.at(-1))]);
        }
        polled.push(...(await take(consumer, 5, 5)).map(textOf)); // falls behind more and more
      }
      polled.push(...(await take(consumer, order.length - polled.length, 50)).map(textOf));
      expect(polled).toEqual(order);
    }));

  test('reads a backlog in pages: large records among small ones, all in order', () =>
    withLog(async (log) => {
      const sizes = Array.from({ length: 600 }, (_, i) => (i % 97 === 0 ? 300_000 : i % 7));
      await log.append(sizes.map((size, i) => record('input', `key-${i % 5}`, `${i}`.padEnd(size, '.'))));
      const consumer = await log.consumer('group', ['input']);
      const polled = await take(consumer, sizes.length, 250);
      expect(polled.map((found) => Number.parseInt(textOf(found), 10))).toEqual(sizes.map((_, i) => i));
    }));

  test('looks up records by type and correlation id as a scan finds them', () =>
    withLog(async (log) => {
      const id = (n: number) => `00000000-0000-7000-8000-00000000000${n}`;
      const headers = (i: number) => ({
        ce_type: `T${i % 3}`,
        ce_correlationid: i % 7 === 0 ? 'no id' : id(i % 5),
      });
      const records = Array.from({ length: 200 }, (_, i) => ({
        ...record(i % 2 === 0 ? 'input' : 'output', `key-${i}`),
        headers: i === 100 ? {} : headers(i),
      }));
      for (let i = 0; i < records.length; i += 50) await log.append(records.slice(i, i + 50));
      for (const end of await log.endOffsets(['input', 'output'])) {
        const read = await log.read({ ...end, offset: 0 }, 1_000);
        for (const [header, value] of [
          ...['T0', 'T1', 'T2', 'T', ''].map((type) => ['ce_type', type] as const),
          ...['no id', id(0), id(4), id(9)].map((correlation) => ['ce_correlationid', correlation] as const),
        ]) {
          const scanned = read
            .filter((one) => (one.headers[header] ?? '') === value)
            .map(({ offset }) => offset);
          expect(await log.lookUp(end, header, value, 1_000)).toEqual(scanned.toReversed());
          const before = { ...end, offset: 9 };
          const few = scanned.filter((offset) => offset < 9).toReversed();
          expect(await log.lookUp(before, header, value, 2)).toEqual(few.slice(0, 2));
        }
      }
    }));

  test('grows far beyond its initial memory map', () =>
    withLog(async (log) => {
      const value = Buffer.alloc(400_000, 'x');
      for (let i = 0; i < 20; i++)
        await log.append(Array.from({ length: 10 }, (_, j) => record('input', `${j}`, value)));
      const ends = await log.endOffsets(['input']);
      expect(ends.reduce((sum, { offset }) => sum + offset, 0)).toBe(200);
      for (const { partition, offset } of ends.filter((end) => end.offset > 0)) {
        const [last] = await log.read({ topic: 'input', partition, offset: offset - 1 }, 1);
        expect(last?.value.length).toBe(value.length);
      }
    }));

  test('reads no more than 16 MB and a record at once, whatever the limit', () =>
    withLog(async (log) => {
      const value = Buffer.alloc(1 << 20);
      for (let i = 0; i < 5; i++)
        await log.append(Array.from({ length: 8 }, () => record('input', 'key', value)));
      const [end] = (await log.endOffsets(['input'])).filter(({ offset }) => offset > 0);
      const consumer = await log.consumer('group', ['input']);
      const read = await log.read({ ...end!, offset: 0 }, 1_000);
      const polled = await consumer.poll(1_000, new AbortController().signal);
      for (const records of [read, polled]) {
        expect(records.length).toBeGreaterThan(1);
        expect(records.length).toBeLessThanOrEqual(17);
      }
    }));

  test('can be opened twice in a process, and is closed with its last reference', () =>
    withLog(async (log, path) => {
      const appends: Promise<unknown>[] = [];
      for (let i = 0; i < 50; i++) {
        appends.push(log.append([record('input', 'first', `${i}`)]));
        await turn(); // a transaction is under way
        const again = await openEmbeddedLog({ path });
        appends.push(again.append([record('input', 'again', `${i}`)]).then(() => again.close()));
      }
      await Promise.all(appends);
      const stored = Map.groupBy(await readAll(log, 'input'), ({ key }) => key);
      const values = Array.from({ length: 50 }, (_, i) => `${i}`);
      expect(stored.get('first')?.map(textOf)).toEqual(values);
      expect(
        stored
          .get('again')
          ?.map(textOf)
          .toSorted((a, b) => Number(a) - Number(b)),
      ).toEqual(values);
    }));

  test('says the end offsets as of now, whichever process appends', () =>
    withLog(async (log, path) => {
      const other = await openEmbeddedLog({ path }); // it knows no more of the first than another process
      const topics = ['input', 'output'];
      const counts = new Map<string, number>(topics.map((topic) => [topic, 0]));
      const sums = async (from: EmbeddedLog) =>
        Map.groupBy(await from.endOffsets(topics), ({ topic }) => topic)
          .entries()
          .map(([topic, ends]) => [topic, ends.reduce((sum, { offset }) => sum + offset, 0)]);
      for (let i = 0; i < 60; i++) {
        const appender = i % 3 === 0 ? other : log;
        const topic = topics[Number(i % 5 < 2)]!;
        await appender.append([record(topic, `${i}`)]);
        counts.set(topic, counts.get(topic)! + 1);
        const asked = i % 4 === 0 ? [other, log] : [log];
        for (const one of asked) expect([...(await sums(one))]).toEqual([...counts]);
        await expect(log.endOffsets(['nowhere'])).rejects.toMatchObject({ code: 'LOG_TOPIC_UNKNOWN' });
      }
      await other.close();
    }));

  test('has one order for all readers when several processes append at once', () =>
    withLog(async (log, path) => {
      const children = Array.from({ length: 3 }, () => startChild<Acknowledged>(CHILD, [path, 'append']));
      await Promise.all(children.map((child) => child.reported(200)));
      const own = await Promise.all(
        Array.from({ length: 50 }, (_, i) => log.append([record('input', 'own', `${i}`)])),
      );
      await Promise.all(children.map((child) => child.kill()));

      const stored = [...(await readAll(log, 'input')), ...(await readAll(log, 'output'))];
      const valueAt = new Map(
        stored.map((found) => [`${found.topic}/${found.partition}@${found.offset}`, textOf(found)]),
      );
      expect(valueAt.size).toBe(stored.length);
      for (const { values, positions } of children.flatMap(({ reports }) => reports)) {
        expect(positions.map((at) => valueAt.get(`${at.topic}/${at.partition}@${at.offset}`))).toEqual(
          values,
        );
      }
      for (const [i, [at]] of own.entries())
        expect(valueAt.get(`${at!.topic}/${at!.partition}@${at!.offset}`)).toBe(`${i}`);
    }));

  test.each([1, 2, 5])('loses no commit to a process that opened the log %i commits ago', (commits) =>
    withLog(async (log, path) => {
      const values = Array.from({ length: 8 }, (_, i) => `${i}`);
      for (const value of values.slice(0, 6)) await log.append([record('input', 'key', value)]);
      execFileSync(process.execPath, ['-e', LOWER_LAST_COMMIT, join(path, 'lock.mdb'), `${commits}`]);
      for (const value of values.slice(6)) await log.append([record('input', 'key', value)]);
      expect((await readAll(log, 'input')).map(textOf)).toEqual(values);
    }),
  );

  test('wakes a poll when another process appends', () =>
    withLog(async (log, path) => {
      const consumer = await log.consumer('group', ['input']);
      const child = startChild(CHILD, [path, 'appendOne']);
      await child.reported(1);
      const polled = take(consumer, 1);
      child.tell('now');
      expect((await polled).map(textOf)).toEqual(['from another process']);
      expect(await child.ended).toBe(0);
    }));
});

describe('the schema registry in the log', () => {
  const [first, second] = ['{"type":"string"}', '{"type":"int"}'];

  test('assigns one id to a text under any subject, and keeps it', async () => {
    await using folder = await temporaryFolder('registry');
    const log = await openEmbeddedLog({ path: folder.path });
    const ids = await Promise.all([
      log.registry.idOf('a', first),
      log.registry.idOf('b', first),
      log.registry.idOf('a', second),
      log.registry.idOf('a', first),
    ]);
    expect(ids).toEqual([1, 1, 2, 1]);
    await log.close();
    const again = await openEmbeddedLog({ path: folder.path });
    expect(await again.registry.idOf('a', second)).toBe(2);
    expect(await again.registry.schemaOf(1)).toBe(first);
    expect(await again.registry.list()).toEqual([
      { id: 1, schema: first, subjects: ['a', 'b'] },
      { id: 2, schema: second, subjects: ['a'] },
    ]);
    await again.close();
  });

  test('throws SCHEMA_UNKNOWN for an unknown id', () =>
    withLog(async (log) => {
      await expect(log.registry.schemaOf(99)).rejects.toMatchObject({ code: 'SCHEMA_UNKNOWN' });
    }));
});

import { describe, expect, test } from 'vitest';
import type { EmbeddedLog } from '../../infra/log/embedded/log.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Consumer, LogRecord, StoredRecord } from '../../kernel/ports/log.ts';
import { openCodec } from '../../schemas/codec.ts';
import { readAll, record } from '../../test/contract/event-log-kit.ts';
import {
  compared,
  copyAll,
  fill,
  inOrder,
  type LogPair,
  lookupIn,
  newLogs,
  PAPERS,
  RUNS,
} from '../../test/harness/migration.ts';
import { LogCopy } from './copy.ts';
import { SchemaIds, usedSchemas } from './schema-ids.ts';
import { SourceLog } from './source-log.ts';

const { signal } = new AbortController();

const metadata = ({ topic, key, headers }: LogRecord) => ({ topic, key, headers });

/** Records with decoded data; an undecodable value as hexadecimal. */
async function contentOf(log: EmbeddedLog): Promise<unknown[]> {
  const codec = await openCodec(log.registry);
  const data = (found: StoredRecord) =>
    codec.decodeData(found).catch(() => Buffer.from(found.value).toString('hex'));
  return Promise.all((await inOrder(log)).map(async (found) => [metadata(found), await data(found)]));
}

describe('a copied log', () => {
  test('equals the source, event for event, in order, in the partitions of the keys', async () => {
    const logs = await newLogs();
    await fill(logs.source);
    const copy = await copyAll(logs);
    expect(copy.isComplete).toBe(true);
    expect(await contentOf(logs.target)).toEqual(await contentOf(logs.source));
    const runs = (await readAll(logs.target, RUNS)).map(({ partition }) => partition);
    expect(new Set(runs).size).toBeGreaterThan(1);
    for (const { source, target } of copy.partitions()) expect(target).toBe(source);
    expect(copy.partitions().reduce((sum, { records }) => sum + records, 0)).toBe(copy.compared);
  });

  test('has an offset map with the position of each record', async () => {
    const logs = await newLogs();
    await fill(logs.source);
    const copy = await copyAll(logs);
    for (const topic of [PAPERS, RUNS, 'epochlog.predictions']) {
      const moved = await readAll(logs.target, topic);
      for (const found of await readAll(logs.source, topic)) {
        const target = copy.offsets.get(found);
        const there = moved.find(
          ({ partition, offset }) => partition === target?.partition && offset === target.offset,
        );
        expect(there && metadata(there)).toEqual(metadata(found));
      }
    }
  });

  test('is completed by another copy when the source has grown', async () => {
    const logs = await newLogs();
    await fill(logs.source);
    await copyAll(logs);
    const source = await SourceLog.of(logs.source);
    await logs.source.append([record(PAPERS, 'late', 'one more')]);
    await expect(source.assertUnchanged()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/^1 records/),
    });
    await copyAll(logs);
    expect(await contentOf(logs.target)).toEqual(await contentOf(logs.source));
  });
});

describe('an interrupted copy', () => {
  /** A writer whose commit fails at a step, before or after it takes effect. */
  function failingAt(step: number, isDone: boolean, writer: Consumer): Consumer {
    let steps = 0;
    return {
      poll: (limit, signal) => writer.poll(limit, signal),
      positions: () => writer.positions(),
      close: () => writer.close(),
      async commit(next, outputs) {
        steps += 1;
        if (steps < step || isDone) await writer.commit(next, outputs);
        if (steps === step) throw new EpochlogError('CONSUMER_FENCED', 'the network is gone');
      },
    };
  }

  test('is resumed at any step, and no record is lost or doubled', async () => {
    const logs = await newLogs();
    await fill(logs.source);
    let steps = 0;
    for (let isDone = false, isComplete = false; !isComplete; isDone = !isDone) {
      const copy = await compared(logs);
      const writer = failingAt(1 + (steps % 4), isDone, await logs.target.consumer('migration', []));
      isComplete = await copy.append(writer).then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({
            code: 'LOG_UNAVAILABLE',
            message: expect.stringContaining('run this command again'),
          });
          return false;
        },
      );
      steps += 1;
    }
    expect(steps).toBeGreaterThan(20);
    expect(await contentOf(logs.target)).toEqual(await contentOf(logs.source));
    expect((await compared(logs)).isComplete).toBe(true);
  });
});

describe('a target with other records', () => {
  const filled = async (): Promise<LogPair> => {
    const logs = await newLogs();
    await logs.source.append(['1', '2', '3'].map((key) => record(PAPERS, key, key)));
    await logs.source.append([record(RUNS, 'run', 'run')]);
    return logs;
  };
  const conflict = (words: RegExp) => ({ code: 'CONFLICT', message: expect.stringMatching(words) });

  test.each<[string, LogRecord[], RegExp]>([
    [
      'from the beginning',
      [record(PAPERS, '9', 'x')],
      /records\/0@0: .* of 9, expected is .* of 1\..*delete/,
    ],
    ['after a part', [record(PAPERS, '1', '1'), record(PAPERS, '9', 'x')], /records\/0@1/],
    ['another value', [record(PAPERS, '1', 'other')], /records\/0@0: .* another value/],
    [
      'in another topic, while earlier records are missing',
      [record(RUNS, 'run', 'run')],
      /runs\/\d@0: .* records before it are missing/,
    ],
  ])('is refused: %s', async (_, there, words) => {
    const logs = await filled();
    await logs.target.append(there);
    await expect(compared(logs)).rejects.toMatchObject(conflict(words));
  });

  test('is accepted when they follow the whole log: services run there', async () => {
    const logs = await filled();
    await copyAll(logs);
    await logs.target.append([record(PAPERS, '9', 'new')]);
    expect((await compared(logs)).isComplete).toBe(true);
  });

  test('is refused when they were appended meanwhile', async () => {
    const logs = await filled();
    const copy = await compared(logs);
    await logs.target.append([record(PAPERS, '9', 'x')]);
    const writer = await logs.target.consumer('migration', []);
    await expect(copy.append(writer)).rejects.toMatchObject(conflict(/records\/0@0/));
  });

  test('written with another registry is refused, and the error says so', async () => {
    const logs = await newLogs();
    await fill(logs.source);
    await copyAll(logs);
    const other = await newLogs();
    await other.target.registry.idOf('a-third-subject', '"int"');
    const ids = new Map((await other.target.registry.list()).map(({ schema, id }) => [schema, id + 1]));
    const source = await SourceLog.of(logs.source);
    const lookup = { find: async (_: string, schema: string) => ids.get(schema) };
    const found = await SchemaIds.find(await usedSchemas(source), lookup);
    const copy = await LogCopy.start({ ...logs, source, ids: found, signal, onProgress() {} });
    await expect(copy.compare()).rejects.toMatchObject(conflict(/does EPOCHLOG_REGISTRY name/));
  });
});

test('an aborted copy stops', async () => {
  const logs = await newLogs();
  for (let i = 0; i < 12; i++)
    await logs.source.append(Array.from({ length: 100 }, (_, k) => record(PAPERS, `${k}`, `${i}`)));
  const source = await SourceLog.of(logs.source);
  const stopped = new AbortController();
  const ids = await SchemaIds.find([], lookupIn(logs.target));
  const options = { source, target: logs.target, ids, signal: stopped.signal, onProgress() {} };
  const copy = await LogCopy.start(options);
  await copy.compare();
  stopped.abort(new EpochlogError('INTERRUPTED', 'enough'));
  const writer = await logs.target.consumer('migration', []);
  await expect(copy.append(writer)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(await inOrder(logs.target)).toEqual([]);
});

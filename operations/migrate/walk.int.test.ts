import { describe, expect, test } from 'vitest';
import type { EmbeddedLog } from '../../infra/log/embedded/log.ts';
import { createCodec } from '../../kernel/codec.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Consumer, LogRecord, StoredRecord } from '../../kernel/ports/log.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { readAll, record } from '../../test/contract/event-log-kit.ts';
import {
  fill,
  inOrder,
  lookupIn,
  moveAll,
  newWorld,
  PAPERS,
  RUNS,
  recognised,
  type World,
} from '../../test/harness/migration.ts';
import { SchemaIds, usedSchemas } from './schema-ids.ts';
import { Snapshot } from './source-log.ts';
import { Walk } from './walk.ts';

const { signal } = new AbortController();

const told = ({ topic, key, headers }: LogRecord) => ({ topic, key, headers });

/** What a log says, event by event, with whatever is none as it is. */
async function meaningOf(log: EmbeddedLog): Promise<unknown[]> {
  const codec = await createCodec(log.registry, loadSchemas());
  const meaning = (found: StoredRecord) =>
    codec.decodeData(found).catch(() => Buffer.from(found.value).toString('hex'));
  return Promise.all((await inOrder(log)).map(async (found) => [told(found), await meaning(found)]));
}

describe('a log that is moved', () => {
  test('says the same, event by event, in the same order, in the partitions of the keys', async () => {
    const world = await newWorld();
    await fill(world.source);
    const walk = await moveAll(world);
    expect(walk.isComplete).toBe(true);
    expect(await meaningOf(world.target)).toEqual(await meaningOf(world.source));
    const runs = (await readAll(world.target, RUNS)).map(({ partition }) => partition);
    expect(new Set(runs).size).toBeGreaterThan(1);
    for (const { source, target } of walk.partitions()) expect(target).toBe(source);
    expect(walk.partitions().reduce((sum, { records }) => sum + records, 0)).toBe(walk.compared);
  });

  test('is told where each record is', async () => {
    const world = await newWorld();
    await fill(world.source);
    const walk = await moveAll(world);
    for (const topic of [PAPERS, RUNS, 'epochlog.predictions']) {
      const moved = await readAll(world.target, topic);
      for (const found of await readAll(world.source, topic)) {
        const place = walk.places.of(found);
        const there = moved.find(
          ({ partition, offset }) => partition === place?.partition && offset === place.offset,
        );
        expect(there && told(there)).toEqual(told(found));
      }
    }
  });

  test('goes on when more has come since', async () => {
    const world = await newWorld();
    await fill(world.source);
    await moveAll(world);
    const snapshot = await Snapshot.of(world.source);
    await world.source.append([record(PAPERS, 'late', 'one more')]);
    await expect(snapshot.assertWhole()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/^1 records/),
    });
    await moveAll(world);
    expect(await meaningOf(world.target)).toEqual(await meaningOf(world.source));
  });
});

describe('a move that was interrupted', () => {
  /** A writer that fails at some step, before or after it was done: nobody is told which. */
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

  test('goes on from wherever it was, and loses and doubles nothing', async () => {
    const world = await newWorld();
    await fill(world.source);
    let steps = 0;
    for (let isDone = false, isComplete = false; !isComplete; isDone = !isDone) {
      const walk = await recognised(world);
      const writer = failingAt(1 + (steps % 4), isDone, await world.target.consumer('migration', []));
      isComplete = await walk.append(writer).then(
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
    expect(await meaningOf(world.target)).toEqual(await meaningOf(world.source));
    expect((await recognised(world)).isComplete).toBe(true);
  });
});

describe('a target that holds something else', () => {
  const filled = async (): Promise<World> => {
    const world = await newWorld();
    await world.source.append(['1', '2', '3'].map((key) => record(PAPERS, key, key)));
    await world.source.append([record(RUNS, 'run', 'run')]);
    return world;
  };
  const conflict = (words: RegExp) => ({ code: 'CONFLICT', message: expect.stringMatching(words) });

  test.each<[string, LogRecord[], RegExp]>([
    ['from the beginning', [record(PAPERS, '9', 'x')], /papers\/0@0: .* of 9 where .* of 1 belongs.*delete/],
    ['after a part', [record(PAPERS, '1', '1'), record(PAPERS, '9', 'x')], /papers\/0@1/],
    ['another value', [record(PAPERS, '1', 'other')], /papers\/0@0: .* another value/],
    [
      'in another topic, while records are missing',
      [record(RUNS, 'run', 'run')],
      /runs\/\d@0: .* behind others/,
    ],
  ])('is refused: %s', async (_, there, words) => {
    const world = await filled();
    await world.target.append(there);
    await expect(recognised(world)).rejects.toMatchObject(conflict(words));
  });

  test('is taken as it is when it follows the whole log: life goes on there', async () => {
    const world = await filled();
    await moveAll(world);
    await world.target.append([record(PAPERS, '9', 'new')]);
    expect((await recognised(world)).isComplete).toBe(true);
  });

  test('that comes in between is noticed', async () => {
    const world = await filled();
    const walk = await recognised(world);
    await world.target.append([record(PAPERS, '9', 'x')]);
    const writer = await world.target.consumer('migration', []);
    await expect(walk.append(writer)).rejects.toMatchObject(conflict(/papers\/0@0/));
  });

  test('written with another registry is told as that', async () => {
    const world = await newWorld();
    await fill(world.source);
    await moveAll(world);
    const other = await newWorld();
    await other.target.registry.idOf('a-third-subject', '"int"');
    const ids = new Map((await other.target.registry.list()).map(({ schema, id }) => [schema, id + 1]));
    const snapshot = await Snapshot.of(world.source);
    const lookup = { find: async (_: string, schema: string) => ids.get(schema) };
    const found = await SchemaIds.find(await usedSchemas(snapshot), lookup);
    const walk = await Walk.begin({ ...world, snapshot, ids: found, signal, onProgress() {} });
    await expect(walk.recognise()).rejects.toMatchObject(conflict(/is EPOCHLOG_REGISTRY the registry/));
  });
});

test('an interrupted walk stops', async () => {
  const world = await newWorld();
  for (let i = 0; i < 12; i++)
    await world.source.append(Array.from({ length: 100 }, (_, k) => record(PAPERS, `${k}`, `${i}`)));
  const snapshot = await Snapshot.of(world.source);
  const stopped = new AbortController();
  const ids = await SchemaIds.find([], lookupIn(world.target));
  const options = { snapshot, target: world.target, ids, signal: stopped.signal, onProgress() {} };
  const walk = await Walk.begin(options);
  await walk.recognise();
  stopped.abort(new EpochlogError('INTERRUPTED', 'enough'));
  const writer = await world.target.consumer('migration', []);
  await expect(walk.append(writer)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(await inOrder(world.target)).toEqual([]);
});

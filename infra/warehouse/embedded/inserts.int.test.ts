import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { EpochlogError } from '../../../kernel/errors.ts';
import { NO_LOGGER } from '../../../kernel/logger.ts';
import { openClickHouse } from '../open.ts';
import { temporaryFolder } from '../testing/temporary.ts';
import { startEngine } from './start.ts';

const REMEMBERS = 'SETTINGS non_replicated_deduplication_window = 1000';

test('an insert of several blocks needs little memory, and through kills each row is once in table and view', async () => {
  await using folder = await temporaryFolder();
  const engine = await startEngine(folder.path, NO_LOGGER, { memoryBytes: 256 * 2 ** 20 });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => engine.stop());
  const warehouse = await openClickHouse(engine, 'epochlog_test');
  stack.defer(() => warehouse.close());
  await warehouse.command(
    `CREATE TABLE t (id UInt64, text String) ENGINE = MergeTree ORDER BY id ${REMEMBERS}`,
  );
  await warehouse.command(
    `CREATE TABLE kinds (kind UInt8, n UInt64) ENGINE = SummingMergeTree ORDER BY kind ${REMEMBERS}`,
  );
  await warehouse.command(
    'CREATE MATERIALIZED VIEW v TO kinds AS SELECT id % 5 AS kind, count() AS n FROM t GROUP BY kind',
  );
  const rows = Array.from({ length: 5000 }, (_, id) => ({ id, text: 'a long text '.repeat(800) }));
  for (let kills = 0, isDone = false; !isDone; kills++) {
    await untilThere();
    const inserted = warehouse.insert('t', rows, 'the batch').then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof EpochlogError && error.retriable)) throw error;
        return false;
      },
    );
    if (kills < 4) {
      await Promise.race([inserted, delay(150 + kills * 200)]); // in each of the blocks
      process.kill(engine.pid!, 'SIGKILL');
    }
    isDone = await inserted;
  }
  await untilThere();
  const all = { n: rows.length, ids: rows.length };
  expect(await warehouse.query('SELECT count() AS n, uniqExact(id) AS ids FROM t')).toEqual([all]);
  expect(await warehouse.query('SELECT sum(n) AS n FROM kinds')).toEqual([{ n: rows.length }]);

  async function untilThere(): Promise<void> {
    while (
      !(await warehouse.ping().then(
        () => true,
        () => false,
      ))
    )
      await delay(20);
  }
});

test('a block whose token is written and whose part is not is inserted when it is repeated; one that was merged is not', async () => {
  await using folder = await temporaryFolder();
  const insertAll = async (blocks: number) => {
    const engine = await startEngine(folder.path, NO_LOGGER, { memoryBytes: 256 * 2 ** 20 });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => engine.stop());
    const warehouse = await openClickHouse(engine, 'epochlog_test');
    stack.defer(() => warehouse.close());
    await warehouse.command(
      `CREATE TABLE IF NOT EXISTS t (id UInt64) ENGINE = MergeTree ORDER BY id ${REMEMBERS}`,
    );
    for (let id = 0; id < blocks; id++) await warehouse.insert('t', [{ id }], `block ${id}`);
    const [{ ids } = { ids: [] }] = await warehouse.query<{ ids: number[] }>(
      'SELECT arraySort(groupArray(toUInt32(id))) AS ids FROM t',
    );
    await warehouse.command('OPTIMIZE TABLE t FINAL');
    return ids;
  };
  expect(await insertAll(3)).toEqual([0, 1, 2]);
  expect(await insertAll(5)).toEqual([0, 1, 2, 3, 4]); // the first three are one part by now
  const store = join(folder.path, 'data', 'store');
  const blocksOf = (name: string) => /\/all_\d+_(\d+)_\d+$/.exec(name)?.[1];
  const parts = (await readdir(store, { recursive: true })).filter(blocksOf);
  const newest = String(Math.max(...parts.map((name) => Number(blocksOf(name)))));
  const withNewest = parts.filter((name) => blocksOf(name) === newest);
  expect(withNewest.length).toBeGreaterThan(1); // the block, and what it was merged into
  for (const name of withNewest) await rename(join(store, name), join(store, `${name}.away`));
  expect(await insertAll(5)).toEqual([0, 1, 2, 3, 4]);
});

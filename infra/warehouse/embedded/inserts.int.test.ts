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

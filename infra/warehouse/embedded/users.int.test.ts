import { expect, test } from 'vitest';
import { EpochlogError } from '../../../kernel/errors.ts';
import type { QueryLimits } from '../../../kernel/ports/warehouse.ts';
import { temporaryWarehouse } from '../testing/temporary.ts';

const limits = (seconds: number): QueryLimits => ({ seconds, resultRows: 10, memoryBytes: 50_000_000 });
/** Stops at its time limit: it reads block after block. */
const LONG = 'SELECT count() FROM numbers(1e18) WHERE sipHash64(number) = 1';
/** Does not: a single block of it takes half a minute or more. */
const UNSTOPPABLE =
  "SELECT max(editDistance(repeat('ab', 32000), repeat('ba', 32000 + number))) FROM numbers(24)";

const outcomeOf = (query: Promise<unknown>): Promise<string> =>
  query.then(
    () => 'answered',
    (error: unknown) => (error instanceof EpochlogError ? error.code : String(error)),
  );

test('160 heavy user queries are bounded, and do not delay system statements', async () => {
  await using under = await temporaryWarehouse();
  const { warehouse, engine } = under;
  await warehouse.command('CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id');
  let ended = 0;
  const users = Array.from({ length: 160 }, () =>
    outcomeOf(warehouse.query(LONG, {}, limits(600))).finally(() => {
      ended += 1;
    }),
  );
  for (let id = 0; id < 5; id++) {
    await warehouse.insert('t', [{ id }], String(id));
    expect(await warehouse.query('SELECT count() AS n FROM t')).toEqual([{ n: id + 1 }]);
  }
  expect(ended).toBeLessThanOrEqual(58); // two run, a hundred wait, those beyond are refused
  const stopped = engine.stop(); // else those that wait would run on the next one
  process.kill(engine.pid!, 'SIGKILL');
  await stopped;
  expect(new Set(await Promise.all(users))).toEqual(new Set(['WAREHOUSE_UNAVAILABLE']));
});

test('a query that waits for its slot as long as its time limit is refused', async () => {
  await using under = await temporaryWarehouse();
  const { warehouse } = under;
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, () => outcomeOf(warehouse.query(LONG, {}, limits(1)))),
  );
  expect(outcomes).toContain('WAREHOUSE_QUERY'); // they ran, and were stopped
  expect(outcomes).toContain('WAREHOUSE_UNAVAILABLE');
});

test('a query that exceeds its limit without stopping is killed with the engine, and nothing is lost', async () => {
  await using under = await temporaryWarehouse();
  const { warehouse, engine } = under;
  await warehouse.command(
    'CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 1000',
  );
  const { pid } = engine;
  let isKilled = false;
  const killed = expect(warehouse.query(UNSTOPPABLE, {}, limits(0.2))).rejects.toMatchObject({
    code: 'WAREHOUSE_QUERY',
    message: expect.stringMatching(/ran on .* after its limit of 0.2 s .*TIMEOUT_EXCEEDED/),
  });
  const watched = killed.finally(() => {
    isKilled = true;
  });
  let inserted = 0;
  while (!isKilled || engine.pid === pid) {
    const row = [{ id: inserted }];
    if ((await outcomeOf(warehouse.insert('t', row, String(inserted)))) === 'answered') inserted += 1;
  }
  await watched;
  while ((await outcomeOf(warehouse.ping())) !== 'answered');
  await warehouse.insert('t', [{ id: inserted }], String(inserted));
  expect(await warehouse.query('SELECT count() AS n, uniqExact(id) AS ids FROM t')).toEqual([
    { n: inserted + 1, ids: inserted + 1 },
  ]);
});

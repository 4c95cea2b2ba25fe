import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueryLimits, Warehouse } from '../../kernel/ports/warehouse.ts';
import { seededRandom } from '../../ml/random.ts';
import { sketchOf, sketchQuantile } from '../../ml/statistics/latency-sketch.ts';
import { insertingContract } from './warehouse-inserting.ts';
import { count, type Subject, tableWithView } from './warehouse-kit.ts';

/** A warehouse under test, in which nobody else works. */
export interface OpenedWarehouse {
  warehouse: Warehouse;
  close(): PromiseLike<void>;
}

const LIMITS: QueryLimits = { seconds: 60, resultRows: 100, memoryBytes: 50_000_000 };

/** What every warehouse has to keep, wherever ClickHouse runs. */
export function warehouseContract(name: string, open: () => Promise<OpenedWarehouse>): void {
  describe(`${name} is a warehouse`, () => {
    let opened: OpenedWarehouse;
    let warehouse: Warehouse;
    beforeAll(async () => {
      opened = await open();
      warehouse = await opened.warehouse.scratch('epochlog_contract');
    });
    afterAll(async () => {
      await warehouse.close();
      await opened.close();
    });

    const subject: Subject = {
      get warehouse() {
        return warehouse;
      },
    };
    insertingContract(subject);

    describe('a query', () => {
      test('binds its parameters: no value is ever SQL', async () => {
        const awkward = `it's \\ a "value"\t\n\r\0 {x:String} ; DROP TABLE t -- 日本 🙂`;
        const [row] = await warehouse.query(
          'SELECT {a:String} AS a, {b:Array(String)} AS b, {c:Int64} AS c, {d:Nullable(String)} AS d, {e:Float64} AS e',
          { a: awkward, b: [awkward, ''], c: -5, d: null, e: 0.1 },
        );
        expect(row).toEqual({ a: awkward, b: [awkward, ''], c: -5, d: null, e: 0.1 });
      });

      test('binds a text longer than a header may commonly be', async () => {
        const text = 'epoch '.repeat(20_000);
        expect(await warehouse.query('SELECT length({text:String}) AS n', { text })).toEqual([
          { n: 120_000 },
        ]);
      });

      test('many at once each get their own parameters', async () => {
        const answers = await Promise.all(
          Array.from({ length: 60 }, (_, i) =>
            warehouse.query<{ i: number }>('SELECT {i:UInt32} AS i', { i }),
          ),
        );
        expect(answers.map(([row]) => row?.i)).toEqual(Array.from({ length: 60 }, (_, i) => i));
      });

      test('gives dates as ISO 8601 in UTC and 64-bit integers as numbers', async () => {
        const [row] = await warehouse.query(
          'SELECT toDateTime64(1700000000.123, 3) AS at, toUInt64(9007199254740991) AS n, toDate(toDateTime(1700000000)) AS day',
        );
        expect(row).toEqual({
          at: '2023-11-14T22:13:20.123Z',
          n: Number.MAX_SAFE_INTEGER,
          day: '2023-11-14',
        });
      });

      test('that is wrong is not retriable and names the error of ClickHouse', async () => {
        await expect(warehouse.query('SELECT nope')).rejects.toMatchObject({
          code: 'WAREHOUSE_QUERY',
          retriable: false,
          message: expect.stringContaining('UNKNOWN_IDENTIFIER'),
        });
        await expect(warehouse.query('SELECT {missing:String}')).rejects.toMatchObject({
          code: 'WAREHOUSE_QUERY',
        });
        await expect(warehouse.command('\u001f no SQL')).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' });
        await expect(warehouse.query('SELECT * FROM nowhere')).rejects.toMatchObject({
          message: expect.stringContaining('UNKNOWN_TABLE'),
        });
      });

      test('of a user reads, within bounds, and does nothing else', async () => {
        await tableWithView(subject, 'limited');
        expect(await warehouse.query('SELECT 1 AS one FROM numbers(3)', {}, LIMITS)).toHaveLength(3);
        for (const sql of [
          "INSERT INTO limited VALUES (1, 'x')",
          'DROP TABLE limited',
          'SELECT number FROM numbers(1000)',
          'SELECT groupArray(number) FROM numbers(1e8)',
        ]) {
          await expect(warehouse.query(sql, {}, LIMITS)).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' });
        }
        const endless = 'SELECT count() FROM numbers(1e15) WHERE sleepEachRow(0.001) = 1';
        await expect(warehouse.query(endless, {}, { ...LIMITS, seconds: 2 })).rejects.toMatchObject({
          code: 'WAREHOUSE_QUERY',
        });
        expect(await count(subject, 'limited')).toBe(0);
      });
    });

    test('sketches latencies as TypeScript does, to the bit: buckets, merged sketches, quantiles', async () => {
      const random = seededRandom(6);
      const edges = [0, 5e-324, 0.1, 1, 1.0078125, 2 - Number.EPSILON, 2, 1e308];
      const latencies = [...edges, ...Array.from({ length: 2000 }, () => Math.exp(20 * random() - 8))];
      const quantiles = [0, 0.01, 0.5, 0.95, 0.99, 1];
      const rows = await warehouse.query(
        `WITH
           parts AS ( -- as a rollup keeps them
             SELECT number % 3 AS part,
                    bitShiftRight(reinterpretAsUInt64({latencies:Array(Float64)}[number + 1]), 45) AS bucket,
                    count() AS n
             FROM numbers(length({latencies:Array(Float64)}))
             GROUP BY part, bucket
           ),
           (SELECT arraySort(groupArray((bucket, n)))
            FROM (SELECT bucket, sum(n) AS n FROM parts GROUP BY bucket)) AS whole,
           arrayCumSum(whole.2) AS upTo
         SELECT
           whole.1 AS buckets,
           whole.2 AS counts,
           arrayMap(q -> toUInt64(greatest(ceil(q * upTo[-1]), 1)), {quantiles:Array(Float64)}) AS ranks,
           arrayMap(rank -> arrayFirstIndex(n -> n >= rank, upTo), ranks) AS places,
           arrayMap(at -> reinterpretAsFloat64(bitShiftLeft(buckets[at], 45)), places) AS lows,
           arrayMap(at -> reinterpretAsFloat64(bitShiftLeft(buckets[at] + 1, 45)), places) AS highs,
           arrayMap((low, high, rank, at) -> low + (high - low) * (rank - (upTo[at] - counts[at]) - 0.5) / counts[at],
                    lows, highs, ranks, places) AS values`,
        { latencies, quantiles },
      );
      const sketch = sketchOf(latencies);
      expect(rows).toMatchObject([{ ...sketch, values: quantiles.map((q) => sketchQuantile(sketch, q)) }]);
    });

    describe('a scratch database', () => {
      const databases = (begin: string) =>
        warehouse.query<{ name: string }>(
          'SELECT name FROM system.databases WHERE startsWith(name, {begin:String})',
          { begin },
        );

      test('is empty, its own, and gone when closed', async () => {
        await tableWithView(subject, 'kept');
        await warehouse.insert('kept', [{ id: 1, text: 'here' }], 'kept');
        const scratch = await warehouse.scratch('epochlog_scratch');
        await scratch.command('CREATE TABLE kept (id UInt64) ENGINE = MergeTree ORDER BY id');
        await scratch.insert('kept', [{ id: 1 }, { id: 2 }], 'kept');
        expect(await scratch.query('SELECT count() AS n FROM kept')).toEqual([{ n: 2 }]);
        expect(await count(subject, 'kept')).toBe(1);
        expect(await databases('epochlog_scratch')).toEqual([{ name: scratch.database }]);
        await scratch.close();
        await warehouse.ping();
        expect(await databases('epochlog_scratch')).toEqual([]);
      });

      test('of the same name at the same time is another one', async () => {
        const both = await Promise.all([1, 2].map(() => warehouse.scratch('epochlog_twice')));
        await Promise.all(
          both.map((scratch) => scratch.command('CREATE TABLE t (x Int8) ENGINE = MergeTree ORDER BY x')),
        );
        await both[0]!.close();
        await both[1]!.insert('t', [{ x: 1 }], 'one');
        expect(await both[1]!.query('SELECT x FROM t')).toEqual([{ x: 1 }]);
        await both[1]!.close();
      });

      test('that was left behind is dropped a day later, one in use is not', async () => {
        const hoursAgo = (hours: number) => `epochlog_left_${Date.now() - hours * 3_600_000}_0a1b2c3d`;
        const [old, recent] = [hoursAgo(25), hoursAgo(23)];
        for (const name of [old, recent]) await warehouse.command(`CREATE DATABASE ${name} ENGINE = Atomic`);
        const scratch = await warehouse.scratch('epochlog_left');
        expect((await databases('epochlog_left')).map(({ name }) => name).sort()).toEqual(
          [recent, scratch.database].sort(),
        );
        await scratch.close();
        await warehouse.command(`DROP DATABASE ${recent} SYNC`);
      });

      test('of another name is refused', async () => {
        await expect(warehouse.scratch('other; DROP TABLE kept')).rejects.toMatchObject({
          code: 'CONFIG_INVALID',
        });
      });
    });
  });
}

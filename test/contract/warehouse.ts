import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueryLimits, Warehouse } from '../../kernel/ports/warehouse.ts';
import { RowWriter } from '../../kernel/rows/row-writer.ts';
import { seededRandom } from '../../ml/random.ts';
import { sketchOf, sketchQuantile } from '../../ml/statistics/latency-sketch.ts';

/** A warehouse under test, in which nobody else works. */
export interface OpenedWarehouse {
  warehouse: Warehouse;
  close(): PromiseLike<void>;
}

const LIMITS: QueryLimits = { seconds: 2, resultRows: 100, memoryBytes: 50_000_000 };

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

    /** A table `name`, its materialized view, and the view's target `name_counts`: all remember 1000 inserts. */
    async function tableWithView(name: string): Promise<void> {
      const remembers = 'SETTINGS non_replicated_deduplication_window = 1000';
      await warehouse.command(
        `CREATE TABLE ${name} (id UInt64, text String) ENGINE = MergeTree ORDER BY id ${remembers}`,
      );
      await warehouse.command(
        `CREATE TABLE ${name}_counts (text String, n UInt64) ENGINE = SummingMergeTree ORDER BY text ${remembers}`,
      );
      await warehouse.command(
        `CREATE MATERIALIZED VIEW ${name}_view TO ${name}_counts AS SELECT text, count() AS n FROM ${name} GROUP BY text`,
      );
    }

    const count = async (table: string, what = 'count()'): Promise<number> =>
      (await warehouse.query<{ n: number }>(`SELECT ${what} AS n FROM ${table}`))[0]!.n;

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
        await tableWithView('limited');
        expect(await warehouse.query('SELECT 1 AS one FROM numbers(3)', {}, LIMITS)).toHaveLength(3);
        for (const sql of [
          "INSERT INTO limited VALUES (1, 'x')",
          'DROP TABLE limited',
          'SELECT number FROM numbers(1000)',
          'SELECT count() FROM numbers(1e15) WHERE sleepEachRow(0.001) = 1',
          'SELECT groupArray(number) FROM numbers(1e8)',
        ]) {
          await expect(warehouse.query(sql, {}, LIMITS)).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' });
        }
        expect(await count('limited')).toBe(0);
      });
    });

    describe('an insert', () => {
      test('takes dates as ISO 8601 and as milliseconds', async () => {
        await warehouse.command(
          "CREATE TABLE times (at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY at",
        );
        await warehouse.insert(
          'times',
          [{ at: '2023-11-14T22:13:20.123Z' }, { at: 1_700_000_000_124 }],
          'times',
        );
        expect(await warehouse.query('SELECT at FROM times ORDER BY at')).toEqual([
          { at: '2023-11-14T22:13:20.123Z' },
          { at: '2023-11-14T22:13:20.124Z' },
        ]);
      });

      test('holds data, even where it reads like the end of the data and a statement', async () => {
        await tableWithView('payload');
        const text = "x\n\nDROP TABLE payload;\n\n'); DROP TABLE payload; --";
        await warehouse.insert('payload', [{ id: 1, text }], 'payload');
        expect(await warehouse.query('SELECT text FROM payload')).toEqual([{ text }]);
      });

      test('with a token that was seen changes nothing, in the view neither', async () => {
        await tableWithView('retried');
        const rows = Array.from({ length: 1000 }, (_, id) => ({ id, text: `text ${id % 10}` }));
        for (let attempt = 0; attempt < 3; attempt++) await warehouse.insert('retried', rows, 'batch');
        expect(await count('retried')).toBe(1000);
        expect(await count('retried_counts', 'sum(n)')).toBe(1000);
      });

      test('into more partitions than ClickHouse allows by itself, again with its token, changes nothing', async () => {
        const columns = '(id UInt64, n UInt64) ENGINE';
        const by = 'PARTITION BY id % 101 ORDER BY id SETTINGS non_replicated_deduplication_window = 10000';
        await warehouse.command(`CREATE TABLE split ${columns} = MergeTree ${by}`);
        await warehouse.command(`CREATE TABLE split_sums ${columns} = SummingMergeTree(n) ${by}`);
        await warehouse.command(
          'CREATE MATERIALIZED VIEW split_view TO split_sums AS SELECT id, n FROM split',
        );
        const rows = Array.from({ length: 101 }, (_, id) => ({ id, n: 1 }));
        for (let attempt = 0; attempt < 2; attempt++) await warehouse.insert('split', rows, 'batch');
        expect([await count('split'), await count('split_sums', 'sum(n)')]).toEqual([101, 101]);
      });

      test('with a token that was seen changes nothing, whatever its rows: the first of many at once wins', async () => {
        const remembers = 'SETTINGS non_replicated_deduplication_window = 1000';
        await warehouse.command(`CREATE TABLE raced (id UInt64) ENGINE = MergeTree ORDER BY id ${remembers}`);
        const insert = (id: number) => warehouse.insert('raced', [{ id }], 'the one', { inSequence: true });
        await Promise.all(Array.from({ length: 12 }, (_, id) => insert(id)));
        const winners = await warehouse.query('SELECT id FROM raced');
        expect(winners).toHaveLength(1);
        await insert(99);
        expect(await warehouse.query('SELECT id FROM raced')).toEqual(winners);
      });

      test('of equal rows with another token counts: a token does not stay behind', async () => {
        await tableWithView('repeated');
        const rows = [{ id: 1, text: 'same' }];
        await warehouse.insert('repeated', rows, 'first');
        await warehouse.insert('repeated', rows, 'second');
        await warehouse.command("INSERT INTO repeated VALUES (1, 'same')");
        expect(await count('repeated')).toBe(3);
        expect(await count('repeated_counts', 'sum(n)')).toBe(3);
      });

      test('is all or nothing', async () => {
        await tableWithView('atomic');
        const rows = Array.from({ length: 5000 }, (_, id) => ({ id, text: 'ok' }));
        await expect(
          warehouse.insert('atomic', [...rows, { id: 'no number', text: '' }], 'bad'),
        ).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' });
        expect(await count('atomic')).toBe(0);
        await warehouse.insert('atomic', rows, 'good');
        expect(await count('atomic')).toBe(5000);
        const parts =
          "SELECT count() AS parts FROM system.parts WHERE database = currentDatabase() AND table = 'atomic' AND active";
        expect(await warehouse.query(parts)).toEqual([{ parts: 1 }]);
      });

      test('of rows that the caller has encoded is the same', async () => {
        await tableWithView('binary');
        const writer = new RowWriter();
        for (const [id, text] of [
          [1, 'a\n\nb'],
          [2, ''],
        ] as const) {
          writer.string(text);
          writer.int64(id);
          writer.endRow();
        }
        const rows = writer.rows();
        for (let attempt = 0; attempt < 2; attempt++)
          await warehouse.insertBinary('binary', ['text', 'id'], rows, 'binary');
        expect(await warehouse.query('SELECT id, text FROM binary ORDER BY id')).toEqual([
          { id: 1, text: 'a\n\nb' },
          { id: 2, text: '' },
        ]);
        expect(await count('binary_counts', 'sum(n)')).toBe(2);
      });

      test('of no rows does nothing', async () => {
        await tableWithView('nothing');
        await warehouse.insert('nothing', [], 'empty');
        expect(await count('nothing')).toBe(0);
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
        await tableWithView('kept');
        await warehouse.insert('kept', [{ id: 1, text: 'here' }], 'kept');
        const scratch = await warehouse.scratch('epochlog_scratch');
        await scratch.command('CREATE TABLE kept (id UInt64) ENGINE = MergeTree ORDER BY id');
        await scratch.insert('kept', [{ id: 1 }, { id: 2 }], 'kept');
        expect(await scratch.query('SELECT count() AS n FROM kept')).toEqual([{ n: 2 }]);
        expect(await count('kept')).toBe(1);
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

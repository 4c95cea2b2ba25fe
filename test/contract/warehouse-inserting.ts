import { describe, expect, test } from 'vitest';
import { RowWriter } from '../../kernel/rows/row-writer.ts';
import { count, type Subject, tableWithView } from './warehouse-kit.ts';

/** Inserts: of the warehouse contract. */
export function insertingContract(subject: Subject): void {
  describe('an insert', () => {
    test('takes dates as ISO 8601 and as milliseconds', async () => {
      await subject.warehouse.command(
        "CREATE TABLE times (at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY at",
      );
      await subject.warehouse.insert(
        'times',
        [{ at: '2023-11-14T22:13:20.123Z' }, { at: 1_700_000_000_124 }],
        'times',
      );
      expect(await subject.warehouse.query('SELECT at FROM times ORDER BY at')).toEqual([
        { at: '2023-11-14T22:13:20.123Z' },
        { at: '2023-11-14T22:13:20.124Z' },
      ]);
    });

    test('holds data, even where it reads like the end of the data and a statement', async () => {
      await tableWithView(subject, 'payload');
      const text = "x\n\nDROP TABLE payload;\n\n'); DROP TABLE payload; --";
      await subject.warehouse.insert('payload', [{ id: 1, text }], 'payload');
      expect(await subject.warehouse.query('SELECT text FROM payload')).toEqual([{ text }]);
    });

    test('with a token that was seen changes nothing, in the view neither', async () => {
      await tableWithView(subject, 'retried');
      const rows = Array.from({ length: 1000 }, (_, id) => ({ id, text: `text ${id % 10}` }));
      for (let attempt = 0; attempt < 3; attempt++) await subject.warehouse.insert('retried', rows, 'batch');
      expect(await count(subject, 'retried')).toBe(1000);
      expect(await count(subject, 'retried_counts', 'sum(n)')).toBe(1000);
    });

    test('into more partitions than ClickHouse allows by itself, again with its token, changes nothing', async () => {
      const columns = '(id UInt64, n UInt64) ENGINE';
      const by = 'PARTITION BY id % 101 ORDER BY id SETTINGS non_replicated_deduplication_window = 10000';
      await subject.warehouse.command(`CREATE TABLE split ${columns} = MergeTree ${by}`);
      await subject.warehouse.command(`CREATE TABLE split_sums ${columns} = SummingMergeTree(n) ${by}`);
      await subject.warehouse.command(
        'CREATE MATERIALIZED VIEW split_view TO split_sums AS SELECT id, n FROM split',
      );
      const rows = Array.from({ length: 101 }, (_, id) => ({ id, n: 1 }));
      for (let attempt = 0; attempt < 2; attempt++) await subject.warehouse.insert('split', rows, 'batch');
      expect([await count(subject, 'split'), await count(subject, 'split_sums', 'sum(n)')]).toEqual([
        101, 101,
      ]);
    });

    test('with a token that was seen changes nothing, whatever its rows: the first of many at once wins', async () => {
      const remembers = 'SETTINGS non_replicated_deduplication_window = 1000';
      await subject.warehouse.command(
        `CREATE TABLE raced (id UInt64) ENGINE = MergeTree ORDER BY id ${remembers}`,
      );
      const insert = (id: number) =>
        subject.warehouse.insert('raced', [{ id }], 'the one', { inSequence: true });
      await Promise.all(Array.from({ length: 12 }, (_, id) => insert(id)));
      const winners = await subject.warehouse.query('SELECT id FROM raced');
      expect(winners).toHaveLength(1);
      await insert(99);
      expect(await subject.warehouse.query('SELECT id FROM raced')).toEqual(winners);
    });

    test('of equal rows with another token counts: a token does not stay behind', async () => {
      await tableWithView(subject, 'repeated');
      const rows = [{ id: 1, text: 'same' }];
      await subject.warehouse.insert('repeated', rows, 'first');
      await subject.warehouse.insert('repeated', rows, 'second');
      await subject.warehouse.command("INSERT INTO repeated VALUES (1, 'same')");
      expect(await count(subject, 'repeated')).toBe(3);
      expect(await count(subject, 'repeated_counts', 'sum(n)')).toBe(3);
    });

    test('is all or nothing', async () => {
      await tableWithView(subject, 'atomic');
      const rows = Array.from({ length: 5000 }, (_, id) => ({ id, text: 'ok' }));
      await expect(
        subject.warehouse.insert('atomic', [...rows, { id: 'no number', text: '' }], 'bad'),
      ).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' });
      expect(await count(subject, 'atomic')).toBe(0);
      await subject.warehouse.insert('atomic', rows, 'good');
      expect(await count(subject, 'atomic')).toBe(5000);
      const parts =
        "SELECT count() AS parts FROM system.parts WHERE database = currentDatabase() AND table = 'atomic' AND active";
      expect(await subject.warehouse.query(parts)).toEqual([{ parts: 1 }]);
    });

    test('of rows that the caller has encoded is the same', async () => {
      await tableWithView(subject, 'binary');
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
        await subject.warehouse.insertBinary('binary', ['text', 'id'], rows, 'binary');
      expect(await subject.warehouse.query('SELECT id, text FROM binary ORDER BY id')).toEqual([
        { id: 1, text: 'a\n\nb' },
        { id: 2, text: '' },
      ]);
      expect(await count(subject, 'binary_counts', 'sum(n)')).toBe(2);
    });

    test('of no rows does nothing', async () => {
      await tableWithView(subject, 'nothing');
      await subject.warehouse.insert('nothing', [], 'empty');
      expect(await count(subject, 'nothing')).toBe(0);
    });
  });
}

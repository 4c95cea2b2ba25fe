import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { declaredTask } from './declared/declared.ts';
import { readRow, readRows } from './rows.ts';
import { withComputed } from './with-computed.ts';

const MEAN = 'price_mean_last_2_by_shop';
const WHAT = 'mean of price over the last 2 records of the same shop before this one';
const task = declaredTask(
  'shops.yaml',
  `{ task: shops, kind: tabular, id: id, target: { column: label, classes: [cheap, dear] },
     columns: { shop: category, price: number } }`,
);
const learnt = withComputed(task, [[MEAN, WHAT]]);

const textFile = (name: string, ...lines: readonly string[]) => ({
  name,
  bytes: new TextEncoder().encode(lines.join('\n')),
});
const csv = (...rows: readonly string[]) => textFile('s.csv', `id,shop,price,label,${MEAN}`, ...rows);
const lines = (...rows: readonly object[]) =>
  textFile('s.jsonl', ...rows.map((row) => JSON.stringify({ shop: 'A', price: 1, label: 'dear', ...row })));

async function read(file: ReturnType<typeof csv>) {
  const rows = await Array.fromAsync(readRows(file, learnt));
  return rows.map((row) => {
    const { record, fault } = readRow(row, learnt);
    return record ? record.instance : fault.reason;
  });
}

test('a table has the numbers as columns, an empty cell where there is none', async () => {
  const instance = { shop: 'A', price: 1 };
  expect(await read(csv('a,A,1,dear,2.5', 'b,A,1,dear,', 'c,A,1,dear,much'))).toEqual([
    { ...instance, [MEAN]: 2.5 },
    { ...instance, [MEAN]: null },
    `${MEAN} must be a number, not "much"`,
  ]);
  const writer = new ByteWriter();
  const texts = { id: ['a', 'b'], shop: ['A', 'A'], label: ['dear', 'dear'] };
  const numbers = { price: [1, 1], [MEAN]: [2.5, null] };
  parquetWrite({
    writer,
    columnData: [
      ...Object.entries(texts).map(([name, data]) => ({ name, data, type: 'STRING' as const })),
      ...Object.entries(numbers).map(([name, data]) => ({ name, data, type: 'DOUBLE' as const })),
    ],
  });
  const parquet = { name: 's.parquet', bytes: new Uint8Array(writer.getBuffer()) };
  expect(await read(parquet)).toEqual([
    { ...instance, [MEAN]: 2.5 },
    { ...instance, [MEAN]: null },
  ]);
});

test('a table without the column is refused with what belongs into it', async () => {
  await expect(read(textFile('s.csv', 'id,shop,price,label', 'a,A,1,dear'))).rejects.toThrow(
    `s.csv: '${MEAN}' (the ${WHAT}; empty where there is none) missing`,
  );
});

test('a line of JSON says the number, or null; without it the row is none', async () => {
  expect(await read(lines({ id: 'a', [MEAN]: 2.5 }, { id: 'b', [MEAN]: null }, { id: 'c' }))).toEqual([
    { shop: 'A', price: 1, [MEAN]: 2.5 },
    { shop: 'A', price: 1, [MEAN]: null },
    `${MEAN} is not there: give the ${WHAT}, or null where there is none`,
  ]);
});

test('what a task makes of its own columns is as it was, and the numbers stay when an instance is cleaned', () => {
  expect(withComputed(task, [])).toBe(task);
  const instance = { shop: 'A', price: 1, [MEAN]: 2.5 };
  expect(learnt.clean(instance)).toEqual(instance);
  const wrong = learnt.read({ id: 'a', shop: 'A', price: 'x', label: 'dear', [MEAN]: 1 });
  expect(wrong).toEqual(task.read({ id: 'a', shop: 'A', price: 'x', label: 'dear' }));
});

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryWarehouse } from '../../../infra/warehouse/testing/temporary.ts';
import type { QueryLimits } from '../../../kernel/ports/warehouse.ts';
import { temporaryFolder } from '../../harness/folder.ts';
import { pythonWith } from '../python.ts';

const LIMITS: QueryLimits = { seconds: 20, resultRows: 200_000, memoryBytes: 200_000_000 };

/** Columns of the types that projections have, of many groups of rows, with awkward texts. */
const TABLE = `
  SELECT
    number AS offset,
    if(number % 2 = 0, 'on time', 'it''s "late", 日本 🙂') AS label,
    toLowCardinality(toNullable(if(number % 3 = 0, NULL, 'v1.0.0'))) AS version,
    number / 3 AS confidence,
    map('a', 0.5, 'b', toFloat64(number)) AS scores,
    ['x', toString(number)] AS tags,
    toDateTime64(1700000000.123, 3, 'UTC') + number AS served_at
  FROM numbers(150000)`;

interface Told {
  types: Record<string, string>;
  rows: unknown[];
}

test('Parquet and Arrow answers are read by pyarrow, every row as it was', async () => {
  const python = await pythonWith(join(import.meta.dirname, 'requirements.txt'));
  await using folder = await temporaryFolder('sql');
  await using under = await temporaryWarehouse();
  const files = { parquet: join(folder.path, 'x.parquet'), arrow: join(folder.path, 'x.arrow') } as const;
  for (const format of ['parquet', 'arrow'] as const)
    await writeFile(files[format], await under.warehouse.answer(TABLE, format, {}, LIMITS));
  const script = join(import.meta.dirname, 'read.py');
  const { stdout } = await promisify(execFile)(python, [script, files.parquet, files.arrow], {
    maxBuffer: 1 << 28,
  });
  const told = JSON.parse(stdout) as Record<'parquet' | 'arrow', Told>;
  const row = (n: number) => ({
    offset: n,
    label: n % 2 === 0 ? 'on time' : 'it\'s "late", 日本 🙂',
    version: n % 3 === 0 ? null : 'v1.0.0',
    confidence: n / 3,
    scores: { a: 0.5, b: n },
    tags: ['x', String(n)],
    served_at: new Date(1_700_000_000_123 + 1_000 * n)
      .toISOString()
      .replace('T', ' ')
      .replace(/Z$/, '000+00:00'),
  });
  for (const { types, rows } of Object.values(told)) {
    expect(types).toMatchObject({ offset: 'uint64', label: 'string', confidence: 'double' });
    expect(types.served_at).toMatch(/^timestamp\[ms/);
    expect(rows).toHaveLength(150_000);
    for (const n of [0, 1, 99_999, 100_000, 149_999]) expect(rows[n]).toEqual(row(n));
  }
});

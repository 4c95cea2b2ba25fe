import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import type { KeptSince } from './retention.ts';

/** A digest of the rows of a table, independent of their order. */
export interface TableDigest {
  table: string;
  rows: number;
  /** 32 hexadecimal digits */
  hash: string;
}

interface Column {
  table: string;
  name: string;
  type: string;
  engine: string;
}

/** Columns with the insertion time or a random value are excluded: they differ between equal databases. */
const COLUMNS = `
  SELECT columns.table AS table, name, type, tables.engine AS engine
  FROM system.columns AS columns
  INNER JOIN (SELECT name AS table, engine FROM system.tables WHERE database = currentDatabase()) AS tables USING (table)
  WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
    AND table NOT IN ('migrations', 'migration_lock') AND NOT startsWith(table, 'projector_')
    AND default_kind NOT IN ('ALIAS', 'EPHEMERAL')
    AND name NOT IN ({without:Array(String)})
    AND NOT match(default_expression, '(?i)\\\\b(now|today|yesterday|rand|generate)\\\\w*\\\\(')
  ORDER BY table, position`;

/**
 * A digest of each projection table of the database, by name, without views and the tables `migrations`,
 * `migration_lock` and `projector_…`. Databases with the same rows have the same digests, however the rows were batched,
 * ordered or merged: the hashes of the rows are summed, which counts duplicates (an exclusive or would cancel them).
 *
 * Tables whose engine merges rows are read merged, aggregate states by their final value, and floating-point
 * numbers there in single precision, as a sum's last bits depend on its order. Sketches that depend on it by
 * more (quantileTDigest, reservoir quantiles) do not give equal digests: use quantileDD or quantileExact.
 *
 * Columns named in `without` are excluded from every table: they legitimately differ between the compared databases; so are
 * the rows of the tables in `kept` that may have expired.
 */
export async function digest(
  warehouse: Warehouse,
  without: readonly string[] = [],
  kept: readonly KeptSince[] = [],
): Promise<TableDigest[]> {
  const columns = await warehouse.query<Column>(COLUMNS, { without });
  const digests: TableDigest[] = [];
  for (const [table, of] of Map.groupBy(columns, (column) => column.table)) {
    const merges = of.some(({ engine }) => !/^(Replicated|Shared)?MergeTree$/.test(engine));
    const values = of.map((column) => (merges ? mergedValue(column) : `\`${column.name}\``));
    // no column has a name with a space
    const [row] = await warehouse.query<{ 'digest rows': number; 'digest hash': string }>(`
      SELECT
        count() AS "digest rows",
        lower(hex(sumWithOverflow(reinterpretAsUInt128(sipHash128(formatRow('RowBinary', ${values.join(', ')})))))) AS "digest hash"
      FROM \`${table}\` ${merges ? 'FINAL' : ''} ${sinceOf(kept, table)}`);
    if (row) digests.push({ table, rows: row['digest rows'], hash: row['digest hash'] });
  }
  return digests;
}

function sinceOf(kept: readonly KeptSince[], table: string): string {
  const of = kept.find((one) => one.table === table);
  return of ? `WHERE \`${of.column}\` >= fromUnixTimestamp64Milli(${of.since})` : '';
}

function mergedValue({ name, type }: Column): string {
  if (type.startsWith('AggregateFunction')) {
    const value = `finalizeAggregation(\`${name}\`)`;
    return `CAST(${value}, replaceAll(toTypeName(${value}), 'Float64', 'Float32'))`;
  }
  const plain = /^SimpleAggregateFunction\(\w+, (.*)\)$/.exec(type)?.[1] ?? type;
  return plain.includes('Float64')
    ? `CAST(\`${name}\` AS ${plain.replaceAll('Float64', 'Float32')})`
    : `\`${name}\``;
}

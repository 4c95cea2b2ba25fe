import type { Warehouse } from '../../kernel/ports/warehouse.ts';

/** What the parts of the contract ask: a database of their own, open while their tests run. */
export interface Subject {
  readonly warehouse: Warehouse;
}

/** Makes a table `name`, its materialized view, and the view's target `name_counts`: all remember 1000 inserts. */
export async function tableWithView({ warehouse }: Subject, name: string): Promise<void> {
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

export const count = async ({ warehouse }: Subject, table: string, what = 'count()'): Promise<number> =>
  (await warehouse.query<{ n: number }>(`SELECT ${what} AS n FROM ${table}`))[0]!.n;

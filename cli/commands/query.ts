import { type Command, Option } from 'commander';
import type { QueryLimits } from '../../kernel/ports/warehouse.ts';
import { action } from '../action.ts';
import { about } from '../help.ts';
import { csvLine, table } from '../output.ts';
import { withProjections } from '../session.ts';

const LIMITS: QueryLimits = { seconds: 60, resultRows: 10_000, memoryBytes: 1_000_000_000 };

type Row = Record<string, unknown>;

const cell = (value: unknown): string | number | null => {
  if (typeof value === 'number' || typeof value === 'string' || value === null) return value;
  return JSON.stringify(value);
};

/** `epochlog query SQL`: runs SQL on the projections, read-only. */
export function register(program: Command): void {
  const query = about(program.command('query'), 'look', [
    "npx epochlog query 'SHOW TABLES'",
    "npx epochlog query --csv 'SELECT version, status, reason FROM versions'",
  ])
    .argument('<sql>', "a SELECT, in ClickHouse's dialect; `SHOW TABLES` lists the tables")
    .addOption(new Option('--csv', 'answer in CSV, with a header, on standard output').conflicts('json'))
    .description('run SQL on the projections, read-only');
  action<{ csv?: boolean }>(query, async ({ csv = false }, { config, output }, sql = '') => {
    await withProjections(config, async (session) => {
      await session.quiet();
      const rows = await session.warehouse.query<Row>(sql, {}, LIMITS);
      for (const row of rows) output.result(row);
      output.line(csv ? csvOf(rows) : tableOf(rows, output.tableWidth));
    });
  });
}

function tableOf(rows: readonly Row[], width: number): string {
  const total = rows.length === 1 ? '1 row' : `${rows.length} rows`;
  const [first] = rows;
  if (!first) return total;
  const cells = rows.map((row) => Object.values(row).map(cell));
  return `${table(Object.keys(first), cells, width)}\n${total}`;
}

const csvOf = (rows: readonly Row[]): string =>
  [...rows.slice(0, 1).map(Object.keys), ...rows.map((row) => Object.values(row))].map(csvLine).join('\n');

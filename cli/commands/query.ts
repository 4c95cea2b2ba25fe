import type { Command } from 'commander';
import type { QueryLimits } from '../../kernel/ports/warehouse.ts';
import { action } from '../action.ts';
import { table } from '../output.ts';
import { withProjections } from '../session.ts';

const LIMITS: QueryLimits = { seconds: 60, resultRows: 10_000, memoryBytes: 1_000_000_000 };

const cell = (value: unknown): string | number | null => {
  if (typeof value === 'number' || typeof value === 'string' || value === null) return value;
  return JSON.stringify(value);
};

/** `epochlog query SQL`: runs SQL on the projections, read-only. */
export function register(program: Command): void {
  const query = program
    .command('query')
    .argument('<sql>', "a SELECT, in ClickHouse's dialect; `SHOW TABLES` lists the tables")
    .description('run SQL on the projections, read-only');
  action<object>(query, async (_, { config, output }, sql = '') => {
    await withProjections(config, async (session) => {
      await session.quiet();
      const rows = await session.warehouse.query<Record<string, unknown>>(sql, {}, LIMITS);
      for (const row of rows) output.result(row);
      const [first] = rows;
      if (first) {
        output.line(
          table(
            Object.keys(first),
            rows.map((row) => Object.values(row).map(cell)),
          ),
        );
      }
      output.line(rows.length === 1 ? '1 row' : `${rows.length} rows`);
    });
  });
}

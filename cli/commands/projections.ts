import type { Command } from 'commander';
import { migrate } from '../../infra/warehouse/migrate.ts';
import { action } from '../action.ts';
import { openServer, PROJECTIONS } from '../adapters/warehouse.ts';

/** `epochlog projections apply`: the tables and views of a ClickHouse server. */
export function register(program: Command): void {
  const projections = program.command('projections').description('the projections in a ClickHouse server');
  const apply = projections
    .command('apply')
    .description('apply the migrations that are missing; the projector must not run meanwhile');
  action<object>(apply, async (_, { config, output }) => {
    const warehouse = await openServer(config);
    try {
      output.progress(`applying the migrations to database ${warehouse.database}`);
      const applied = await migrate(warehouse, PROJECTIONS);
      output.result({ database: warehouse.database, applied });
      for (const file of applied) output.line(`applied ${file}`);
      output.line(`${applied.length} migrations applied; database ${warehouse.database} is up to date`);
    } finally {
      await warehouse.close();
    }
  });
}

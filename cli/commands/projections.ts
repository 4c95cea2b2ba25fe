import type { Command } from 'commander';
import { action } from '../action.ts';
import { openServer } from '../adapters/warehouse.ts';
import { applyProjections } from '../projections.ts';
import { openStore } from '../store.ts';

/** `epochlog projections apply`: the tables and views of a ClickHouse server. */
export function register(program: Command): void {
  const projections = program.command('projections').description('the projections in a ClickHouse server');
  const apply = projections
    .command('apply')
    .description('apply the migrations that are missing; projectors wait meanwhile');
  action<object>(apply, async (_, { config, output }) => {
    await using stack = new AsyncDisposableStack();
    const warehouse = await openServer(config);
    stack.defer(() => warehouse.close());
    const store = await openStore(config, 'cli');
    stack.defer(() => store.close());
    output.progress(`applying the migrations to database ${warehouse.database}`);
    const applied = await applyProjections(config, { warehouse, events: store.events });
    output.result({ database: warehouse.database, applied });
    for (const file of applied) output.line(`applied ${file}`);
    output.line(`${applied.length} migrations applied; database ${warehouse.database} is up to date`);
  });
}

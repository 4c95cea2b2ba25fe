import type { Command } from 'commander';
import { SYSTEM_CLOCK } from '../../kernel/clock.ts';
import { rebuildProjections } from '../../operations/rebuild/rebuild.ts';
import { projectedUpTo, suspendProjectors } from '../../services/projector/suspend.ts';
import { action } from '../action.ts';
import { openServer } from '../adapters/warehouse.ts';
import { about } from '../help.ts';
import { table } from '../output.ts';
import { applyProjections } from '../projections.ts';
import { withProjections } from '../session.ts';
import { openStore } from '../store.ts';

/** `epochlog projections apply` and `rebuild`: the tables and views of the warehouse. */
export function register(program: Command): void {
  const projections = about(program.command('projections'), 'cluster', [
    'npx epochlog projections apply',
    'npx epochlog projections rebuild',
  ]).description('the projections in ClickHouse');
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

  const rebuild = projections
    .command('rebuild')
    .description('rebuild every projection from the log beside the live ones, and replace those that differ');
  action<object>(rebuild, async (_, { config, output }) => {
    await withProjections(config, async (session) => {
      await session.quiet();
      // alone there is no projector elsewhere that may hold a lease
      const clock = session.alone ? { ...SYSTEM_CLOCK, sleep: async () => {} } : SYSTEM_CLOCK;
      const context = { ...session, clock };
      const tables = await rebuildProjections({
        ...session,
        projected: () => projectedUpTo(context),
        suspend: () => suspendProjectors(context),
        onStep: (step) => output.progress(step),
      });
      output.result({ tables });
      const rows = tables.map(({ table: name, rows, rebuiltRows, equal, replaced }) => [
        name,
        rows,
        rebuiltRows,
        equal ? 'equal' : replaced ? 'REPLACED' : 'no projection of the log',
      ]);
      output.line(table(['projection', 'rows', 'rebuilt', ''], rows));
      const replaced = tables.filter((compared) => compared.replaced).length;
      output.line(
        replaced === 0 ? 'every projection is as the log has it' : `${replaced} projections were replaced`,
      );
    });
  });
}

import type { Command } from 'commander';
import { identifier } from '../../kernel/texts.ts';
import { IMPACT_HEADINGS, type ImpactRow, impactCells, toldImpact } from '../../ml/report/impact.ts';
import type { Session } from '../../operations/session.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import { action } from '../action.ts';
import { checked, count } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { table } from '../output.ts';
import { withProjections } from '../session.ts';

const DAYS = 30;

/** What each promotion of a model changed, the newest first. */
export const impactsOf = async (
  session: Session,
  model: string,
  { days = DAYS, limit = 50, environment = PRODUCTION } = {},
) => {
  const asked = { model, days, limit, environment, after: [] };
  return (await session.query<ImpactRow>('quality/impact', asked)).map(toldImpact);
};

/** Adds `model impact`. */
export function addImpact(model: Command): void {
  const impact = model
    .command('impact')
    .argument('<model>', 'its name', checked('model', identifier))
    .description('what each promotion and rollback changed: quality before and after, with an interval')
    .option('--days <number>', 'on both sides of the change', count, DAYS)
    .option('--limit <number>', 'the last so many', count, 50)
    .option('--env <name>', 'environment', checked('--env', identifier), PRODUCTION);
  action<{ days: number; limit: number; env: string }>(
    impact,
    async ({ env: environment, ...options }, { config, output }, name = '') => {
      await withProjections(config, async (session) => {
        await modelNamed(session.events, name);
        await session.quiet();
        const told = await impactsOf(session, name, { ...options, environment });
        for (const one of told) output.result(one);
        if (told.length === 0) output.line(`no version of ${name} has replaced another one`);
        else output.line(table(IMPACT_HEADINGS, told.map(impactCells), output.tableWidth));
      });
    },
  );
}

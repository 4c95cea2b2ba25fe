import type { Command } from 'commander';
import { StepCache } from '../../tasks/step-cache.ts';
import { action } from '../action.ts';
import { about } from '../help.ts';
import { lasting } from '../lasting.ts';
import { day } from '../listing.ts';
import { table } from '../output.ts';

/** It only reads and removes: how much is kept is for those to say who add to it. */
const UNBOUNDED = { ttlMs: Number.POSITIVE_INFINITY, maxSteps: Number.POSITIVE_INFINITY };

/** `epochlog cache show | clear`: results of steps that stand for later ones with the same inputs. */
export function register(program: Command): void {
  const cache = about(program.command('cache'), 'data', [
    'npx epochlog cache show',
    'npx epochlog cache clear --older-than 7d',
  ]).description('results of trainings and evaluations, which are not repeated with the same inputs');
  const show = cache.command('show').description('the results that are kept, the last used first');
  action(show, async (_, { config, output }) => {
    const steps = await new StepCache(config.cache, UNBOUNDED).list();
    output.result(steps.map(({ result: _, ...step }) => step));
    if (steps.length === 0)
      return output.line('no results are kept: `epochlog train` and `evaluate` keep them');
    const rows = steps.map(({ step, id, model, seconds, at, usedAt, key }) => [
      step,
      id,
      model,
      `${seconds.toFixed(1)} s`,
      day(new Date(at).toISOString()),
      day(new Date(usedAt).toISOString()),
      key.slice(0, 12),
    ]);
    output.line(table(['step', 'of', 'model', 'took', 'ended', 'last used', 'key'], rows, output.width));
  });
  const clear = cache
    .command('clear')
    .description('remove results: the next step with the same inputs is done')
    .option(
      '--older-than <time>',
      'those of steps that ended so long ago, such as 30d or 12h',
      lasting('--older-than'),
    );
  action<{ olderThan?: number }>(clear, async ({ olderThan = 0 }, { config, output }) => {
    const removed = await new StepCache(config.cache, UNBOUNDED).clear(Date.now() - olderThan + 1);
    output.result({ removed });
    output.line(`${removed} ${removed === 1 ? 'result' : 'results'} removed`);
  });
}

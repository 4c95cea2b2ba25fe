import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier } from '../../kernel/texts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { action } from '../action.ts';
import { checked, withBy } from '../arguments.ts';
import { notFound } from '../listing.ts';
import { several, type Tag, tagName, tagOf } from '../projects/tags.ts';
import { withProjections } from '../session.ts';
import { findRun } from './compare.ts';

/** Adds `run tag RUN name=value…`. */
export function addTag(group: Command): void {
  const tag = group
    .command('tag')
    .argument('<run>', 'its id')
    .argument('[tags...]', 'name=value each; `project` names the project that it is of')
    .description('set or remove tags of a run, which `run list --tag` finds it by')
    .option('--remove <name>', 'a tag to remove; may be given several times', several(tagName));
  action<{ remove?: readonly string[]; by: string }>(
    withBy(tag),
    async ({ remove = [], by }, { config, output }, argument = '', ...given) => {
      const runId = checked('<run>', identifier)(argument);
      const tags: Tag[] = given.flat().map(tagOf);
      if (tags.length + remove.length === 0)
        throw new EpochlogError('INPUT_INVALID', 'name a tag: team=flowers, or one to remove with --remove');
      await withProjections(config, async (session) => {
        await session.quiet();
        const run = await findRun(session.query, runId);
        if ('known' in run) throw notFound('run', runId, run.known as string[]);
        const changed = { runId, tags, removedTags: [...remove], requestedBy: by };
        const [event] = await session.publisher.publish([
          run.engine === 'mlflow'
            ? newEvent('TrackedValuesLogged', { ...changed, metrics: [], params: [] })
            : newEvent('RunTagged', changed),
        ]);
        output.result(event!);
        const all = [
          ...tags.map(({ key, value }) => `${key} is ${value}`),
          ...remove.map((key) => `${key} is gone`),
        ];
        output.line(`${runId}: ${all.join(', ')}`);
      });
    },
  );
}

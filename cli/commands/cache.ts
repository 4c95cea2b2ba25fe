import type { Command } from 'commander';
import { clearEmbeddings, keptEmbeddings } from '../../tasks/kept-embeddings.ts';
import { StepCache } from '../../tasks/step-cache.ts';
import { action } from '../action.ts';
import { about } from '../help.ts';
import { lasting } from '../lasting.ts';
import { day } from '../listing.ts';
import { table } from '../output.ts';

/** It only reads and removes: how much is kept is for those to say who add to it. */
const UNBOUNDED = { ttlMs: Number.POSITIVE_INFINITY, maxSteps: Number.POSITIVE_INFINITY };

const date = (time: number): string => day(new Date(time).toISOString());
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** `epochlog cache show | clear`: results of steps that stand for later ones with the same inputs, and embeddings of texts. */
export function register(program: Command): void {
  const cache = about(program.command('cache'), 'data', [
    'npx epochlog cache show',
    'npx epochlog cache clear --older-than 7d',
  ]).description('results of steps that are not done twice, and embeddings that are not computed twice');
  const show = cache.command('show').description('what is kept, the last used first');
  action(show, async (_, { config, output }) => {
    const steps = await new StepCache(config.cache, UNBOUNDED).list();
    const embeddings = await keptEmbeddings(config.cache);
    output.result({ steps: steps.map(({ result: _, ...step }) => step), embeddings });
    const rows = steps.map(({ step, id, model, seconds, at, usedAt }) => [
      ...[step, id, model, `${seconds.toFixed(1)} s`, date(at), date(usedAt)],
    ]);
    output.line(
      rows.length === 0
        ? 'no results are kept: `epochlog train` and `evaluate` keep them'
        : table(['step', 'of', 'model', 'took', 'ended', 'last used'], rows, output.width),
    );
    if (embeddings.length === 0) return;
    const kept = embeddings.map(({ key, blocks, bytes, usedAt }) => [
      ...[key.slice(0, 12), blocks, megabytes(bytes), date(usedAt)],
    ]);
    output.line('');
    output.line(table(['embeddings by', 'files', 'size', 'last used'], kept, output.width));
  });
  const clear = cache
    .command('clear')
    .description(
      'remove what is kept: the next step with the same inputs is done, and texts are embedded again',
    )
    .option(
      '--older-than <time>',
      'results of steps that ended, and embeddings that were used so long ago, such as 30d or 12h',
      lasting('--older-than'),
    );
  action<{ olderThan?: number }>(clear, async ({ olderThan = 0 }, { config, output }) => {
    const before = Date.now() - olderThan + 1;
    const removed = await new StepCache(config.cache, UNBOUNDED).clear(before);
    const embeddingBytes = await clearEmbeddings(config.cache, before);
    output.result({ removed, embeddingBytes });
    output.line(
      `${removed} ${removed === 1 ? 'result' : 'results'} and ${megabytes(embeddingBytes)} of embeddings removed`,
    );
  });
}

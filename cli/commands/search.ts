import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier } from '../../kernel/texts.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { measure } from '../../ml/metrics/format.ts';
import { importances } from '../../ml/search/importance.ts';
import { PLOTS, plotNamed, plotPage } from '../../ml/search/plots/plots.ts';
import { completedOf } from '../../ml/search/trial.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { action, type Invocation } from '../action.ts';
import { checked, oneOf, REASON, withBy } from '../arguments.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { addList, cell, day } from '../listing.ts';
import { table } from '../output.ts';
import { writeWhole } from '../output-file.ts';
import { refusal } from '../refusal.ts';
import { adoptBest } from '../searches/adopt.ts';
import { findSearch } from '../searches/found.ts';
import { optionsOf, type RunOptions, runSearch, valuesText } from '../searches/run.ts';
import { withSession } from '../session.ts';
import { withStore } from '../store.ts';

/** `epochlog search run | list | show | stop | plot | adopt`. */
export function register(program: Command): void {
  const search = about(program.command('search'), 'training', [
    'npx epochlog search run space.yaml --by ada',
    'npx epochlog search run space.yaml --train',
    'npx epochlog search list --model account-health',
    'npx epochlog search show account-health-s1',
    'npx epochlog search plot account-health-s1 --out search.html',
    "npx epochlog search stop account-health-s1 --reason 'good enough'",
    'npx epochlog search adopt account-health-s1',
  ]).description(
    'search the hyperparameters of a model: run a search, show it, plot it, stop it, adopt its best',
  );

  const run = search
    .command('run')
    .argument('<file>', 'a search file, YAML')
    .description('try hyperparameters, trial by trial, and tell which are best on the validation split')
    .option('--id <name>', 'of the search (default: the next of its model)', checked('--id', identifier))
    .option(
      '--dataset <id>',
      'sealed dataset (default: the newest of the model)',
      checked('--dataset', identifier),
    )
    .option('--train', 'afterwards train with the best, and promote the version if it is better')
    .option(...REASON);
  action<RunOptions>(withBy(run), (options, invocation, file = '') => runSearch(options, invocation, file));

  addList(search, {
    description: 'the searches there were, the newest first',
    query: 'searches/list',
    filters: { status: ['running', 'completed'] },
    params: { after: [] },
    columns: {
      search: cell('searchId'),
      status: cell('status'),
      metric: cell('metric'),
      best: ({ metric, value }) => (typeof value === 'number' ? measure(String(metric), value) : null),
      trial: cell('best'),
      completed: cell('completed'),
      pruned: cell('pruned'),
      failed: cell('failed'),
      started: ({ startedAt }) => day(startedAt),
      ended: ({ endedAt }) => day(endedAt),
    },
  });

  const show = search
    .command('show')
    .argument('<search>', 'its id')
    .description('a search: its trials, the best first, and how much each hyperparameter matters');
  action(show, (_, invocation, id = '') => showSearch(invocation, id));

  const plot = search
    .command('plot')
    .argument('<search>', 'its id')
    .description('write a page with the plots of a search, or one of them as SVG')
    .option(
      '--kind <name>',
      `one plot: ${Object.keys(PLOTS).join(', ')}`,
      oneOf('--kind', Object.keys(PLOTS)),
    )
    .option('--out <file>', 'file to write (default: <search>.html, or <search>-<kind>.svg)');
  action<{ kind?: string; out?: string }>(plot, async ({ kind, out }, { config, output }, id = '') => {
    const { study } = await withStore(config, ({ events }) => findSearch(events, id));
    const path = out ?? (kind === undefined ? `${id}.html` : `${id}-${kind}.svg`);
    writeWhole(path, kind === undefined ? plotPage(study) : plotted(kind, study));
    output.result({ searchId: id, file: path });
    output.line(`${path} is written`);
  });

  const stop = search
    .command('stop')
    .argument('<search>', 'its id')
    .description('end a search that is running: its trials are cancelled, the best until then stays')
    .option(...REASON);
  action<{ reason: string; by: string }>(
    withBy(stop),
    async ({ reason, by: requestedBy }, { config, output }, argument = '') => {
      const searchId = checked('<search>', identifier)(argument);
      await withSession(config, async (session) => {
        await findSearch(session.events, searchId); // a misspelt one is told before it is in the log
        const request = newEvent('SearchStopRequested', { searchId, reason, requestedBy });
        const end = await requestAndFollow(session, request, { ends: ['SearchCompleted', 'SearchRefused'] });
        if (end.type === 'SearchRefused') throw new EpochlogError('CONFLICT', `refused: ${end.data.reason}`);
        output.result(end);
        output.line(`${searchId} is stopped after ${end.data.completed} completed trials`);
      });
    },
  );

  addAdopt(search);
}

function addAdopt(search: Command): void {
  const adopt = search
    .command('adopt')
    .argument('<search>', 'its id')
    .description(
      'take its best hyperparameters for the model, if they are better on the test split than those in use',
    )
    .option(...REASON);
  action<{ reason: string; by: string }>(
    withBy(adopt),
    async ({ reason, by: requestedBy }, { config, output }, argument = '') => {
      const searchId = checked('<search>', identifier)(argument);
      await withSession(config, async (session) => {
        await findSearch(session.events, searchId); // a misspelt one is told before it is in the log
        const end = await adoptBest(session, { searchId, reason, requestedBy });
        if (end.type === 'AdoptionRefused') throw refusal(end.data);
        output.result(end);
        output.line(`${searchId} is adopted: ${end.data.reason}`);
        output.line(`next: npx epochlog train --model ${end.data.model} --use-best`);
      });
    },
  );
}

function plotted(kind: string, study: Parameters<typeof plotNamed>[1]): string {
  try {
    return plotNamed(kind, study);
  } catch (error) {
    if (error instanceof InvalidInput) throw new EpochlogError('INPUT_INVALID', error.message);
    throw error;
  }
}

async function showSearch({ config, output }: Invocation, id: string): Promise<void> {
  const { started, trials, ended, study } = await withStore(config, ({ events }) => findSearch(events, id));
  const { metric, direction, space } = study;
  const weights = completedOf(trials).length < 2 ? [] : importances(space, trials, direction);
  const { model, engine, datasetId } = started.data;
  const best = ended?.data;
  output.result({ ...started.data, ended: best ?? null, trials, importance: weights });
  const state = best ? `ended: ${best.reason}` : 'running';
  output.line(
    output.paint('heading', `${id}: ${direction} ${metric} of ${engine} on ${datasetId}; ${state}`),
  );
  const sign = direction === 'minimize' ? 1 : -1;
  const ranked = trials.toSorted(
    (a, b) => sign * ((a.value ?? sign * Infinity) - (b.value ?? sign * Infinity)) || a.number - b.number,
  );
  const rows = ranked.map((trial) => [
    trial.number,
    trial.state,
    trial.value === undefined ? null : measure(metric, trial.value),
    valuesText(trial),
  ]);
  output.line(table(['trial', 'state', metric, 'hyperparameters'], rows, output.tableWidth));
  if (weights.length > 0) {
    const shares = weights.map(({ name, share }) => `${name} ${(100 * share).toFixed(0)} %`);
    output.line(`importance: ${shares.join(', ')}`);
  }
  if (best && best.best !== null) {
    output.line(`next: npx epochlog train --model ${model} ${optionsOf(best.params)}`);
  }
}

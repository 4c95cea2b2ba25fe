import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier } from '../../kernel/texts.ts';
import { type Deployments, latestReleases, readDeployments } from '../../operations/deployments.ts';
import { chainOf } from '../../operations/events/chain.ts';
import { readExperiments } from '../../operations/experiments.ts';
import { isInProduction, type ModelHistory, readModel } from '../../operations/production.ts';
import { ALL_STREAMS, type LoggedEvent } from '../../schemas/catalogue.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, pastMoment } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { describeEvent } from '../describe-event.ts';
import { describeReport } from '../describe-report.ts';
import { about } from '../help.ts';
import { withIndex } from '../log-index.ts';
import { shortMoment } from '../moment.ts';
import { columns, type Output } from '../output.ts';
import { openExistingStore } from '../store.ts';

interface Options {
  /** milliseconds since the epoch */
  at?: number;
  /** the same as the argument: other commands have it as an option */
  model?: string;
}

/** `epochlog history MODEL [--at TIME]`: the version in production at a time, what predictors served, and the causing events. */
export function register(program: Command): void {
  const history = about(program.command('history'), 'look', [
    'npx epochlog history',
    'npx epochlog history account-health --at 2025-06-01',
  ])
    .argument('[model]', MODEL_OPTION)
    .option('--model <name>', 'the same, as other commands take it', checked('--model', identifier))
    .description(
      'what was in production, when, whether it was served, and the chain of events that put it there',
    )
    .option(
      '--at <time>',
      'a moment, such as 2026-03-01, 2026-03-01T12:00:00Z or 7d (ago; default: now); of a lifecycle, in the time of its records',
      (text: string) => pastMoment(text),
    );
  action<Options>(history, async ({ at, ...named }, { config, output, model: usual }, argument?: string) => {
    const model = argument ?? named.model ?? usual;
    const store = await openExistingStore(config, 'cli');
    try {
      const history = await readModel(store.events, model, at);
      const { running, facts, releases } = await readDeployments(store.events, model, at);
      const experiments = [...(await readExperiments(store.events, at)).values()].filter(
        ({ state, started }) => state === 'running' && started.data.model === model,
      );
      const { changes, versions, production, served } = history;
      if (changes.length === 0 && versions.size === 0 && at === undefined) {
        await modelNamed(store.events, model);
        throw new EpochlogError(
          'NOT_FOUND',
          `no version of ${model} was registered yet: \`npx epochlog train --model ${model}\` makes one`,
        );
      }
      const chain = production
        ? await withIndex(store, config, ALL_STREAMS, (lookUp) => chainOf(store, production, lookUp))
        : [];
      const asked = new Date(at ?? Date.now()).toISOString();
      output.result({
        model,
        at: asked,
        production: production ?? null,
        served,
        changes,
        chain,
        experiments: experiments.map(({ started }) => started),
        deployments: running,
        environments: latestReleases({ releases }),
      });
      const answers = production ? `${production.data.version} is in production` : 'nothing is in production';
      output.line(output.paint('heading', `${model} at ${asked.slice(0, 19)}Z: ${answers}`));
      tellDeployments({ running, facts, releases }, output);
      for (const { started } of experiments)
        output.line(
          `experiment ${started.data.experimentId} since ${shortMoment(started)}: ${describeEvent(started)}`,
        );
      if (changes.some(({ instant }) => instant !== undefined))
        output.line('Times are those of the replayed records.');
      print(history, chain, output);
    } finally {
      await store.close();
    }
  });
}

/** What is in other environments, and what is being deployed where. */
function tellDeployments({ running, facts, releases }: Deployments, output: Output): void {
  for (const release of latestReleases({ releases }))
    output.line(`${release.version} is in ${release.environment}, by ${release.decidedBy}`);
  for (const deployment of running) {
    const { version, share, strategy, environment, deploymentId } = deployment;
    const last = facts.findLast(({ data }) => data.deploymentId === deploymentId);
    if (!last) continue;
    const traffic = `${share} % of the traffic of ${environment}`;
    output.line(`${version} has ${traffic} (${strategy}, policy ${last.data.policyVersion})`);
    output.line(`since ${shortMoment(last)}: ${describeEvent(last)}`);
  }
}

/** Every decision about production, the serving reports on the last one, and its chain of causes. */
function print(
  { changes, served, production }: ModelHistory,
  chain: readonly LoggedEvent[],
  output: Output,
): void {
  if (changes.length === 0) return;
  const section = (heading: string) => output.line(`\n${output.paint('heading', heading)}`);
  const rows = (cells: string[][]) => output.line(columns(cells, output.width));
  section('Decisions');
  rows(
    changes.map((change) => [
      shortMoment(change),
      isInProduction(change) ? change.data.version : '-',
      `${DECISIONS[change.type]} by ${change.data.requestedBy} (policy ${change.data.policyVersion}): ${change.data.reason}`,
    ]),
  );
  section('Served since');
  if (served.length === 0) output.line('  no instance of the predictor has reported');
  else rows(served.map((report) => [shortMoment(report), describeReport(report)]));
  if (chain.length === 0) return;
  const told = chain.map((event) => [shortMoment(event), event.type, describeEvent(event)]);
  const [first = ''] = told[0] ?? [];
  const isAtOnce = told.every(([moment]) => moment === first); // as in replayed data
  section(`What put ${production?.data.version} there${isAtOnce ? `, on ${first}` : ''}`);
  rows(isAtOnce ? told.map(([, ...rest]) => rest) : told);
}

const DECISIONS = {
  VersionPromoted: 'promoted',
  VersionRolledBack: 'rolled back',
  ModelRetired: 'retired',
};

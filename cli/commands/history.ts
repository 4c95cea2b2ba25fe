import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { chainOf } from '../../operations/events/chain.ts';
import { isInProduction, type ModelHistory, readModel } from '../../operations/production.ts';
import { ALL_STREAMS, type LoggedEvent } from '../../schemas/catalogue.ts';
import { action } from '../action.ts';
import { MODEL_OPTION, pastMoment } from '../arguments.ts';
import { describeReport } from '../describe-report.ts';
import { withIndex } from '../log-index.ts';
import { openExistingStore } from '../store.ts';

interface Options {
  /** milliseconds since the epoch */
  at?: number;
}

/** `epochlog history MODEL [--at TIME]`: the version in production at a time, what predictors served, and the causing events. */
export function register(program: Command): void {
  const history = program
    .command('history')
    .argument('[model]', MODEL_OPTION)
    .description(
      'what was in production, when, whether it was served, and the chain of events that put it there',
    )
    .option(
      '--at <time>',
      'a moment, such as 2026-03-01 or 2026-03-01T12:00:00Z (default: now)',
      (text: string) => pastMoment(text),
    );
  action<Options>(history, async ({ at }, { config, output, model: defaultModel }, model = defaultModel) => {
    const moment = at ?? Date.now();
    const store = await openExistingStore(config, 'cli');
    try {
      const history = await readModel(store.events, model, moment);
      const { changes, versions, production, served } = history;
      if (changes.length === 0 && versions.size === 0 && at === undefined) {
        throw new EpochlogError('NOT_FOUND', `no version of '${model}' was ever registered`);
      }
      const chain = production
        ? await withIndex(store, config, ALL_STREAMS, (lookUp) => chainOf(store, production, lookUp))
        : [];
      output.result({
        model,
        at: new Date(moment).toISOString(),
        production: production ?? null,
        served,
        changes,
        chain,
      });
      output.line(
        `${model} at ${new Date(moment).toISOString()}: ${production ? production.data.version : 'nothing'} in production`,
      );
      for (const line of decidedAndServed(history)) output.line(line);
      if (chain.length > 0) output.line(`\nWhat put ${production?.data.version} there:`);
      for (const event of chain) {
        output.line(
          `  ${timeOf(event)}  ${event.type.padEnd(20)} ${event.subject}  by ${event.source}, ${event.id}`,
        );
      }
    } finally {
      await store.close();
    }
  });
}

/** Every decision about production, then the serving reports on the last one. */
function* decidedAndServed({ changes, served }: ModelHistory): Iterable<string> {
  for (const change of changes) {
    const version = isInProduction(change) ? change.data.version : '-';
    yield `  ${timeOf(change)}  ${change.type.padEnd(18)} ${version}  ${change.data.reason} (policy ${change.data.policyVersion})`;
  }
  if (changes.length === 0) return;
  yield '\nServed since:';
  if (served.length === 0) yield '  no instance of the predictor has reported';
  for (const report of served)
    yield `  ${timeOf(report)}  ${report.type.padEnd(18)} ${describeReport(report)}`;
}

const timeOf = ({ time }: LoggedEvent): string => new Date(time).toISOString();

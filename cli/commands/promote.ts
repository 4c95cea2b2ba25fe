import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { type NewEvent, newEvent } from '../../kernel/event.ts';
import { identifier, reason as reasonText, version as versionText } from '../../kernel/texts.ts';
import { action, type Invocation } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { requestDecision } from '../decide.ts';
import { describeReport } from '../describe-report.ts';

interface Options {
  model?: string;
  reason: string;
}

/** `epochlog promote VERSION`, `epochlog rollback` and `epochlog retire MODEL`: a person decides what is in production. */
export function register(program: Command): void {
  const promote = program
    .command('promote')
    .argument('<version>', 'version to put into production, such as v1.0.0', checked('version', versionText))
    .description('put a version into production, and wait until it is served')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  reasoned(promote, ({ model, reason }, version) =>
    newEvent('PromotionRequested', { model, version, reason, requestedBy: 'cli' }),
  );

  const rollback = program
    .command('rollback')
    .description('bring the version before back into production, and wait until it is served')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  reasoned(rollback, ({ model, reason }) =>
    newEvent('RollbackRequested', { model, reason, requestedBy: 'cli' }),
  );

  const retire = program
    .command('retire')
    .argument('<model>', 'model that is to be served and trained no more', checked('model', identifier))
    .description('take a model out of service; promoting one of its versions brings it back');
  reasoned(retire, ({ reason }, model) =>
    newEvent('RetirementRequested', { model, reason, requestedBy: 'cli' }),
  );
}

/** A command that asks for a decision, and says why. */
function reasoned(
  command: Command,
  requestOf: (options: { model: string; reason: string }, argument: string) => NewEvent,
): void {
  command.option(
    '--reason <text>',
    'why; it stays in the log',
    checked('--reason', reasonText),
    'asked for on the command line',
  );
  action<Options>(command, ({ reason, ...options }, invocation, argument = '') => {
    const { model = invocation.config.model } = options;
    return decide(requestOf({ model, reason }, argument), invocation);
  });
}

async function decide(request: NewEvent, { config, output }: Invocation): Promise<void> {
  const { decision, serving } = await requestDecision(config, request);
  output.result({ ...decision, serving });
  const { model } = decision.data;
  const state =
    decision.type === 'ModelRetired'
      ? `${model} is retired`
      : `${decision.data.version} of ${model} is in production`;
  output.line(`${state} (event ${decision.id})`);
  if (serving.type === 'ServingFailed') {
    throw new EpochlogError('NOT_SERVED', `it was decided, but ${describeReport(serving)}`);
  }
  output.line(describeReport(serving));
}

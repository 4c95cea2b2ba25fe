import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { type NewEvent, newEvent } from '../../kernel/event.ts';
import { identifier, reason as reasonText, version as versionText } from '../../kernel/texts.ts';
import { action, type Invocation } from '../action.ts';
import { checked } from '../arguments.ts';
import { requestAndFollow } from '../follow.ts';
import { DEFAULT_MODEL } from '../production.ts';
import { withSession } from '../session.ts';

interface Options {
  model: string;
  reason: string;
}

/** `epochlog promote VERSION` and `epochlog rollback`: a person decides what is in production. */
export function register(program: Command): void {
  const promote = program
    .command('promote')
    .argument('<version>', 'version to put into production, such as v1.0.0', checked('version', versionText))
    .description('put a version into production')
    .option('--model <name>', 'model', checked('--model', identifier), DEFAULT_MODEL)
    .option(
      '--reason <text>',
      'why; it stays in the log',
      checked('--reason', reasonText),
      'asked for on the command line',
    );
  action<Options>(promote, ({ model, reason }, invocation, version = '') =>
    change(newEvent('PromotionRequested', { model, version, reason, requestedBy: 'cli' }), invocation),
  );

  const rollback = program
    .command('rollback')
    .description('bring the version before back into production')
    .option('--model <name>', 'model', checked('--model', identifier), DEFAULT_MODEL)
    .option(
      '--reason <text>',
      'why; it stays in the log',
      checked('--reason', reasonText),
      'asked for on the command line',
    );
  action<Options>(rollback, ({ model, reason }, invocation) =>
    change(newEvent('RollbackRequested', { model, reason, requestedBy: 'cli' }), invocation),
  );
}

async function change(request: NewEvent, { config, output }: Invocation): Promise<void> {
  await withSession(config, async (session) => {
    const end = await requestAndFollow(session, request, {
      ends: ['VersionPromoted', 'VersionRolledBack', 'PromotionRefused'],
    });
    if (end.type === 'PromotionRefused') throw new EpochlogError('CONFLICT', `refused: ${end.data.reason}`);
    output.result(end);
    output.line(`${end.data.version} of ${end.data.model} is in production (event ${end.id})`);
  });
}

import type { Command } from 'commander';
import { identifier } from '../../kernel/texts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { decides } from '../decide.ts';

/** `epochlog rollback`. */
export function register(program: Command): void {
  const rollback = program
    .command('rollback')
    .description('bring the version before back into production, and wait until it is served')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  decides(rollback, ({ model, reason }) =>
    newEvent('RollbackRequested', { model, reason, requestedBy: 'cli' }),
  );
}

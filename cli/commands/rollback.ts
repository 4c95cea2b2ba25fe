import type { Command } from 'commander';
import { identifier } from '../../kernel/texts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { decides } from '../decide.ts';
import { about } from '../help.ts';

/** `epochlog rollback`. */
export function register(program: Command): void {
  const rollback = about(program.command('rollback'), 'production', [
    "npx epochlog rollback --reason 'slow answers' --by ada",
  ])
    .description('bring the version before back into production, and wait until it is served')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  decides(rollback, (request) => newEvent('RollbackRequested', request));
}

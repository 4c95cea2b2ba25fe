import type { Command } from 'commander';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { decides } from '../decide.ts';
import { about } from '../help.ts';

/** `epochlog rollback`. */
export function register(program: Command): void {
  const rollback = about(program.command('rollback'), 'production', [
    "npx epochlog rollback --reason 'slow answers' --by ada",
    'npx epochlog rollback --to v1.0.0',
  ])
    .description(
      'bring the version before back into production, and wait until it is served; while a version is being deployed, end that',
    )
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option('--to <version>', 'an earlier version that was in production', checked('--to', versionText));
  decides<{ to?: string }>(rollback, (asked, _, { to = null }: { to?: string | null }) =>
    newEvent('RollbackRequested', { ...asked, to, from: null }),
  );
}

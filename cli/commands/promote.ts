import type { Command } from 'commander';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { decides } from '../decide.ts';

/** `epochlog promote VERSION`. */
export function register(program: Command): void {
  const promote = program
    .command('promote')
    .argument('<version>', 'version to put into production, such as v1.0.0', checked('version', versionText))
    .description('put a version into production, and wait until it is served')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  decides(promote, ({ model, reason }, version) =>
    newEvent('PromotionRequested', { model, version, reason, requestedBy: 'cli' }),
  );
}

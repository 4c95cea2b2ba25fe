import type { Command } from 'commander';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { decides } from '../decide.ts';
import { about } from '../help.ts';

/** `epochlog promote VERSION`. */
export function register(program: Command): void {
  const promote = about(program.command('promote'), 'production', [
    "npx epochlog promote v1.1.0 --reason 'fewer complaints' --by ada",
  ])
    .argument('<version>', 'version to put into production, such as v1.0.0', checked('version', versionText))
    .description('put a version into production, and wait until it is served')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option(
      '--expect <version>',
      'version that must be in production, else it is refused',
      checked('--expect', versionText),
    )
    .option('--force', 'also where it fails gates; that stays in the log');
  decides(
    promote,
    (request, version, { expect = null, force = false }: { expect?: string | null; force?: boolean }) =>
      newEvent('PromotionRequested', { ...request, version, expected: expect, force }),
  );
}

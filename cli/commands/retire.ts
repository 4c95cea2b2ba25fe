import type { Command } from 'commander';
import { identifier } from '../../kernel/texts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { checked } from '../arguments.ts';
import { decides } from '../decide.ts';
import { about } from '../help.ts';

/** `epochlog retire MODEL`. */
export function register(program: Command): void {
  const retire = about(program.command('retire'), 'production', [
    'npx epochlog retire account-health --by ada',
  ])
    .argument('<model>', 'model that is to be served and trained no more', checked('model', identifier))
    .description('take a model out of service; promoting one of its versions brings it back');
  decides(retire, ({ reason, requestedBy }, model) =>
    newEvent('RetirementRequested', { model, reason, requestedBy }),
  );
}

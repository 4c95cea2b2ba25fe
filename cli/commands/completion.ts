import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { action } from '../action.ts';
import { completionScript, SHELLS } from '../completion.ts';
import { about } from '../help.ts';
import { wholeProgram } from '../program.ts';

/** `epochlog completion SHELL`: a script for the shell, which completes commands and options. */
export function register(program: Command): void {
  const completion = about(program.command('completion'), 'start', [
    'npx epochlog completion bash >> ~/.bashrc',
    'npx epochlog completion fish > ~/.config/fish/completions/epochlog.fish',
  ])
    .argument('<shell>', SHELLS.join(', '))
    .description('print a script that completes commands and options in a shell');
  action(completion, async (_, { output }, name = '') => {
    const shell = SHELLS.find((known) => known === name);
    if (!shell)
      throw new EpochlogError('INPUT_INVALID', `there is no shell ${name}; ${suggestion(name, SHELLS)}`);
    const script = completionScript(shell, await wholeProgram());
    output.result({ shell, script });
    output.line(script);
  });
}

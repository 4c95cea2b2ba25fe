import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { EXIT } from './exit.ts';

const commandsFolder = join(import.meta.dirname, 'commands');

const EXIT_HELP = `Exit codes: ${Object.values(EXIT)
  .map(({ code, meaning }) => `${code} ${meaning}`)
  .join('; ')}.`;

/** Every file under cli/commands/ is a command: it exports `register`, which adds it to the program. */
export async function createProgram(): Promise<Command> {
  const program = new Command('epochlog')
    .description('The whole life of a machine-learning model as events in one log.')
    .version(packageJson.version)
    .option('--json', 'answer in JSON on standard output')
    .enablePositionalOptions()
    .showHelpAfterError('(epochlog --help shows what there is)')
    .addHelpText('after', `\n${EXIT_HELP}`)
    .exitOverride();
  for (const file of (await readdir(commandsFolder)).filter((name) => !name.includes('.test.')).sort()) {
    const { register }: { register(program: Command): void } = await import(join(commandsFolder, file));
    register(program);
  }
  return program;
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { withCommonOptions } from './common-options.ts';
import { EXIT } from './exit.ts';
import { inOrder } from './help.ts';
import { wrapped } from './wrap.ts';

const commandsFolder = join(import.meta.dirname, 'commands');

const EXIT_HELP = `Exit codes: ${Object.values(EXIT)
  .map(({ code, meaning }) => `${code} ${meaning}`)
  .join('; ')}.`;

const VERSION_FLAGS = ['--version', '-V'];

/**
 * The files of the commands to load: `commands/<name>.ts` for a command line that names one, none for `--version`, else
 * all.
 */
async function filesFor(args: readonly string[]): Promise<string[]> {
  const files = (await readdir(commandsFolder)).filter((name) => !name.includes('.test.')).sort();
  const isCommand = (argument: string, i: number) => !argument.startsWith('-') && args[i - 1] !== '--home';
  const named = `${args.find(isCommand)}.ts`;
  if (files.includes(named)) return [named];
  return VERSION_FLAGS.includes(args[0] ?? '') ? [] : files;
}

/**
 * The program, with the command that the arguments name; without one, with all of them. Every file under cli/commands/
 * is a command: it exports `register`, which adds it to the program. Modules take most of the time of a start, so only
 * the files that are needed are loaded.
 */
export async function createProgram(args: readonly string[] = []): Promise<Command> {
  const program = withCommonOptions(new Command('epochlog'))
    .description('The whole life of a machine-learning model as events in one log.')
    .version(packageJson.version)
    .enablePositionalOptions()
    .configureHelp({ groupItems: (_, visible, headingOf) => inOrder(visible, headingOf) })
    .showHelpAfterError('(epochlog --help shows what there is)')
    .addHelpText('after', () => `\n${wrapped(EXIT_HELP, process.stdout.columns ?? 80).join('\n')}`)
    .exitOverride();
  for (const file of await filesFor(args)) {
    const { register }: { register(program: Command): void } = await import(join(commandsFolder, file));
    register(program);
  }
  return program;
}

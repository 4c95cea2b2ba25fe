import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Help } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { withCommonOptions } from './common-options.ts';
import { EXIT } from './exit.ts';
import { OUTLINES } from './help.generated.ts';
import { inOrder } from './help.ts';
import { wrapped } from './wrap.ts';

const commandsFolder = join(import.meta.dirname, 'commands');

const EXIT_HELP = `Exit codes: ${Object.values(EXIT)
  .map(({ code, meaning }) => `${code} ${meaning}`)
  .join('; ')}.`;

const VERSION_FLAGS = ['--version', '-V'];

/** The command that a command line is about, also where it asks for its help; undefined without one. */
export function commandIn(args: readonly string[]): string | undefined {
  const isWord = (argument: string, i: number) => !argument.startsWith('-') && args[i - 1] !== '--home';
  const [first, second] = args.filter(isWord);
  return first === 'help' ? second : first;
}

/** The words of a command line that name its command, as far as the program has it: `token create`. */
export function commandWords(program: Command, args: readonly string[]): string[] {
  const words: string[] = [];
  let command = program;
  for (const [i, argument] of args.entries()) {
    if (argument.startsWith('-') || args[i - 1] === '--home') continue;
    const next = command.commands.find((one) => one.name() === argument);
    if (!next) break;
    words.push(argument);
    command = next;
  }
  return words;
}

/**
 * The program for a command line: with the command that it names, and no other. Where it names none, as for help, with
 * outlines of all; for `--version` with none. Modules take most of the time of a start, so only what is needed is loaded.
 */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = emptyProgram();
  const file = `${commandIn(args)}.ts`;
  if ((await commandFiles()).includes(file)) await load(program, [file]);
  else if (!VERSION_FLAGS.includes(args[0] ?? '')) addOutlines(program);
  return program;
}

/** The program with all commands. Every file under cli/commands/ is one: it exports `register`, which adds it. */
export async function wholeProgram(): Promise<Command> {
  const program = emptyProgram();
  await load(program, await commandFiles());
  return program;
}

const emptyProgram = (): Command =>
  withCommonOptions(new Command('epochlog'))
    .description('The whole life of a machine-learning model as events in one log.')
    .version(packageJson.version)
    .enablePositionalOptions()
    .configureHelp({ groupItems: (_, visible, headingOf) => inOrder(visible, headingOf) })
    .configureOutput({ outputError: () => {} }) // execute.ts reports it
    .addHelpText('after', () => `\n${wrapped(EXIT_HELP, process.stdout.columns ?? 80).join('\n')}`)
    .exitOverride();

const commandFiles = async (): Promise<string[]> =>
  (await readdir(commandsFolder)).filter((name) => !name.includes('.test.')).sort();

async function load(program: Command, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const { register }: { register(program: Command): void } = await import(join(commandsFolder, file));
    register(program);
  }
}

/** What the list of commands shows of them, without their modules. */
function addOutlines(program: Command): void {
  const terms = new Map(OUTLINES.map(({ name, term }) => [name, term]));
  program.configureHelp({
    ...program.configureHelp(),
    subcommandTerm: (command) => terms.get(command.name()) ?? new Help().subcommandTerm(command),
  });
  for (const { name, group, description } of OUTLINES)
    program.command(name).helpGroup(group).description(description);
}

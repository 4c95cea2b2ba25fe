import { type Command, CommanderError } from 'commander';
import { EpochlogError } from '../kernel/errors.ts';
import { EXIT, exitCodeOf, reportError } from './exit.ts';
import { commandWords, createProgram } from './program.ts';

/**
 * Runs a command line in this process: reports its error and sets the exit code of the process. `defect` may reject in
 * the meantime, which ends the command with that error.
 */
export async function execute(args: readonly string[], defect?: Promise<never>): Promise<void> {
  const program = await createProgram(args);
  try {
    const command = program.parseAsync(args, { from: 'user' });
    await (defect ? Promise.race([command, defect]) : command);
  } catch (error) {
    if (error instanceof CommanderError && HELP.has(error.code)) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok.code : EXIT.badInput.code;
    } else {
      const told = error instanceof CommanderError ? wrongArguments(error, args, program) : error;
      reportError(told, args.includes('--json'));
      process.exitCode = exitCodeOf(told);
    }
  }
}

/** Help was asked for, or there is nothing else to say. */
const HELP = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version']);

/** What commander says of a command line, and what to type next. */
function wrongArguments(
  { message }: CommanderError,
  args: readonly string[],
  program: Command,
): EpochlogError {
  const [, said = message, meant] =
    /^(?:error: )?([^\n]*?)\.?(?:\n\(Did you mean ([^\n]*)\?\))?$/.exec(message) ?? [];
  const known = commandWords(program, args)
    .map((word) => ` ${word}`)
    .join('');
  const advice = meant === undefined ? '' : `did you mean ${meant}? `;
  return new EpochlogError(
    'INPUT_INVALID',
    `${said}; ${advice}\`npx epochlog${known} --help\` shows what there is`,
  );
}

import { CommanderError } from 'commander';
import { EXIT, exitCodeOf, reportError } from './exit.ts';
import { createProgram } from './program.ts';

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
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok.code : EXIT.badInput.code;
    } else {
      reportError(error, args.includes('--json'));
      process.exitCode = exitCodeOf(error);
    }
  }
}

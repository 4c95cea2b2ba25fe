import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { systemCodeOf } from '../kernel/errors.ts';
import packageJson from '../package.json' with { type: 'json' };
import { EXIT, exitCodeOf, reportError } from './exit.ts';

const commandsFolder = join(import.meta.dirname, 'commands');

/** Every file under cli/commands/ is a command: it exports `register`, which adds it to the program. */
async function createProgram(): Promise<Command> {
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

const EXIT_HELP = `Exit codes: ${Object.values(EXIT)
  .map(({ code, meaning }) => `${code} ${meaning}`)
  .join('; ')}.`;

/** Also known when the arguments turn out to be wrong. */
const json = process.argv.includes('--json');

// `| head` has seen enough: the rest of the answer is for nobody, the work goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (systemCodeOf(error) !== 'EPIPE') throw error;
  });
}
// A defect. An orderly exit would wait for ever for a transaction that the log has begun; a kill is safe at any time.
process.on('uncaughtException', (error) => {
  reportError(error, json);
  process.kill(process.pid, 'SIGKILL');
});

const program = await createProgram();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok.code : EXIT.badInput.code;
  } else {
    reportError(error, json);
    process.exitCode = exitCodeOf(error);
  }
}

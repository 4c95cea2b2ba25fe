import { CommanderError } from 'commander';
import { systemCodeOf } from '../kernel/errors.ts';
import { EXIT, exitCodeOf, reportError } from './exit.ts';
import { createProgram } from './program.ts';

/** Also known when the arguments turn out to be wrong. */
const json = process.argv.includes('--json');

// `| head` has seen enough: the rest of the answer is for nobody, the work goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (systemCodeOf(error) !== 'EPIPE') throw error;
  });
}
// kafkajs is of the time before Node warned of timers set in the past; what it means by them is "at once".
const [printWarning] = process.listeners('warning');
process.removeAllListeners('warning').on('warning', (warning) => {
  if (warning.name !== 'TimeoutNegativeWarning') printWarning?.(warning);
});
// A defect. An orderly exit would wait for ever for a transaction that the log has begun; a kill is safe at any time.
process.on('uncaughtException', (error) => {
  reportError(error, json);
  process.kill(process.pid, 'SIGKILL');
});

/**
 * Rejects when nothing is left that could go on, be it with the command under way: a promise was lost, which Node would
 * tell as an "unsettled top-level await". However a command is written, it ends with its result or with an error.
 */
const nothingLeft = new Promise<never>((_, reject) => {
  process.once('beforeExit', () =>
    reject(
      new Error('the command came to a standstill: this is a defect; what was acknowledged is in the log'),
    ),
  );
});

const program = await createProgram(process.argv.slice(2));
try {
  await Promise.race([program.parseAsync(), nothingLeft]);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok.code : EXIT.badInput.code;
  } else {
    reportError(error, json);
    process.exitCode = exitCodeOf(error);
  }
}

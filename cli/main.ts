import { CommanderError } from 'commander';
import { systemCodeOf } from '../kernel/errors.ts';
import { EXIT, exitCodeOf, reportError } from './exit.ts';
import { createProgram } from './program.ts';

/** Needed also when the arguments are invalid. */
const json = process.argv.includes('--json');

// After `| head` has closed the pipe, output is discarded and the command continues.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (systemCodeOf(error) !== 'EPIPE') throw error;
  });
}
// kafkajs sets timers with negative delays, meaning "at once"; Node warns about them.
const [printWarning] = process.listeners('warning');
process.removeAllListeners('warning').on('warning', (warning) => {
  if (warning.name !== 'TimeoutNegativeWarning') printWarning?.(warning);
});
// A defect. A normal exit would wait forever for an open transaction of the log; a kill is safe at any time.
process.on('uncaughtException', (error) => {
  reportError(error, json);
  process.kill(process.pid, 'SIGKILL');
});

/**
 * Rejects when the event loop is empty before the command has ended: a promise never settles, which Node would report
 * as an "unsettled top-level await". So a command always ends with its result or with an error.
 */
const nothingLeft = new Promise<never>((_, reject) => {
  process.once('beforeExit', () =>
    reject(
      new Error('the command came to a standstill: this is a defect; acknowledged events are in the log'),
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

import { systemCodeOf } from '../kernel/errors.ts';
import { execute } from './execute.ts';
import { reportError } from './exit.ts';

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
  reportError(error, process.argv.includes('--json'));
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

await execute(process.argv.slice(2), nothingLeft);

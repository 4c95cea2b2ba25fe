import { once } from 'node:events';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { onInterrupt } from '../interrupt.ts';
import { startPlatform } from '../platform.ts';

/** `epochlog up`: all services and the API, until Ctrl-C. */
export function register(program: Command): void {
  const up = program.command('up').description('run all services and the HTTP API until Ctrl-C');
  action<object>(up, async (_, { config, output }) => {
    using interrupt = onInterrupt();
    const platform = await startPlatform(config, {
      source: 'cli',
      maxCrashes: Number.POSITIVE_INFINITY,
    }).catch((error: unknown) => {
      if (!interrupt.signal.aborted) throw error; // else it breaks because it is being stopped
    });
    if (!platform) return;
    try {
      output.result({ url: platform.url, home: config.home, pid: process.pid });
      output.line(
        `epochlog is up at ${platform.url} (documentation: ${platform.url}/docs), data in ${config.home}`,
      );
      output.line('Ctrl-C stops it; the next start goes on where it was.');
      if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
      output.line('stopping');
    } finally {
      await platform.close();
    }
  });
}

import type { Command } from 'commander';
import { action } from '../action.ts';
import { about } from '../help.ts';
import { COMMAND_TIMEOUT_MS } from '../lock.ts';
import type { Platform } from '../platform.ts';
import { runUntilInterrupted } from '../run.ts';
import { loadServices } from '../services.ts';

/** `epochlog up`: all services and the API, until Ctrl-C. */
export function register(program: Command): void {
  const up = about(program.command('up'), 'start', [
    'npx epochlog up',
    'npx epochlog up --home /var/lib/epochlog',
  ]).description('run all services and the HTTP API until Ctrl-C');
  action<object>(up, async (_, { config, output }) => {
    const onReady = ({ url }: Platform) => {
      output.result({ url, home: config.home, pid: process.pid });
      const data = config.log ? `the log in Kafka at ${config.log}` : `data in ${config.home}`;
      output.line(`epochlog is up at ${url} (documentation: ${url}/docs), ${data}`);
      output.line('Ctrl-C stops it; the next start resumes.');
    };
    await runUntilInterrupted(config, { loadServices, usesWarehouse: true }, onReady, ({ pid }) => {
      const seconds = COMMAND_TIMEOUT_MS / 1_000;
      output.line(
        `waiting for a command, process ${pid}, to be done with ${config.home}: ${seconds} s at most`,
      );
    });
    output.line('stopped');
  });
}

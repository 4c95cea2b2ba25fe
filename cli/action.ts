import type { Command } from 'commander';
import { readConfig } from '../infra/config/config.ts';
import type { Config } from '../infra/config/schema.ts';
import { assertKnownVariables } from '../infra/config/variables.ts';
import { DEFAULT_MODEL } from './arguments.ts';
import { createOutput, type Output } from './output.ts';
import { loadServices } from './services.ts';

/** What every command gets in addition to its options. */
export interface Invocation {
  config: Config;
  /** that is meant where no option names one */
  model: string;
  output: Output;
}

/** Makes a function the action of a command: it receives the options, the arguments and the invocation. */
export function action<Options>(
  command: Command,
  run: (options: Options, invocation: Invocation, ...args: string[]) => Promise<void>,
): void {
  command.option('--json', 'answer in JSON on standard output').action(async (...received: unknown[]) => {
    const options = command.optsWithGlobals<Options & { json?: boolean }>();
    await assertKnownVariables(loadServices);
    const args = received.flat().filter((value): value is string => typeof value === 'string');
    const config = readConfig();
    const { model = DEFAULT_MODEL.model } = config;
    await run(options, { config, model, output: createOutput(options.json === true) }, ...args);
  });
}

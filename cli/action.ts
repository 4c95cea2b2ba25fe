import type { Command } from 'commander';
import { readConfig } from '../infra/config/config.ts';
import type { Config } from '../infra/config/schema.ts';
import { assertKnownVariables } from '../infra/config/variables.ts';
import { isColoured, withCommonOptions } from './common-options.ts';
import { givenOptions } from './given-options.ts';
import { createOutput, type Output } from './output.ts';
import { loadServices } from './services.ts';
import { usualModel } from './usual-model.ts';

/** What every command gets in addition to its options. */
export interface Invocation {
  config: Config;
  /** whether the user named the home, by an option or a variable */
  isHomeNamed: boolean;
  /** that is meant where no option names one; reading it throws INPUT_INVALID where several may be meant */
  readonly model: string;
  output: Output;
}

/** Makes a function the action of a command: it receives the options, the arguments and the invocation. */
export function action<Options>(
  command: Command,
  run: (options: Options, invocation: Invocation, ...args: string[]) => Promise<void>,
): void {
  withCommonOptions(command).action(async (...received: unknown[]) => {
    const options = givenOptions<Options & { json?: boolean; home?: string; model?: string }>(command);
    await assertKnownVariables(loadServices);
    const args = received.flat().filter((value): value is string => typeof value === 'string');
    const { home } = options;
    const config = readConfig(home === undefined ? {} : { home });
    const usual = await usualModel(config, command, options.model);
    const output = createOutput(options.json === true, isColoured(command));
    const isHomeNamed = home !== undefined || (process.env.EPOCHLOG_HOME ?? '') !== '';
    const invocation = {
      config,
      isHomeNamed,
      output,
      get model() {
        return usual();
      },
    };
    await run(options, invocation, ...args);
  });
}

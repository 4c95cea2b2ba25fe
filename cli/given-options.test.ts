import { Command } from 'commander';
import { expect, test } from 'vitest';
import { givenOptions } from './given-options.ts';

/** The options that `deploy abort` gets, both of which have `--env`. */
async function optionsOf(...args: string[]): Promise<object> {
  const program = new Command('program').enablePositionalOptions().option('--json');
  const deploy = program.command('deploy').option('--env <name>', '', 'production');
  let options = {};
  const abort = deploy.command('abort').option('--env <name>', '', 'production');
  abort.action(() => {
    options = givenOptions(abort);
  });
  await program.parseAsync(['deploy', ...args], { from: 'user' });
  return options;
}

test('an option that is given goes before a default, wherever it stands', async () => {
  expect(await optionsOf('abort')).toEqual({ env: 'production' });
  expect(await optionsOf('abort', '--env', 'staging')).toEqual({ env: 'staging' });
  expect(await optionsOf('--env', 'staging', 'abort')).toEqual({ env: 'staging' });
  expect(await optionsOf('--env', 'staging', 'abort', '--env', 'production')).toEqual({ env: 'production' });
});

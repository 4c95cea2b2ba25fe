import { flushCompileCache } from 'node:module';
import { execute } from '../../cli/execute.ts';
import type { CommandLine, Finished } from './runner.ts';

/** Runs one command line after the other, each with its environment, and answers with what it printed. */

const texts = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'] as const) {
  process[name].write = (chunk: string | Uint8Array) => {
    texts[name] += chunk;
    return true;
  };
}
process.setMaxListeners(0); // every command adds one for the end of the process

const [environment, folder] = [{ ...process.env }, process.cwd()];

async function run({ args, variables, cwd = folder }: CommandLine): Promise<Finished> {
  Object.assign(texts, { stdout: '', stderr: '' });
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment, variables);
  process.chdir(cwd);
  process.exitCode = undefined;
  await execute(args);
  return { code: Number(process.exitCode ?? 0), ...texts };
}

process.on('message', async (line: CommandLine) => {
  process.send?.(await run(line));
  flushCompileCache(); // for those that start meanwhile
});
process.on('disconnect', () => process.exit());

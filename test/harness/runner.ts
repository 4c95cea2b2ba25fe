import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A command and where it runs. */
export interface CommandLine {
  args: readonly string[];
  /** variables of the environment */
  variables: Record<string, string>;
  cwd?: string | undefined;
}

export interface Finished {
  /** null when a signal ended it */
  code: number | null;
  stdout: string;
  stderr: string;
}

const CHILD = new URL('runner-child.ts', import.meta.url);

/** those that wait for a command */
const idle: ChildProcess[] = [];

/**
 * Runs a command in a process that has run others before and runs others after it: modules are loaded once. At the same
 * time several run, each in another process.
 */
export async function runCommand(line: CommandLine): Promise<Finished> {
  const runner = idle.pop() ?? fork(CHILD, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  runner.ref();
  runner.channel?.ref();
  const ended = new AbortController();
  runner.once('exit', () => ended.abort(new Error(`epochlog ${line.args.join(' ')} ended its process`)));
  runner.send(line);
  const [finished]: Finished[] = await once(runner, 'message', { signal: ended.signal });
  runner.removeAllListeners('exit').unref();
  runner.channel?.unref();
  idle.push(runner);
  return finished!;
}

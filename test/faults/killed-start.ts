import { once } from 'node:events';
import { epochlog, finished } from '../harness/command.ts';
import type { Finished } from '../harness/runner.ts';

const ENVIRONMENT = { EPOCHLOG_PORT: '0' };

/**
 * Runs a command on a home and kills it when the condition resolves: all its processes at once (`group`), or the first
 * alone, which the others must not outlive. False when the command ended by itself before; it must not have failed.
 */
export async function killedStart(
  home: string,
  args: readonly string[],
  when: () => Promise<unknown>,
  group = true,
): Promise<boolean> {
  const child = epochlog(home, args, ENVIRONMENT, { stdout: 'ignore', detached: true });
  child.stderr?.resume();
  const ended = once(child, 'exit').then(([code, signal]) => {
    if (signal !== 'SIGKILL' && code !== 0) throw new Error(`${args[0]} failed with ${code ?? signal}`);
    return signal === 'SIGKILL';
  });
  await Promise.race([when(), ended]);
  if (child.exitCode === null) process.kill(group ? -child.pid! : child.pid!, 'SIGKILL');
  return await ended;
}

const COUNT = ['sql', 'SELECT count() AS events FROM events'];

/** What the next command on a home says: `query`, or `verify`, which compares every projection with the log too. */
export const opened = (home: string, isVerified: boolean): Promise<Finished> =>
  finished(epochlog(home, isVerified ? ['verify'] : COUNT, { ...ENVIRONMENT, EPOCHLOG_LOG_LEVEL: 'warn' }));

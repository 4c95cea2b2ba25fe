import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { systemCodeOf } from '../../kernel/errors.ts';
import type { EventType } from '../../schemas/catalogue.ts';
import { guarded } from './watchdog.ts';

const SERVE = fileURLToPath(import.meta.resolve('./serve.ts'));

/**
 * Runs services on a data folder in a process of their own, and kills it with SIGKILL as soon as the condition
 * holds: nothing in it gets a chance to tidy up.
 */
export async function killedWhen(
  condition: () => Promise<unknown>,
  home: string,
  ...services: readonly string[]
): Promise<void> {
  const child = guarded(
    spawn(process.execPath, [SERVE, home, ...services], { stdio: ['ignore', 'ignore', 'inherit'] }),
  );
  const ended = once(child, 'exit').then(([code, signal]) => {
    if (signal !== 'SIGKILL') throw new Error(`the services ended by themselves, with ${code ?? signal}`);
  });
  await Promise.race([condition(), ended]);
  child.kill('SIGKILL');
  await ended;
}

/**
 * Runs services on a data folder in a process of their own, which is killed with SIGKILL at its first write after `count` events
 * of a type that it has written: work is under way then, however fast it is.
 */
export async function killedAfter(
  type: EventType,
  count: number,
  home: string,
  ...services: readonly string[]
): Promise<void> {
  const child = guarded(
    spawn(process.execPath, [SERVE, home, ...services], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, KILLED_AFTER: `${count} ${type}` },
    }),
  );
  const [code, signal] = await once(child, 'exit');
  if (signal !== 'SIGKILL') throw new Error(`the services ended by themselves, with ${code ?? signal}`);
}

/** Kills a process (kill -9); false when there is none. */
export function killed(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (systemCodeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

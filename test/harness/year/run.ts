import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Random } from '../../../ml/random.ts';
import { guarded } from '../watchdog.ts';
import type { Simulation } from './drive.ts';

const CHILD = new URL('child.ts', import.meta.url).pathname;
const COMPILED = new URL('../../../.cache/compiled', import.meta.url).pathname;
/** how often all processes of a simulation are killed at once, and not the first alone, which the others must not outlive */
const ALL_AT_ONCE = 0.8;

function start(home: string, simulation: Simulation): ChildProcess {
  const child = spawn(process.execPath, [CHILD, home, JSON.stringify(simulation)], {
    env: { NODE_COMPILE_CACHE: COMPILED, ...process.env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // a process group of its own
  });
  return guarded(child, { group: true });
}

/** Runs a simulation to its end. @param onLine gets each report of it, in JSON */
export async function simulate(
  home: string,
  simulation: Simulation,
  onLine: (line: string) => void = () => {},
): Promise<void> {
  const child = start(home, simulation);
  createInterface({ input: child.stdout! }).on('line', onLine);
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`the simulation ended with ${code ?? signal}`);
}

/**
 * Runs a simulation and kills it (SIGKILL) at these moments, each of them begun when it is started again; then lets it end. One
 * that ends before its moment has come is not killed any more.
 *
 * @returns how often it was killed
 */
export async function simulateKilled(
  home: string,
  simulation: Simulation,
  moments: readonly (() => Promise<unknown>)[],
  random: Random,
  onKill: (kill: number) => void = () => {},
): Promise<number> {
  for (const [killed, moment] of moments.entries()) {
    const child = start(home, simulation);
    child.stdout!.resume();
    const ended = once(child, 'exit');
    await Promise.race([moment(), ended]);
    if (child.exitCode === 0) return killed;
    const target = random() < ALL_AT_ONCE ? -child.pid! : child.pid!;
    if (child.exitCode === null) process.kill(target, 'SIGKILL');
    const [code] = await ended;
    if (code !== null) throw new Error(`the simulation failed with ${code}`);
    onKill(killed + 1);
  }
  await simulate(home, simulation);
  return moments.length;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './ports.ts';
import { guarded } from './watchdog.ts';

const START_TIMEOUT_MS = 120_000;

/** `mlflow server` on SQLite, with its files in a folder. It can be killed and started again. `await using` kills it. */
export async function mlflowServer(python: string, folder: string) {
  const [port] = await freePorts(1);
  const uri = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const args = [
      ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
      ...['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`],
      ...['--artifacts-destination', join(folder, 'artifacts')],
    ];
    const env = {
      ...process.env,
      ...{
        MLFLOW_DISABLE_TELEMETRY: 'true',
        GIT_PYTHON_REFRESH: 'quiet',
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      },
    };
    child = spawn(python, args, { env, cwd: folder, detached: true, stdio: ['ignore', 'ignore', 'ignore'] });
    guarded(child, { group: true });
    for (const began = Date.now(); ; await sleep(100)) {
      if (child.exitCode !== null) throw new Error(`mlflow server ended with ${child.exitCode}`);
      if (Date.now() - began > START_TIMEOUT_MS) throw new Error('mlflow server did not start');
      const answer = await fetch(`${uri}/version`).catch(() => undefined);
      if (answer?.ok) return;
    }
  }

  /** SIGKILL, to all of its processes. */
  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    process.kill(-child.pid!, 'SIGKILL');
    await ended;
  }

  await start();
  return { uri, start, kill, [Symbol.asyncDispose]: kill };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../harness/ports.ts';

/** Servers that MLflow's clients can track to, each as it comes: `epochlog up` with all services, and MLflow's own on SQLite. */

const READY_TIMEOUT_MS = 300_000;
const ROOT = join(import.meta.dirname, '../..');

/** Asks an endpoint of MLflow's REST API. */
export type Ask = (method: 'GET' | 'POST', path: string, body: object) => Promise<Record<string, unknown>>;

/** A connection that a server closes is opened again, as clients do: under load, MLflow's workers are replaced. */
const MAX_ATTEMPTS = 20;

export function askAt(url: string): Ask {
  return async (method, path, body) => {
    const at = `${url}/api/2.0/mlflow/${path}`;
    const headers = { 'content-type': 'application/json' };
    for (let attempt = 1; ; attempt++) {
      try {
        const answer =
          method === 'GET'
            ? await fetch(`${at}?${new URLSearchParams(body as Record<string, string>)}`)
            : await fetch(at, { method, body: JSON.stringify(body), headers });
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
        return (await answer.json()) as Record<string, unknown>;
      } catch (error) {
        if (!(error instanceof TypeError) || attempt === MAX_ATTEMPTS) throw error;
        await sleep(100);
      }
    }
  };
}

/** The URL of a running server, and the process. `await using` ends it. */
interface TrackingServer extends AsyncDisposable {
  readonly url: string;
}

export async function startEpochlog(cwd: string): Promise<TrackingServer> {
  const [port] = await freePorts(1);
  return started([process.execPath, join(ROOT, 'cli/epochlog.js'), 'up'], port!, cwd);
}

/** @param python that has `mlflow` */
export async function startMlflow(python: string, cwd: string): Promise<TrackingServer> {
  const [port] = await freePorts(1);
  const server = [
    '-m',
    'mlflow',
    'server',
    '--port',
    String(port),
    '--backend-store-uri',
    'sqlite:///mlflow.db',
  ];
  return started([python, ...server], port!, cwd);
}

async function started(command: readonly string[], port: number, cwd: string): Promise<TrackingServer> {
  const url = `http://127.0.0.1:${port}`;
  const [program = '', ...rest] = command;
  const environment = {
    ...process.env,
    EPOCHLOG_HOME: join(cwd, 'home'),
    EPOCHLOG_LOG_LEVEL: 'error',
    EPOCHLOG_PORT: String(port),
  };
  const child = spawn(program, rest, { cwd, env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const stop = async () => {
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  try {
    await ready(url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, [Symbol.asyncDispose]: stop };
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  const ask = askAt(url);
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    try {
      await ask('GET', 'experiments/get', { experiment_id: '0' });
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness/folder.ts';
import { guarded } from '../harness/watchdog.ts';

const CHILD = fileURLToPath(new URL('./tracker-child.ts', import.meta.url));
const KILLS = 3;
const CALLERS = 4;

interface Server {
  child: ChildProcess;
  url: string;
}

async function start(home: string): Promise<Server> {
  const child = guarded(spawn(process.execPath, [CHILD, home], { stdio: ['ignore', 'pipe', 'inherit'] }));
  const [url] = await once(createInterface(child.stdout), 'line');
  return { child, url };
}

async function ask(url: string, path: string, body: object): Promise<{ run: { info: { run_id: string } } }> {
  const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Awaited<ReturnType<typeof ask>>;
}

test('a client that logs while the server is killed again and again loses nothing, and has nothing twice', async () => {
  await using folder = await temporaryFolder('tracker-kill');
  let server = await start(folder.path);
  const { run } = await ask(server.url, 'runs/create', { experiment_id: '0', run_name: 'killed' });
  const { run_id } = run.info;
  let isDone = false;
  let next = 0;
  const acknowledged = new Set<number>();
  let resent = 0;

  /** As MLflow's client does, sends what was not answered again. */
  async function caller(): Promise<void> {
    while (!isDone) {
      const step = next++;
      for (let attempt = 0; ; attempt++) {
        try {
          await ask(server.url, 'runs/log-metric', {
            run_id,
            key: 'loss',
            value: step,
            timestamp: step,
            step,
          });
          acknowledged.add(step);
          break;
        } catch (error) {
          if (!(error instanceof TypeError)) throw error; // no answer: fetch's own error
          if (attempt > 10_000) throw error;
          resent++;
          await sleep(20);
        }
      }
    }
  }

  const callers = Array.from({ length: CALLERS }, caller);
  for (let kill = 0; kill < KILLS; kill++) {
    const before = acknowledged.size;
    while (acknowledged.size < before + 25 + 17 * kill) await sleep(2);
    const ended = once(server.child, 'exit');
    server.child.kill('SIGKILL');
    await ended;
    server = await start(folder.path);
  }
  isDone = true;
  await Promise.all(callers);
  const query = new URLSearchParams({ run_id, metric_key: 'loss' });
  const answer = await fetch(`${server.url}/api/2.0/mlflow/metrics/get-history?${query}`);
  const { metrics } = (await answer.json()) as { metrics: { step: number; value: number }[] };
  const ended = once(server.child, 'exit');
  server.child.kill('SIGKILL');
  await ended;
  expect(resent).toBeGreaterThan(0);
  expect(metrics.map(({ step }) => step)).toEqual([...acknowledged].sort((a, b) => a - b));
  expect(metrics.every(({ step, value }) => step === value)).toBe(true);
});

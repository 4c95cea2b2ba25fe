// MLflow's tracking API beside MLflow's own server, in one run: what each answers a second.
//
//   node test/bench/mlflow-tracking.ts [--seconds 5] [--runs 10000]
//
// `epochlog up` with all services and projections, and `mlflow server` on SQLite as it comes, one after the other, are asked the same
// over HTTP: metrics one by one and 1,000 a batch, at 1, 8 and 32 callers that ask without pause; so many runs with 5 params and 5
// metrics each, and searches of them; versions and stages. A table goes to stderr, JSON to stdout. MLflow comes from PyPI into .cache/.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePorts } from '../harness/cluster/cluster.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { pythonWith } from '../interop/python.ts';

const READY_TIMEOUT_MS = 300_000;
const ROOT = join(import.meta.dirname, '../..');

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, runs: { type: 'string', default: '10000' } },
});
const [seconds, runs] = [Number(values.seconds), Number(values.runs)];

type Ask = (method: 'GET' | 'POST', path: string, body: object) => Promise<Record<string, unknown>>;

/** What was done a second, or the milliseconds of one, by what it is. */
type Figures = Record<string, number>;

/** A connection that a server closes is opened again, as clients do: under load, MLflow's workers are replaced. */
const MAX_ATTEMPTS = 20;

function askAt(url: string): Ask {
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

/** Times a second that callers get an answer. */
async function rateOf(callers: number, step: (i: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  let done = 0;
  let next = 0;
  const caller = async () => {
    while (performance.now() - began < seconds * 1_000) {
      await step(next++);
      done++;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return done / ((performance.now() - began) / 1_000);
}

/** The median of five. */
async function msOf(step: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    await step();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[2]!;
}

async function startRun(ask: Ask, name: string, start = Date.now()): Promise<string> {
  const { run } = await ask('POST', 'runs/create', { experiment_id: '0', run_name: name, start_time: start });
  return (run as { info: { run_id: string } }).info.run_id;
}

async function measured(ask: Ask): Promise<Figures> {
  const figures: Figures = {};
  const run_id = await startRun(ask, 'bench');
  for (const callers of [1, 8, 32])
    figures[`log-metric/s, ${callers} callers`] = await rateOf(callers, (step) =>
      ask('POST', 'runs/log-metric', { run_id, key: `m${step % 20}`, value: step, timestamp: step, step }),
    );
  for (const callers of [1, 8])
    figures[`log-batch/s of 1,000, ${callers} callers`] = await rateOf(callers, (batch) => {
      const metrics = Array.from({ length: 1_000 }, (_, i) => ({
        ...{ key: `b${i % 20}`, value: i, timestamp: batch * 1_000 + i, step: batch * 1_000 + i },
      }));
      return ask('POST', 'runs/log-batch', { run_id, metrics });
    });
  const { run } = await ask('GET', 'runs/get', { run_id });
  const source = `${(run as { info: { artifact_uri: string } }).info.artifact_uri}/m`;
  await ask('POST', 'registered-models/create', { name: 'bench' });
  figures['versions created/s, 1 caller'] = await rateOf(1, () =>
    ask('POST', 'model-versions/create', {
      name: 'bench',
      source,
      run_id,
    }),
  );
  figures['stages changed/s, 1 caller'] = await rateOf(1, (i) =>
    ask('POST', 'model-versions/transition-stage', {
      ...{ name: 'bench', version: String(1 + (i % 5)), stage: i % 2 ? 'Staging' : 'Archived' },
      archive_existing_versions: false,
    }),
  );
  await createRuns(ask);
  const filter = "metrics.m1 > 0.5 and params.p1 = '1'";
  const search = (body: object) => () => ask('POST', 'runs/search', { experiment_ids: ['0'], ...body });
  figures[`ms of a search of ${runs} runs: filter, order, 100 answered`] = await msOf(
    search({ filter, order_by: ['metrics.m2 DESC'], max_results: 100 }),
  );
  figures['ms of a page of 1,000 runs'] = await msOf(search({ max_results: 1_000 }));
  return figures;
}

/** With values that follow from their numbers. */
async function createRuns(ask: Ask): Promise<void> {
  let next = 0;
  const caller = async () => {
    for (let i = next++; i < runs; i = next++) {
      const run_id = await startRun(ask, `run ${i}`, i);
      const numbers = [0, 1, 2, 3, 4];
      await ask('POST', 'runs/log-batch', {
        run_id,
        metrics: numbers.map((n) => ({
          key: `m${n}`,
          value: ((i * (n + 7)) % 101) / 101,
          timestamp: i,
          step: 0,
        })),
        params: numbers.map((n) => ({ key: `p${n}`, value: String((i * (n + 3)) % 5) })),
      });
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
}

async function contestant(command: readonly string[], url: string, cwd: string): Promise<Figures> {
  const [program = '', ...rest] = command;
  const environment = {
    ...process.env,
    EPOCHLOG_HOME: join(cwd, 'home'),
    EPOCHLOG_LOG_LEVEL: 'error',
    EPOCHLOG_PORT: new URL(url).port,
  };
  const child = spawn(program, rest, { cwd, env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await ready(url, child);
    return await measured(askAt(url));
  } finally {
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
  }
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

await using folder = await temporaryFolder('mlflow-tracking');
const python = await pythonWith(join(ROOT, 'test/interop/mlflow/requirements.txt'));
const [ours, theirs] = await freePorts(2);
const epochlog = await contestant(
  [process.execPath, join(ROOT, 'cli/epochlog.js'), 'up'],
  `http://127.0.0.1:${ours}`,
  folder.path,
);
console.error(JSON.stringify({ epochlog }));
const server = [
  '-m',
  'mlflow',
  'server',
  '--port',
  String(theirs),
  '--backend-store-uri',
  'sqlite:///mlflow.db',
];
const mlflow = await contestant([python, ...server], `http://127.0.0.1:${theirs}`, folder.path);

for (const [what, own] of Object.entries(epochlog)) {
  const other = mlflow[what]!;
  const times = what.startsWith('ms') ? other / own : own / other;
  console.error(
    `${what.padEnd(64)} ${own.toFixed(1).padStart(9)} ${other.toFixed(1).padStart(9)} ${times.toFixed(1).padStart(6)} ×`,
  );
}
console.log(JSON.stringify({ epochlog, mlflow }));

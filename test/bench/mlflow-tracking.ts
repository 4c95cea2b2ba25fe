// MLflow's tracking API beside MLflow's own server, in one run: what each answers a second.
//
//   node test/bench/mlflow-tracking.ts [--seconds 5] [--runs 10000]
//
// `epochlog up` with all services and projections, and `mlflow server` on SQLite as it comes, one after the other, are asked the same
// over HTTP: metrics one by one and 1,000 a batch, at 1, 8 and 32 callers that ask without pause; versions and stages; searches of so
// many runs with 5 params and 5 metrics each, which in MLflow's case are written to its database. A table goes to stderr, JSON to stdout. MLflow comes from PyPI into .cache/.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { temporaryFolder } from '../harness/folder.ts';
import { pythonWith } from '../interop/python.ts';
import { type Ask, askAt, startEpochlog, startMlflow } from './tracking-servers.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, runs: { type: 'string', default: '10000' } },
});
const [seconds, runs] = [Number(values.seconds), Number(values.runs)];

/** What was done a second, or the milliseconds of one, by what it is. */
type Figures = Record<string, number>;

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

/** @param createRuns puts so many runs into the server, with 5 params and 5 metrics each */
async function measured(ask: Ask, createRuns: (ask: Ask) => Promise<unknown>): Promise<Figures> {
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
async function createByClients(ask: Ask): Promise<void> {
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

await using folder = await temporaryFolder('mlflow-tracking');
const python = await pythonWith(join(import.meta.dirname, '../interop/mlflow/requirements.txt'));

async function ofEpochlog(): Promise<Figures> {
  await using server = await startEpochlog(folder.path);
  return await measured(askAt(server.url), createByClients);
}

/** MLflow takes a quarter of an hour to create ten thousand runs: they are written to its database. */
async function ofMlflow(): Promise<Figures> {
  await using server = await startMlflow(python, folder.path);
  const seed = [
    join(import.meta.dirname, 'mlflow-seed.py'),
    `sqlite:///${join(folder.path, 'mlflow.db')}`,
    String(runs),
  ];
  return await measured(askAt(server.url), () => promisify(execFile)(python, seed));
}

const epochlog = await ofEpochlog();
console.error(JSON.stringify({ epochlog }));
const mlflow = await ofMlflow();

for (const [what, own] of Object.entries(epochlog)) {
  const other = mlflow[what]!;
  const times = what.startsWith('ms') ? other / own : own / other;
  console.error(
    `${what.padEnd(64)} ${own.toFixed(1).padStart(9)} ${other.toFixed(1).padStart(9)} ${times.toFixed(1).padStart(6)} ×`,
  );
}
console.log(JSON.stringify({ epochlog, mlflow }));

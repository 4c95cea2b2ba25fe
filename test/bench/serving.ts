// Serving beside MLflow, in one run: requests a second, latency and CPU time a request of predictions, each durable before it is
// answered.
//
//   node test/bench/serving.ts [--papers FILE] [--seconds 10] [--rounds 1] [--home FOLDER]
//
// Trains a linear model of papers (default: generated ones), and the equivalent pipeline of scikit-learn. Then each serves by itself, and is
// asked by a process of its own: `epochlog up` with all services and projections; the predictor alone; and `mlflow models serve`. At 1
// and 32 callers that ask without pause, and at 500 and 1,000 requests a second that come whether or not others were answered. Beside
// them bare onnxruntime-node: one text, features included, in a loop. The median of the rounds counts. A table goes to stderr, JSON to
// stdout. Linux; MLflow and scikit-learn come from PyPI into .cache/.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { getBundle } from '../../kernel/bundle.ts';
import { openPackage } from '../../ml/package/open.ts';
import { readModel } from '../../operations/production.ts';
import { answer, text } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { freePorts } from '../harness/ports.ts';
import { papersFrom } from './facts.ts';
import { cpuSeconds, family } from './processes.ts';
import { pythonWithMlflow } from './python.ts';
import type { Job, Measured } from './serving-load.ts';

const MODEL = 'arxiv-classifier';
const READY_TIMEOUT_MS = 120_000;
const LOADS: readonly Pick<Job, 'callers' | 'rate'>[] = [
  { callers: 1 },
  { callers: 32 },
  { callers: 256, rate: 500 },
  { callers: 256, rate: 1_000 },
];

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '1' },
    home: { type: 'string' },
  },
});

interface Contestant {
  name: string;
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  path: string;
  /** of a request for one paper */
  body(paper: { title: string; abstract: string }): object;
}

interface Row extends Measured {
  name: string;
  load: string;
  perSecond: number;
  cpuMs: number;
}

const papers = await papersFrom(options.papers);
await using temporary = await temporaryFolder('serving');
const folder = options.home ?? temporary.path;
const home = join(folder, 'home');
if (options.papers === undefined) await answer(home, ['lifecycle', '--cut', '2025-07-01']);
else {
  await text(home, ['collect', options.papers]);
  await text(home, ['train']);
}
const policy = join(folder, 'policy.yaml');
// else a load beyond what the machine does rolls production back, and drift of the texts starts a training beside the load
await writeFile(
  policy,
  'guard: { p95Ms: null }\nretraining: { onDrift: false, onQuality: false, newSamples: null }\n',
);
await text(home, ['model', 'policy', MODEL, policy]);
const split = join(folder, 'split.json');
const documents = papers.map(({ title, abstract, primaryCategory: label }) => ({ title, abstract, label }));
await writeFile(split, JSON.stringify(documents));
const python = pythonWithMlflow();
const pipeline = join(folder, 'pipeline');
await rm(pipeline, { recursive: true, force: true });
execFileSync(python, [join(import.meta.dirname, 'mlflow-contestant.py'), split, pipeline], {
  stdio: ['ignore', 2, 2],
});

const [port] = await freePorts(1);
const url = `http://127.0.0.1:${port}`;
const environment = { EPOCHLOG_HOME: home, EPOCHLOG_PORT: `${port}`, EPOCHLOG_LOG_LEVEL: 'warn' };
const predict = {
  environment,
  path: '/v1/predict',
  body: ({ title, abstract }: { title: string; abstract: string }) => ({ instance: { title, abstract } }),
};
const serve = ['models', 'serve', '-m', pipeline, '-p', `${port}`, '--env-manager', 'local'];
const contestants: readonly Contestant[] = [
  {
    ...predict,
    name: 'epochlog up',
    command: [process.execPath, join(import.meta.dirname, '../../cli/epochlog.js'), 'up'],
  },
  {
    ...predict,
    name: 'predictor alone',
    command: [process.execPath, join(import.meta.dirname, 'predictor-alone.ts')],
  },
  {
    name: 'mlflow models serve',
    command: [python, '-m', 'mlflow', ...serve],
    environment: { PATH: `${join(python, '..')}:${process.env.PATH}` },
    path: '/invocations',
    body: ({ title, abstract }) => ({ inputs: [`${title} ${abstract}`] }),
  },
];

const rows: Row[] = [];
for (let round = 0; round < Number(options.rounds); round++)
  for (const contestant of contestants) rows.push(...(await measured(contestant)));
const bareMs = await bareRuntime();
report(medians(rows), bareMs);

async function measured(contestant: Contestant): Promise<Row[]> {
  const { name, command, path } = contestant;
  const bodies = join(folder, 'bodies.jsonl');
  await writeFile(
    bodies,
    papers
      .slice(0, 2_000)
      .map((paper) => `${JSON.stringify(contestant.body(paper))}\n`)
      .join(''),
  );
  const [program, ...parameters] = command;
  const child = spawn(program!, parameters, {
    env: { ...process.env, ...contestant.environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await ready(child, path, JSON.stringify(contestant.body(papers[0]!)));
    const own: Row[] = [];
    for (const load of LOADS) {
      const job: Job = { url, path, bodies, seconds: Number(options.seconds), ...load };
      const before = cpuOf(child);
      const { stdout, seconds } = await generate(job);
      const result: Measured = JSON.parse(stdout);
      const cpuMs = ((cpuOf(child) - before) * 1_000 * (result.seconds / seconds)) / result.answered;
      const perSecond = result.answered / result.seconds;
      const label = load.rate === undefined ? `${load.callers} callers` : `${load.rate}/s offered`;
      own.push({ name, load: label, ...result, perSecond, cpuMs });
    }
    return own;
  } finally {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
}

/** CPU seconds of a process and those below it. */
function cpuOf(child: ChildProcess): number {
  return family(child.pid!).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

/** Waits until the server answers a prediction. */
async function ready(child: ChildProcess, path: string, body: string): Promise<void> {
  for (const deadline = Date.now() + READY_TIMEOUT_MS; Date.now() < deadline; await sleep(100)) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method: 'POST', body, headers }).catch(() => undefined);
    if (response?.ok) return;
  }
  throw new Error('the server does not answer predictions');
}

/** Runs the load generator; `seconds` are those of its warm-up and its load together. */
async function generate(job: Job): Promise<{ stdout: string; seconds: number }> {
  const generator = spawn(
    process.execPath,
    [join(import.meta.dirname, 'serving-load.ts'), JSON.stringify(job)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let stdout = '';
  generator.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  const [code] = await once(generator, 'close');
  if (code !== 0) throw new Error(`the load generator ended with ${code}`);
  return { stdout, seconds: job.seconds + 2 };
}

/** The median milliseconds in which bare onnxruntime-node answers one text in this process, its features included. */
async function bareRuntime(): Promise<number> {
  const store = await openStore(readConfig({ home }), 'bench');
  const { production } = await readModel(store.events, MODEL);
  const opened = openPackage(await getBundle(store.artifacts, production!.data.package));
  await store.close();
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(opened.onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const latencies: number[] = [];
  for (const { title, abstract } of papers.slice(0, 2_000)) {
    const started = performance.now();
    const inputs = opened.inputsOf([opened.clean(opened.validate({ title, abstract }))]);
    const feeds = Object.entries(inputs).map(([name, { data, dims }]) => {
      if (data instanceof Float32Array) return [name, new Tensor('float32', data, dims)];
      if (data instanceof BigInt64Array) return [name, new Tensor('int64', data, dims)];
      throw new Error(`input ${name} is of a type that a linear model of texts does not have`);
    });
    await session.run(Object.fromEntries(feeds));
    latencies.push(performance.now() - started);
  }
  return latencies.sort((a, b) => a - b)[latencies.length >> 1]!;
}

function medians(all: readonly Row[]): Row[] {
  return [...Map.groupBy(all, ({ name, load }) => `${name}, ${load}`).values()].map(
    (same) => same.toSorted((a, b) => a.perSecond - b.perSecond)[same.length >> 1]!,
  );
}

function report(measured: readonly Row[], bareMs: number): void {
  console.error(
    '                       load             answered/s    p50 ms    p99 ms   CPU ms each   failed',
  );
  for (const { name, load, perSecond, p50, p99, cpuMs, failed } of measured) {
    const numbers = [
      perSecond.toFixed(0).padStart(10),
      ...[p50, p99, cpuMs].map((ms) => ms.toFixed(2).padStart(10)),
    ];
    console.error(name.padEnd(23) + load.padEnd(17) + numbers.join('') + String(failed).padStart(9));
  }
  const at = (name: string, load: string) => measured.find((row) => row.name === name && row.load === load)!;
  const overheadMs = at('epochlog up', '1 callers').p50 - bareMs;
  const ratio =
    at('predictor alone', '32 callers').perSecond / at('mlflow models serve', '32 callers').perSecond;
  console.error(
    `bare onnxruntime-node: p50 ${bareMs.toFixed(2)} ms; overhead of epochlog up: ${overheadMs.toFixed(2)} ms`,
  );
  console.error(`predictor alone beside MLflow at 32 callers: ${ratio.toFixed(1)} times as many`);
  console.log(JSON.stringify({ rows: measured, bareMs, overheadMs, ratio }));
}

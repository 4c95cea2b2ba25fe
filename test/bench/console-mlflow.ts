/**
 * The console beside MLflow's own pages, of the same runs: `node test/bench/console-mlflow.ts`.
 *
 * A lifecycle of generated records is mirrored to `mlflow server` (pinned, from PyPI into .cache/). Chromium opens the list of runs
 * and a run in both, each time with an empty cache: milliseconds until the name of a run is seen, bytes that came, those of scripts
 * among them, requests; the medians of three. JSON to stdout, pictures to docs/console.
 * Needs a Chromium: the PATH's, or that of EPOCHLOG_CHROMIUM.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright-core';
import { epochlog, finished, printed, text, writeCorpus } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { mlflowServer } from '../harness/mlflow-server.ts';
import { freePorts } from '../harness/ports.ts';
import { pythonWith } from '../interop/python.ts';

const REPEATS = 3;
/** MLflow's pages are never quiet: what comes later than this is not counted */
const QUIET_MS = 4_000;
const RECORDS = 1_200;
const TIMEOUT_MS = 300_000;
const VIEWPORT = { width: 1_200, height: 700 };
const DOCS = join(import.meta.dirname, '../../docs/console');
const REQUIREMENTS = join(import.meta.dirname, '../interop/mlflow/requirements.txt');
const MODEL = 'arxiv-classifier';

interface MirroredRun {
  info: { run_id: string; experiment_id: string; run_name: string };
}

await using folder = await temporaryFolder('console-mlflow');
const home = join(folder.path, 'home');
await writeCorpus(join(folder.path, 'records.jsonl'), RECORDS);
await text(home, ['lifecycle', '--data', join(folder.path, 'records.jsonl'), '--cut', '2025-02-01']);
await using mlflow = await mlflowServer(await pythonWith(REQUIREMENTS), folder.path);
const [port] = (await freePorts(1)) as [number];
const url = `http://127.0.0.1:${port}`;
const server = epochlog(home, ['up'], { EPOCHLOG_PORT: String(port), EPOCHLOG_MIRROR_URI: mlflow.uri });
let browser: Browser | undefined;
try {
  await printed(server, /epochlog is up at/);
  const { items } = (await (await fetch(`${url}/v1/runs`)).json()) as { items: { runId: string }[] };
  const mirrored = await mirroredRuns(items.length);
  browser = await chromium.launch({
    executablePath: process.env.EPOCHLOG_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const own = items[0]!.runId;
  const theirs = mirrored.find(({ info }) => info.run_name.includes(own)) ?? mirrored[0]!;
  const { run_id, experiment_id, run_name } = theirs.info;
  const experiment = `${mlflow.uri}/#/experiments/${experiment_id}/runs`;
  const figures = {
    'runs, epochlog': await seen(`${url}/console/runs`, own, 'runs'),
    'runs, MLflow': await seen(experiment, run_name, 'mlflow-runs'),
    'a run, epochlog': await seen(`${url}/console/runs/${own}`, 'Evaluation on the test split', 'run'),
    'a run, MLflow': await seen(`${experiment}/${run_id}`, run_name, 'mlflow-run'),
  };
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await browser?.close();
  server.kill('SIGTERM');
  if (server.exitCode === null) await finished(server);
}

/** The runs that MLflow has, once it has so many. */
async function mirroredRuns(count: number): Promise<MirroredRun[]> {
  const ask = async <T>(path: string, body: object) => {
    const answer = await fetch(`${mlflow.uri}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as T;
  };
  for (const began = Date.now(); Date.now() - began < TIMEOUT_MS; await sleep(500)) {
    const { experiments } = await ask<{ experiments: { name: string; experiment_id: string }[] }>(
      'experiments/search',
      { max_results: 100 },
    );
    const experiment = experiments.find(({ name }) => name === MODEL);
    if (!experiment) continue;
    const search = { experiment_ids: [experiment.experiment_id], filter: "attributes.status = 'FINISHED'" };
    const { runs = [] } = await ask<{ runs?: MirroredRun[] }>('runs/search', search);
    if (runs.length >= count) return runs;
  }
  throw new Error('MLflow does not have the runs');
}

/** Opens an address with an empty cache until a text is seen; a picture of the last time, once nothing more comes. */
async function seen(address: string, content: string, picture: string) {
  const all: { milliseconds: number; bytes: number; script: number; requests: number }[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const context = await browser!.newContext({ viewport: VIEWPORT });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    const scripts = new Set<string>();
    let [bytes, script, requests] = [0, 0, 0];
    session.on('Network.responseReceived', ({ requestId, type }) => {
      requests += 1;
      if (type === 'Script') scripts.add(requestId);
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      bytes += encodedDataLength;
      if (scripts.has(requestId)) script += encodedDataLength;
    });
    const began = performance.now();
    await page.goto(address);
    await page.getByText(content).first().waitFor({ timeout: TIMEOUT_MS });
    const milliseconds = Math.round(performance.now() - began);
    await page.waitForLoadState('networkidle', { timeout: QUIET_MS }).catch(() => {});
    all.push({ milliseconds, bytes, script, requests });
    if (repeat === REPEATS - 1) await page.screenshot({ path: join(DOCS, `${picture}.png`) });
    await context.close();
  }
  const median = (of: 'milliseconds' | 'bytes' | 'script' | 'requests') =>
    all.map((one) => one[of]).toSorted((a, b) => a - b)[Math.floor(REPEATS / 2)]!;
  const figures = {
    milliseconds: median('milliseconds'),
    kilobytes: Math.round(median('bytes') / 1_000),
    scriptKilobytes: Math.round(median('script') / 1_000),
    requests: median('requests'),
  };
  process.stderr.write(`${picture} ${JSON.stringify(figures)}\n`);
  return figures;
}

/**
 * Pictures of the console for docs/console.md, of a lifecycle of generated records: `node test/bench/screenshots.ts
 * [--out FOLDER]`.
 * Needs a Chromium: the PATH's, or that of EPOCHLOG_CHROMIUM.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { epochlog, finished, printed, smallWindows, text, writeCorpus } from '../harness/command.ts';
import { freePorts } from '../harness/ports.ts';

const VIEWPORT = { width: 1_200, height: 620 };
const RECORDS = 1_200;
const SEARCH_TIMEOUT_MS = 180_000;
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const FOLDER = values.out ?? join(import.meta.dirname, '../../docs/console');
const MODEL = 'arxiv-classifier';
const TASK = `task: tickets
kind: text
id: id
time: opened
target: { column: queue, classes: [billing, sales] }
text: [subject]
`;
const TICKETS = [
  ['wait-1', 'an invoice that is wrong'],
  ['wait-2', 'how much is the large one'],
  ['wait-3', 'paid twice for one month'],
].map(([id, subject]) => ({ id, subject, opened: '2025-06-15' }));
const REQUESTS = 60;
const SEARCH = `model: ${MODEL}
max_evals: 12
startup_trials: 4
space:
  c: { type: log_float, low: 0.02, high: 20 }
  titleWeight: { type: int, low: 1, high: 4 }
  classWeights: { type: categorical, choices: [none, balanced] }
`;

interface Known {
  run: string;
  dataset: string;
  version: string;
  beside: string;
  window: string;
  promotion: string;
}

const pagesWith = ({ run, dataset, version, beside, window, promotion }: Known) => ({
  now: '/',
  'time-machine': '/console/time?at=2025-04-15T00:00:00.000Z',
  models: '/console/models',
  rollouts: '/console/rollouts',
  experiment: '/console/experiments/in-the-pictures',
  labels: '/console/labels?task=tickets&by=ada',
  runs: '/console/runs?columns=status,engine,dataset,primary,metric.logLoss,param.c,epochs,time',
  run: `/console/runs/${encodeURIComponent(run)}`,
  search: '/console/searches/in-the-pictures',
  data: '/console/data',
  dataset: `/console/data/${encodeURIComponent(dataset)}`,
  version: `/console/models/${MODEL}/${encodeURIComponent(version)}`,
  comparison: `/console/models/${MODEL}/${beside}`,
  predictions: '/console/predictions?wrong=1',
  drift: `/console/drift?window=${window}&feature=confidence`,
  events: '/console/events?stream=models',
  event: `/console/events/${promotion}`,
  operations: '/console/operations',
});

const home = await mkdtemp(join(tmpdir(), 'epochlog-screenshots-'));
const [port] = await freePorts(1);
const records = join(home, 'records.jsonl');
await writeCorpus(records, RECORDS);
await smallWindows(home);
await text(home, ['lifecycle', '--data', records, '--cut', '2025-02-01']);
const server = epochlog(home, ['up'], { EPOCHLOG_PORT: String(port) });
const browser = await chromium.launch({
  executablePath: process.env.EPOCHLOG_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  await printed(server, /epochlog is up at/);
  const page = await browser.newPage({ viewport: VIEWPORT });
  const url = `http://127.0.0.1:${port}`;
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const json = { 'content-type': 'application/json' };
    const post = body && { method: 'POST', headers: json, body: JSON.stringify(body) };
    return (await (await fetch(`${url}${path}`, post)).json()) as T;
  };
  type List<Item> = { items: Item[] };
  /** Sends a request, and waits for what comes of it. */
  const decided = async (path: string, body: object) => {
    const { follow } = await ask<{ follow: string }>(path, body);
    const { state, reason } = await ask<{ state: string; reason: string | null }>(`${follow}?wait=60`);
    if (state !== 'done') throw new Error(`${path}: ${state}, ${reason}`);
  };
  const { follow } = await ask<{ follow: string }>('/v1/searches', {
    searchId: 'in-the-pictures',
    file: SEARCH,
  });
  await ask(`${follow}?wait=60`);
  await ask('/v1/schedules', {
    ...{ schedule: 'weekly-report', cron: '0 6 * * 1', timeZone: 'Europe/Berlin', action: 'drift' },
    ...{ model: MODEL, reason: 'every Monday before the meeting' },
  });
  await decided('/v1/tasks', { file: TASK });
  await decided('/v1/collections', { task: 'tickets', records: TICKETS });
  const promoted = await ask<
    List<{ id: string; data: { version: string; previous: string; runId: string; datasetId: string } }>
  >('/v1/events?type=VersionPromoted&limit=1000');
  const last = promoted.items.at(-1)!;
  const [window] = (await ask<List<{ eventId: string }>>('/v1/drift?limit=1')).items;
  const [pair] = (await ask<List<{ baseline: string; candidate: string }>>(`/v1/models/${MODEL}/comparisons`))
    .items;
  const beside = `${pair!.candidate}?beside=${pair!.baseline}`;
  for (const began = Date.now(); ; ) {
    const { status } = await ask<{ status: string }>('/v1/searches/in-the-pictures');
    if (status !== 'running' || Date.now() - began > SEARCH_TIMEOUT_MS) break;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  const { version, runId, datasetId } = last.data;
  const { previous } = last.data;
  const arms = [
    { name: 'control', version, share: 50 },
    { name: 'treatment', version: previous, share: 50 },
  ];
  await decided('/v1/experiments', { experimentId: 'in-the-pictures', model: MODEL, arms });
  for (let at = 0; at < REQUESTS; at++)
    await ask('/v1/predict', {
      model: MODEL,
      routingKey: `reader-${at}`,
      instance: { title: `On graphs, part ${at}`, abstract: 'We study graphs and learn from them.' },
    });
  await decided('/v1/experiments/in-the-pictures/conclude', { reason: 'the week is over' });
  await ask('/v1/deployments', {
    ...{ model: MODEL, version: previous, strategy: 'canary', reason: 'to see it beside the new one' },
  });
  const known = {
    run: runId,
    dataset: datasetId,
    version,
    beside,
    window: window!.eventId,
    promotion: last.id,
  };
  for (const [name, path] of Object.entries(pagesWith(known))) {
    await page.goto(`${url}${path}`, { waitUntil: 'networkidle' });
    await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  }
} finally {
  await browser.close();
  if (server.exitCode === null) {
    server.kill('SIGTERM');
    await finished(server);
  }
  await rm(home, { recursive: true });
  await rm(`${home}.policy.yaml`, { force: true });
}

/**
 * Pictures of the console for docs/console.md, of a lifecycle of generated records: `node test/bench/screenshots.ts`.
 * Needs a Chromium: the PATH's, or that of EPOCHLOG_CHROMIUM.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { freePorts } from '../harness/cluster/cluster.ts';
import { epochlog, finished, printed, smallWindows, text, writeCorpus } from '../harness/command.ts';

const VIEWPORT = { width: 1_200, height: 700 };
const RECORDS = 1_200;
const SEARCH_TIMEOUT_MS = 180_000;
const DOCS = join(import.meta.dirname, '../../docs/console');
const MODEL = 'arxiv-classifier';
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
  runs: '/console/runs?columns=status,engine,dataset,primary,metric.logLoss,param.c,epochs,time',
  run: `/console/runs/${encodeURIComponent(run)}`,
  search: '/console/searches/in-the-pictures',
  data: '/console/data',
  dataset: `/console/data/${encodeURIComponent(dataset)}`,
  version: `/console/models/${MODEL}/${encodeURIComponent(version)}`,
  comparison: `/console/models/${MODEL}/${beside}`,
  predictions: '/console/predictions?wrong=1',
  drift: `/console/drift?window=${window}&feature=confidence`,
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
  const { follow } = await ask<{ follow: string }>('/v1/searches', {
    searchId: 'in-the-pictures',
    file: SEARCH,
  });
  await ask(`${follow}?wait=60`);
  await ask('/v1/schedules', {
    ...{ schedule: 'weekly-report', cron: '0 6 * * 1', timeZone: 'Europe/Berlin', action: 'drift' },
    ...{ model: MODEL, reason: 'every Monday before the meeting' },
  });
  const promoted = await ask<
    List<{ id: string; data: { version: string; runId: string; datasetId: string } }>
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
    await page.screenshot({ path: join(DOCS, `${name}.png`) });
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

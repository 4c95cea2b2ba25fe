/**
 * How the console holds out against many runs and long curves: `node test/bench/console.ts [--runs 10000] [--points 1000000]`.
 *
 * A run with so many values of one metric, and so many runs with 5 parameters and 5 metrics, are logged over MLflow's API to
 * `epochlog up`; Chromium opens the pages of the console. JSON to stdout: milliseconds, bytes that came, memory of the page.
 * Needs a Chromium: the PATH's, or that of EPOCHLOG_CHROMIUM.
 */
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { epochlog, finished, printed } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { freePorts } from '../harness/ports.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    points: { type: 'string', default: '1000000' },
  },
});
const [runs, points] = [Number(values.runs), Number(values.points)];
const BATCH = 1_000;
const CALLERS = 8;
const TIMEOUT_MS = 300_000;

await using folder = await temporaryFolder('console-bench');
const [port] = (await freePorts(1)) as [number];
const url = `http://127.0.0.1:${port}`;
const server = epochlog(folder.path, ['up'], { EPOCHLOG_PORT: String(port) });
let browser: Browser | undefined;
try {
  await printed(server, /epochlog is up at/);
  const long = await longRun();
  await shortRuns();
  await eventually(
    async () =>
      (await ask<{ items: { points: number }[] }>(`/v1/runs/${long}/metrics`)).items[0]?.points === points,
  );
  browser = await chromium.launch({
    executablePath: process.env.EPOCHLOG_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--enable-precise-memory-info'],
  });
  const page = await browser.newPage({ viewport: { width: 1_200, height: 800 } });
  const figures = {
    curve: await curve(page, long),
    list: await list(page),
  };
  process.stdout.write(`${JSON.stringify({ runs, points, ...figures }, null, 2)}\n`);
} finally {
  await browser?.close();
  server.kill('SIGTERM');
  if (server.exitCode === null) await finished(server);
}

async function ask<T>(path: string): Promise<T> {
  return (await (await fetch(`${url}${path}`)).json()) as T;
}

async function track(path: string, body: object): Promise<{ run: { info: { run_id: string } } }> {
  const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { run: { info: { run_id: string } } };
}

async function started(name: string): Promise<string> {
  const body = { experiment_id: '0', run_name: name, start_time: Date.now() };
  return (await track('runs/create', body)).run.info.run_id;
}

/** A noisy loss that falls, with one spike, which no bucket may lose. */
async function longRun(): Promise<string> {
  const run_id = await started('long');
  const loss = (step: number) =>
    step === Math.floor(points / 3) ? 9 : 1 / (1 + step / 50_000) + 0.1 * Math.sin(step * 12.9898);
  for (let from = 0; from < points; from += BATCH) {
    const metrics = Array.from({ length: Math.min(BATCH, points - from) }, (_, i) => ({
      ...{ key: 'loss', value: loss(from + i), timestamp: from + i, step: from + i },
    }));
    await track('runs/log-batch', { run_id, metrics });
  }
  return run_id;
}

async function shortRuns(): Promise<void> {
  let next = 0;
  const caller = async () => {
    while (next < runs) {
      const own = next++;
      const run_id = await started(`run-${own}`);
      const named = (kind: string) => Array.from({ length: 5 }, (_, i) => `${kind}${i}`);
      await track('runs/log-batch', {
        run_id,
        params: named('p').map((key, i) => ({ key, value: String((own * (i + 1)) % 7) })),
        metrics: named('m').map((key, i) => ({ key, value: own / (i + 1), timestamp: 1, step: 0 })),
      });
      await track('runs/update', { run_id, status: 'FINISHED', end_time: Date.now() });
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

async function eventually(isTrue: () => Promise<boolean>): Promise<void> {
  for (const began = Date.now(); !(await isTrue()); ) {
    if (Date.now() - began > TIMEOUT_MS) throw new Error('the projector is not done');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Milliseconds until something is seen. */
async function timed(doing: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await doing();
  return Math.round(performance.now() - began);
}

async function memoryOf(page: Page): Promise<number> {
  return Math.round((await page.evaluate<number>('performance.memory.usedJSHeapSize')) / 1e6);
}

/** The longest time in which the page answered no input, since it was last asked. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(
    'window.longest = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration); }).observe({ type: "longtask", buffered: true })',
  );
}

async function curve(page: Page, id: string) {
  const api = await timed(() => ask(`/v1/curves?run=${id}&metric=loss`));
  const drawn = await timed(async () => {
    await page.goto(`${url}/console/runs/${id}`);
    await page.locator('.u-over').first().waitFor();
  });
  await watch(page);
  const over = (await page.locator('.u-over').first().boundingBox())!;
  const zoomed = await timed(async () => {
    const answered = page.waitForResponse((response) => response.url().includes('/v1/curves?'));
    await page.mouse.move(over.x + 0.4 * over.width, over.y + 80);
    await page.mouse.down();
    await page.mouse.move(over.x + 0.6 * over.width, over.y + 80, { steps: 5 });
    await page.mouse.up();
    await answered;
    await page.locator('.u-over').first().waitFor();
  });
  const smoothed = await timed(async () => {
    await page.getByLabel(/^Smoothing/).fill('0.9');
    await page.getByText('smoothed by 0.9').first().waitFor();
  });
  const longestTask = await page.evaluate<number>('window.longest');
  return { api, drawn, zoomed, smoothed, longestTask, memoryMb: await memoryOf(page) };
}

async function list(page: Page) {
  const api = await timed(() => ask('/v1/runs?limit=50'));
  const first = await timed(async () => {
    await page.goto(`${url}/console/runs?columns=name,metric.m0,param.p0`);
    await page.locator('tbody tr').first().waitFor();
  });
  await watch(page);
  const next = async () => {
    const before = await page.locator('tbody a').first().textContent();
    await page.getByRole('link', { name: 'older' }).click();
    await page.locator('tbody tr').first().filter({ hasNotText: before! }).waitFor();
  };
  const pages: number[] = [];
  for (let i = 0; i < 5; i++) pages.push(await timed(next));
  const found = await timed(async () => {
    await page.getByLabel('Run or name').fill('run-77');
    await page.getByLabel('Run or name').press('Enter');
    await page
      .getByRole('cell', { name: /^run-77\d*$/ })
      .first()
      .waitFor();
  });
  const longestTask = await page.evaluate<number>('window.longest');
  return { api, first, pages, found, longestTask, memoryMb: await memoryOf(page) };
}

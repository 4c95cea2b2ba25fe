/**
 * Pictures of the console for docs/console.md, of a lifecycle of generated records: `node test/bench/screenshots.ts`.
 * Needs a Chromium: the PATH's, or that of EPOCHLOG_CHROMIUM.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { freePorts } from '../harness/cluster/cluster.ts';
import { epochlog, finished, printed } from '../harness/command.ts';

const VIEWPORT = { width: 1_200, height: 700 };
const DOCS = join(import.meta.dirname, '../../docs/console');
const pagesWith = (runId: string) => ({
  now: '/',
  'time-machine': '/console/time?at=2025-08-01T00:00:00.000Z',
  runs: `/console/runs/${encodeURIComponent(runId)}`,
  drift: '/console/drift',
  events: '/console/events?type=VersionPromoted',
});

const home = await mkdtemp(join(tmpdir(), 'epochlog-screenshots-'));
const [port] = await freePorts(1);
await finished(epochlog(home, ['lifecycle']));
const server = epochlog(home, ['up'], { EPOCHLOG_PORT: String(port) });
const browser = await chromium.launch({
  executablePath: process.env.EPOCHLOG_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  await printed(server, /epochlog is up at/);
  const page = await browser.newPage({ viewport: VIEWPORT });
  const url = `http://127.0.0.1:${port}`;
  const { items } = (await (await fetch(`${url}/v1/runs`)).json()) as { items: { runId: string }[] };
  for (const [name, path] of Object.entries(pagesWith(items[0]!.runId))) {
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
}

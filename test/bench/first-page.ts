/**
 * How soon pages of the console show what they are for, on the log of a home: `node test/bench/first-page.ts --home DIR
 * [--rounds 5] [--pages now,drift]`.
 *
 * Each round opens each page in a browser with an empty cache; the first round is also the first of its server. JSON to
 * stdout: milliseconds of each round from the begin of the navigation until that is in the page, as the page itself sees it (who
 * looks from outside looks every half second at last); the requests to the API of the last one with when each began and ended. Needs a
 * Chromium: the PATH's, or that of EPOCHLOG_CHROMIUM.
 */
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { epochlog, finished, printed } from '../harness/command.ts';
import { freePorts } from '../harness/ports.ts';

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    pages: { type: 'string' },
  },
});
if (values.home === undefined) throw new Error('name a home: --home DIR');

/** Of each page its address, and what is there once it is useful. */
const PAGES: Readonly<Record<string, readonly [path: string, useful: string]>> = {
  now: ['/', '.card .big'],
  time: ['/console/time', '.card .big'],
  models: ['/console/models', 'tbody tr'],
  rollouts: ['/console/rollouts', 'main section, .empty:not([role=status])'],
  runs: ['/console/runs', 'tbody tr'],
  data: ['/console/data', 'tbody tr'],
  predictions: ['/console/predictions', 'tbody tr'],
  drift: ['/console/drift', 'table.heat'],
  events: ['/console/events', 'tbody tr'],
  operations: ['/console/operations', 'h2'],
};
const TIMEOUT_MS = 60_000;

interface Requested {
  path: string;
  from: number;
  to: number;
}

const [port] = (await freePorts(1)) as [number];
const url = `http://127.0.0.1:${port}`;
const server = epochlog(values.home, ['up'], { EPOCHLOG_PORT: String(port) });
let browser: Browser | undefined;
try {
  await printed(server, /epochlog is up at/);
  browser = await chromium.launch({
    executablePath: process.env.EPOCHLOG_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const names = values.pages?.split(',') ?? Object.keys(PAGES);
  const found: Record<string, { milliseconds: number[]; files: number; requests: Requested[] }> = {};
  for (let round = 0; round < Number(values.rounds); round++)
    for (const name of names) {
      const { milliseconds, files, requests } = await opened(browser, PAGES[name]!);
      const before = found[name]?.milliseconds ?? [];
      found[name] = { milliseconds: [...before, milliseconds], files, requests };
    }
  process.stdout.write(`${JSON.stringify(found, null, 1)}\n`);
} finally {
  await browser?.close();
  server.kill('SIGTERM');
  if (server.exitCode === null) await finished(server);
}

async function opened(within: Browser, [path, useful]: readonly [string, string]) {
  const context = await within.newContext({ viewport: { width: 1_200, height: 800 } });
  const page = await context.newPage();
  const requests: Requested[] = [];
  let files = 0;
  const began = performance.now();
  const now = () => Math.round(performance.now() - began);
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname.startsWith('/console') || pathname === '/') files++;
    else requests.push({ path: pathname + search, from: now(), to: Number.NaN });
  });
  page.on('requestfinished', (request) => {
    const { pathname, search } = new URL(request.url());
    const own = requests.find((one) => one.path === pathname + search && Number.isNaN(one.to));
    if (own) own.to = now();
  });
  await page.addInitScript(watching(useful));
  await page.goto(`${url}${path}`, { waitUntil: 'commit' });
  await page.locator(useful).first().waitFor({ timeout: TIMEOUT_MS });
  const milliseconds = Math.round(await page.evaluate<number>('seenAt'));
  await context.close();
  return { milliseconds, files, requests };
}

/** A script that notes when what is useful is in the page and laid out. */
function watching(useful: string): string {
  return `new MutationObserver((_, observer) => {
    if (!document.querySelector(${JSON.stringify(useful)})?.checkVisibility()) return;
    globalThis.seenAt = performance.now();
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true, attributes: true });`;
}

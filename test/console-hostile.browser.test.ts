import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type ApiUnderTest, startApi, TOKEN } from './harness/api.ts';
import { hostileEvents } from './harness/hostile-events.ts';

/** The console over a log in which every text of every event is hostile. */

const executablePath = inject('chromium');
const HOSTILE = `"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script><svg onload=window.hacked=1>'\u202e\${1}`;
const of = encodeURIComponent(HOSTILE);
const PAGES = {
  now: '/console',
  'time machine': `/console/time?model=${of}`,
  models: `/console/models?model=${of}`,
  'a version': `/console/models/${of}/${of}`,
  'two versions': `/console/models/${of}/${of}?beside=${of}`,
  rollouts: `/console/rollouts?model=${of}`,
  experiments: '/console/experiments',
  'an experiment': `/console/experiments/${of}`,
  data: `/console/data?task=${of}`,
  labels: `/console/labels?task=${of}`,
  'a dataset': `/console/data/${of}`,
  runs: '/console/runs',
  'a run': `/console/runs/${of}`,
  'two runs': `/console/runs?compare=1&run=${of}&run=${of}`,
  searches: '/console/searches',
  'a search': `/console/searches/${of}`,
  predictions: `/console/predictions?model=${of}`,
  drift: `/console/drift?model=${of}`,
  events: `/console/events?subject=${of}`,
  operations: '/console/operations',
};
/** The page of one event is the same for each type: some of them are opened. The list shows the fields of all. */
const OPENED_EVERY = 48;
/** of the list of events */
const PAGE_SIZE = 100;
/** types of the events in the list whose fields are shown as text */
const ROWS = `[...document.querySelectorAll('tbody tr')]
  .filter((row) => row.querySelector('pre').textContent.includes('<script>'))
  .map((row) => row.querySelector('a').textContent)`;

const events = hostileEvents(HOSTILE);
const stack = new AsyncDisposableStack();
let under: ApiUnderTest;
let browser: Browser;
let url: string;
let page: Page;
const complaints: string[] = [];

describe.skipIf(executablePath === null)('every text of every event is hostile', () => {
  beforeAll(async () => {
    under = stack.use(await startApi(events));
    await under.app.listen({ host: '127.0.0.1', port: 0 });
    url = `http://127.0.0.1:${(under.app.server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    stack.defer(() => browser.close());
    page = await browser.newPage({ extraHTTPHeaders: { authorization: `Bearer ${TOKEN}` } });
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        complaints.push(message.text());
    });
  });
  afterAll(() => stack.disposeAsync());

  /** A page that is settled, and has neither run what stands in it nor complained. */
  const shown = async (path: string) => {
    await page.goto(`${url}${path}`);
    await page.locator('h1').waitFor();
    await page.getByText('Loading …').first().waitFor({ state: 'detached' });
    await harmless();
  };

  const harmless = async () => {
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('img, main script').count()).toBe(0);
    expect(complaints).toEqual([]);
  };

  test.for(Object.entries(PAGES))('%s', async ([, path]) => shown(path));

  test('the texts are shown, and are text', async () => {
    await shown(PAGES['time machine']);
    expect(await page.getByText(HOSTILE).count()).toBeGreaterThan(0);
  });

  test('events of all types are listed with their fields', async () => {
    await shown('/console/events?fields=1&oldest=1');
    const listed: string[] = [];
    for (let at = 0; at < events.length; at += PAGE_SIZE) {
      if (at > 0) await page.getByRole('link', { name: 'newer' }).click();
      await page.getByRole('link', { name: events[at]!.type, exact: true }).waitFor();
      listed.push(...(await page.evaluate<string[]>(ROWS)));
    }
    expect(listed).toEqual(events.map(({ type }) => type));
    await harmless();
  });

  test.for(events.filter((_, at) => at % OPENED_EVERY === 0))('event $type', async ({ id, type }) => {
    await shown(`/console/events/${id}`);
    await page.getByRole('heading', { name: type, exact: true }).waitFor();
    await page.locator('pre', { hasText: '<script>' }).waitFor();
  });
});

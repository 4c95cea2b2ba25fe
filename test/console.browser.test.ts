import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { answer, epochlog, printed, smallWindows, writeCorpus } from './harness/command.ts';
import { contrastsOfPoints } from './harness/contrast.ts';
import { temporaryFolder } from './harness/folder.ts';
import { freePorts } from './harness/ports.ts';

/** The console in a real browser, on a lifecycle of generated papers. */

const executablePath = inject('chromium');
const MODEL = 'arxiv-classifier';
const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\u202e"\'`$';
const SEARCH = `model: ${MODEL}
max_evals: 5
startup_trials: 5
space:
  c: { type: log_float, low: 0.02, high: 20 }
  classWeights: { type: categorical, choices: [none, balanced] }
`;
const MAX_SCRIPT_BYTES = 100_000;
const MAX_FIRST_SCRIPT_BYTES = 40_000;
const PAGES = [
  '/',
  '/console/time',
  '/console/models',
  '/console/rollouts',
  '/console/experiments',
  '/console/data',
  '/console/runs',
  '/console/searches',
  '/console/searches/in-a-browser',
  '/console/predictions',
  '/console/labels',
  '/console/drift',
  '/console/events',
  '/console/operations',
];
const NARROW = { width: 360, height: 740 };
const WIDE = { width: 3_840, height: 2_160 };

const stack = new AsyncDisposableStack();
let home: string;
let port: number;
let url: string;
let server: ChildProcess;
let browser: Browser;
/** complaints of the pages: errors of scripts, of the policy, and requests that leave the host */
const complaints: string[] = [];

async function up(variables: Record<string, string> = {}): Promise<ChildProcess> {
  const child = epochlog(home, ['up'], { EPOCHLOG_PORT: String(port), ...variables });
  await printed(child, /epochlog is up at/);
  return child;
}

async function down(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'close');
}

async function open(path: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage(options);
  page.on('pageerror', (error) => complaints.push(`${path}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(`${path}: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
      complaints.push(`${path} asks ${request.url()}`);
  });
  await page.goto(`${url}${path}`);
  await page.locator('h1').waitFor();
  return page;
}

/** Until a page has no answer to wait for. */
const settled = (page: Page) => page.getByText('Loading …').first().waitFor({ state: 'detached' });

interface Then {
  production: { version: string; reason: string; eventId: string };
}

const ask = async <T>(path: string) => (await (await fetch(`${url}${path}`)).json()) as T;

const post = (path: string, body: object) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** Sends a request that must be accepted and done. */
async function decided(path: string, body: object): Promise<void> {
  const { follow } = (await (await post(path, body)).json()) as { follow: string };
  expect(await ask(`${follow}?wait=30`)).toMatchObject({ state: 'done' });
}

/** No violation of accessibility, in light and dark, wide and narrow. */
async function accessible(path: string): Promise<void> {
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  for (const options of [
    { colorScheme: 'light', viewport: WIDE },
    { colorScheme: 'dark', viewport: NARROW },
  ] as const) {
    const page = await open(path, { ...options, bypassCSP: true }); // axe is no part of the console
    await settled(page);
    await page.addScriptTag({ path: axe });
    const violations = await page.evaluate(
      'axe.run().then((found) => found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))',
    );
    expect(violations).toEqual([]);
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    await page.close();
  }
}

describe.skipIf(executablePath === null)('the console', () => {
  beforeAll(async () => {
    const folder = stack.use(await temporaryFolder('console'));
    home = join(folder.path, 'home');
    await writeCorpus(join(folder.path, 'papers.jsonl'), 600);
    await smallWindows(home);
    await answer(home, ['lifecycle', '--data', join(folder.path, 'papers.jsonl'), '--cut', '2025-02-01']);
    [port] = (await freePorts(1)) as [number];
    url = `http://127.0.0.1:${port}`;
    server = await up();
    stack.defer(() => down(server));
    const { items } = await ask<{ items: { version: string; status: string }[] }>(
      `/v1/models/${MODEL}/versions`,
    );
    const { version } = items.find(({ status }) => status !== 'production')!;
    await decided('/v1/promotions', { model: MODEL, version, reason: HOSTILE, requestedBy: HOSTILE });
    await decided('/v1/searches', { searchId: 'in-a-browser', file: SEARCH });
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    stack.defer(() => browser.close());
  });
  afterAll(() => stack.disposeAsync());

  test.for(PAGES)('%s: no violation of accessibility, in light and dark, wide and narrow', accessible);

  test('Now: the version in production, and the events behind it in one click', async () => {
    const page = await open('/');
    await settled(page);
    const history = await ask<Then>(`/v1/models/${MODEL}/history`);
    await page.locator('.card .big', { hasText: history.production.version }).waitFor();
    await page.locator('.card').getByRole('link', { name: 'why' }).first().click();
    await page.getByRole('heading', { name: 'What led to it' }).waitFor();
    expect(page.url()).toContain(`/console/events/${history.production.eventId}`);
    await page.close();
  });

  test('Time machine: which version answered at an instant, and why; the address can be shared', async () => {
    const at = '2025-02-15T00:00:00.000Z';
    const page = await open(`/console/time?model=${MODEL}&at=${at}`);
    const then = await ask<Then>(`/v1/models/${MODEL}/history?at=${at}`);
    await page.locator('.card .big', { hasText: then.production.version }).waitFor();
    await page.getByText(then.production.reason).first().waitFor();
    await page.getByRole('link', { name: 'TrainingCompleted' }).click();
    await page.getByRole('heading', { name: 'TrainingCompleted' }).waitFor();
    await page.goBack();
    await page.getByLabel(/^Instant/).press('End');
    expect(page.url()).not.toContain(encodeURIComponent(at));
    await page.close();
  });

  test('Runs: filters, columns and differences stand in the address; curves of one, and two side by side', async () => {
    const page = await open('/console/runs');
    await page.getByLabel('Model', { exact: true }).selectOption(MODEL);
    await expect.poll(() => page.url()).toContain(`model=${MODEL}`);
    await page.getByText('Columns', { exact: true }).click();
    await page.getByLabel('logLoss', { exact: true }).check();
    await page.getByRole('columnheader', { name: 'logLoss' }).waitFor();
    await page.getByLabel('only columns that differ').check();
    await page.getByRole('columnheader', { name: 'engine' }).waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('columnheader', { name: 'logLoss' }).waitFor();
    expect(await page.getByRole('columnheader', { name: 'engine' }).count()).toBe(0);
    const boxes = page.getByRole('checkbox', { name: /^compare/ });
    await boxes.first().check();
    await boxes.nth(1).check();
    await page.getByRole('button', { name: /^Compare/ }).click();
    await page.getByText('Metrics and parameters').waitFor();
    const rows = page.locator('tbody tr');
    const fewer = await rows.count();
    await page.getByLabel('only differences').uncheck();
    await expect.poll(() => rows.count()).toBeGreaterThan(fewer);
    await page.locator('.u-over').first().waitFor(); // the plot has been drawn
    await page.locator('thead a').first().click();
    await page.getByRole('img', { name: /^Loss: training loss from / }).waitFor();
    await page.close();
  });

  test('Runs: the links that clients of MLflow print lead to a run, and to the runs of a project', async () => {
    const { items } = await ask<{ items: { runId: string }[] }>('/v1/runs?limit=1');
    const { runId = '' } = items[0] ?? {};
    const page = await open(`/#/experiments/0/runs/${runId}`);
    await page.getByRole('heading', { name: runId }).waitFor();
    expect(page.url()).toBe(`${url}/console/runs/${runId}`);
    await page.goto(`${url}/#/experiments/0`);
    await expect.poll(() => page.url()).toBe(`${url}/console/runs?project=Default`);
    await page.close();
  });

  test('Runs: plots of an evaluation with values where the pointer rests, saved as SVG and CSV; a part of a curve', async () => {
    const { items } = await ask<{ items: { runId: string }[] }>('/v1/runs');
    const page = await open(`/console/runs/${items[0]!.runId}`);
    for (const plot of [
      'Confusion',
      'ROC',
      'Precision and recall',
      'Reliability',
      'Confidence of the answers',
    ])
      await page.getByRole('region', { name: new RegExp(`^${plot}`) }).waitFor();
    expect(await page.locator('.picture title').first().textContent()).toMatch(/ answered as .*: \d+ of \d+/);
    const saved = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: `Save ${name}` }).click(),
      ]);
      return readFile(await download.path(), 'utf8');
    };
    expect(await saved('ROC.csv')).toMatch(/^series,false positive rate,true positive rate\n/);
    expect(await saved('ROC.svg')).toMatch(/^<svg /);
    expect(await saved('Loss.csv')).toMatch(/^curve,step,mean,least,most\ntraining loss,1,/);
    const values = page.getByRole('group', { name: 'Loss: arrow keys tell its values' });
    const announced = page.locator('figure', { has: values }).getByRole('status');
    await values.press('Home');
    await expect.poll(() => announced.textContent()).toMatch(/^step 1: training loss [\d.]+/);
    await values.press('ArrowRight');
    await expect.poll(() => announced.textContent()).toMatch(/^step 2: training loss [\d.]+/);
    await page.locator('.u-legend .u-value', { hasText: /^2$/ }).first().waitFor(); // the cursor is there too
    const announces = (hasText: string) => announced.filter({ hasText }).waitFor({ state: 'attached' });
    await values.press('Shift+ArrowRight');
    await announces('marked: step 2 to 3');
    await values.press('Enter');
    await announces('shown: step 2 to 3');
    expect(new URL(page.url()).search).toBe('?from=2&to=3');
    await page.keyboard.press('0'); // the chart has the focus still
    await announces('shown: step 1 to ');
    expect(new URL(page.url()).search).toBe('');
    await page.keyboard.press('Home');
    await page.keyboard.press('+');
    await page.waitForURL(/\?from=1&to=\d+$/);
    await page.getByRole('button', { name: 'All steps' }).click();
    await page.waitForURL(/\/runs\/[^?]+$/);
    const plot = (await page.locator('.u-over').first().boundingBox())!;
    await page.mouse.move(plot.x + plot.width * 0.3, plot.y + 50);
    await page.mouse.down();
    await page.mouse.move(plot.x + plot.width * 0.7, plot.y + 50);
    await page.mouse.up();
    await page.getByRole('button', { name: 'All steps' }).waitFor();
    expect(page.url()).toMatch(/from=\d+&to=\d+/);
    await page.getByLabel(/^Smoothing/).fill('0.5');
    await page.getByText('smoothed by 0.5').first().waitFor();
    await page.close();
  });

  test('Drift: which feature drifted first, and its histograms beside each other', async () => {
    const page = await open('/console/drift');
    await page
      .getByRole('table')
      .getByRole('link', { name: /^0\.\d+$/ })
      .first()
      .click();
    await page.getByText('expected of so many without drift').waitFor();
    await page
      .locator('.picture title', { hasText: /^window, / })
      .first()
      .waitFor({ state: 'attached' });
    expect(page.url()).toMatch(/window=[\w-]+&feature=/);
    await page.getByText('first drift').waitFor();
    await page.close();
  });

  test('Data: from a line to a sample, what is in a dataset, and what another one has that it has not', async () => {
    const page = await open('/console/data');
    const accepted = page.getByRole('row', { name: /^accepted/ });
    const { accepted: count } = await ask<{ accepted: number }>('/v1/tasks/arxiv/funnel');
    await accepted
      .getByRole('cell', { name: String(count), exact: true })
      .first()
      .waitFor();
    const { items } = await ask<{ items: { datasetId: string }[] }>('/v1/datasets');
    const [newest, before] = [items[0]!.datasetId, items.at(-1)!.datasetId];
    await page.getByRole('link', { name: newest }).click();
    await page.getByText('different ones in training').waitFor();
    await page.getByLabel('What another dataset has').selectOption(before);
    await page.getByText('Classes that differ').or(page.getByText('Each class has as many')).waitFor();
    expect(page.url()).toContain(`with=${before}`);
    await page.close();
  });

  test('Searches: trials, plots, and those alone that lie within the ends dragged along an axis; the address can be shared', async () => {
    const page = await open('/console/searches');
    await page.getByRole('link', { name: 'in-a-browser' }).click();
    await page.getByText('5 of 5 trials have ended').waitFor();
    for (const plot of ['history', 'importance', 'slices'])
      await page.getByRole('img', { name: `in-a-browser: ${plot}` }).waitFor();
    const rows = page.locator('tbody tr');
    expect(await rows.count()).toBe(5);
    const axis = (await page.locator('.grip').last().boundingBox())!;
    await page.mouse.move(axis.x + axis.width / 2, axis.y + 1);
    await page.mouse.down();
    await page.mouse.move(axis.x + axis.width / 2, axis.y + axis.height / 10);
    await page.mouse.up();
    await expect.poll(() => rows.count()).toBeLessThan(5);
    expect(await rows.count()).toBeGreaterThan(0);
    const kept = await rows.allTextContents();
    await page.reload();
    await expect.poll(() => rows.allTextContents()).toEqual(kept);
    await page.getByRole('button', { name: /✕$/ }).click();
    await expect.poll(() => rows.count()).toBe(5);
    await page.close();
  });

  test('Searches: each point of the slices stands out from its ground, in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open('/console/searches/in-a-browser', { colorScheme });
      const slices = page.getByRole('img', { name: 'in-a-browser: slices' });
      await slices.waitFor();
      const picture = (await slices.screenshot()).toString('base64');
      const contrasts = await page.evaluate<number[]>(contrastsOfPoints('in-a-browser: slices', picture));
      expect(contrasts.length).toBeGreaterThanOrEqual(5);
      expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(3); // WCAG 2.2, 1.4.11
      await page.close();
    }
  });

  test('Models: a version is promoted with a name and a reason, and one that expects another version is refused', async () => {
    const page = await open(`/console/models?model=${MODEL}`);
    await settled(page);
    const promote = page.getByRole('button', { name: /^Promote v/ }).first();
    const version = (await promote.textContent())!.replace('Promote ', '');
    await promote.click();
    await page.getByLabel('Your name').fill('ada');
    await page.getByLabel('Reason').fill('it is tried in a browser');
    const { production } = await ask<Then>(`/v1/models/${MODEL}/history`);
    const requested = page.waitForRequest((request) => request.method() === 'POST');
    await page.locator('form button[type=submit]').click();
    expect((await requested).postDataJSON()).toEqual({
      model: MODEL,
      version,
      expected: production.version,
      reason: 'it is tried in a browser',
      requestedBy: 'ada',
    });
    await page.getByText(/^done|^refused/).waitFor();
    const stale = await post('/v1/promotions', {
      model: MODEL,
      version,
      expected: 'v9.9.9',
      reason: 'stale',
      requestedBy: 'ada',
    });
    const { follow } = (await stale.json()) as { follow: string };
    expect(await ask(`${follow}?wait=30`)).toMatchObject({ state: 'refused' });
    await page.close();
  });

  test('Models: the gates of a version with their numbers, a review that two people take part in, and a version beside another', async () => {
    const page = await open(`/console/models?model=${MODEL}`);
    await page.locator('tbody a').first().click();
    const act = async (name: string, person: string, reason?: string) => {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByLabel('Your name').fill(person);
      if (reason) await page.getByLabel('Reason').fill(reason);
      await page.locator('form button[type=submit]').click();
      await page.getByText(/^done/).waitFor();
      await page.getByRole('button', { name: 'Not now' }).click();
    };
    await act('Evaluate gates', 'ada');
    await page.getByText('Bounds for production').or(page.getByText('The policy has no bound.')).waitFor();
    await act('Ask for a review', 'ada', 'is it good enough?');
    await page.getByText('is it good enough?').waitFor();
    await act('Approve', 'grace', 'it is');
    await page.getByText('grace: approved, “it is”').waitFor();
    const { items } = await ask<{ items: { baseline: string; candidate: string }[] }>(
      `/v1/models/${MODEL}/comparisons`,
    );
    const { baseline, candidate } = items[0]!;
    const { verdict } = await ask<{ verdict: { outcome: string; reasons: string[] } }>(
      `/v1/models/${MODEL}/comparisons/${baseline}/${candidate}`,
    );
    await page.goto(`${url}/console/models/${MODEL}/${candidate}`);
    await page.getByRole('link', { name: `${candidate} beside ${baseline}` }).click();
    await page.getByRole('status').filter({ hasText: verdict.outcome }).waitFor();
    await page.getByRole('listitem').filter({ hasText: verdict.reasons[0]! }).waitFor();
    await page.getByRole('cell', { name: 'McNemar of accuracy' }).waitFor();
    await page.locator('.picture title', { hasText: /^accuracy: / }).waitFor({ state: 'attached' });
    const { pathname, search } = new URL(page.url());
    await page.close();
    await accessible(`${pathname}${search}`);
  });

  test('Rollouts: a canary that goes on is aborted with a name and a reason', async () => {
    const { items } = await ask<{ items: { version: string }[] }>(`/v1/models/${MODEL}/versions`);
    const { production } = await ask<Then>(`/v1/models/${MODEL}/history`);
    const { version } = items.find((other) => other.version !== production.version)!;
    await post('/v1/deployments', { model: MODEL, version, strategy: 'canary', reason: 'to be aborted' });
    const page = await open(`/console/rollouts?model=${MODEL}`);
    await page.getByRole('button', { name: 'Abort' }).first().click();
    await page.getByLabel('Your name').fill('ada');
    await page.getByLabel('Reason').fill('seen enough of it');
    await page.locator('form button[type=submit]').click();
    await page.locator('.problem', { hasText: 'seen enough of it' }).first().waitFor();
    await page.locator('h2', { hasText: 'rolled back' }).first().waitFor();
    await page.close();
  });

  test('Experiments: an experiment, and what has happened in it', async () => {
    const { items } = await ask<{ items: { version: string }[] }>(`/v1/models/${MODEL}/versions`);
    const { production } = await ask<Then>(`/v1/models/${MODEL}/history`);
    const other = items.find(({ version }) => version !== production.version)!.version;
    const arms = [
      { name: 'control', version: production.version, share: 50 },
      { name: 'treatment', version: other, share: 50 },
    ];
    await decided('/v1/experiments', { experimentId: 'in-a-browser', model: MODEL, arms });
    const page = await open('/console/experiments');
    await page.getByRole('link', { name: 'in-a-browser' }).click();
    await page.getByText('started', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByLabel('Your name').fill('ada');
    await page.getByLabel('Reason').fill('seen enough of it');
    await page.locator('form button[type=submit]').click();
    await page.getByRole('cell', { name: 'seen enough of it' }).waitFor();
    await page.getByText('stopped', { exact: true }).waitFor();
    await page.close();
  });

  test('Operations: a question in SQL is answered, and a wrong one with what is wrong', async () => {
    const page = await open('/console/operations');
    const question = page.getByLabel('Question');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByRole('cell', { name: 'PredictionServed' }).waitFor();
    await question.fill('SELECT nothing FROM nowhere');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.locator('.problem', { hasText: 'nowhere' }).waitFor();
    await page.getByText('Tables', { exact: true }).click();
    await page.getByLabel('Find a table or a column').fill('whose weights');
    await page.getByText('the version whose weights').first().waitFor();
    await page.getByLabel('Find a table or a column').fill('model_declarations');
    await page.getByRole('button', { name: 'model_declarations', exact: true }).click();
    await expect.poll(() => question.inputValue()).toBe('SELECT * FROM model_declarations LIMIT 20');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByRole('cell', { name: MODEL, exact: true }).first().waitFor();
    await question.fill('DROP TABLE events');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.locator('.problem', { hasNotText: 'nowhere' }).waitFor();
    await page.close();
  });

  test('who sees it for the first time has the answers to four questions, each after few clicks', async () => {
    const page = await open('/');
    let clicks = 0;
    const click = async (role: 'link' | 'checkbox', name: string | RegExp) => {
      clicks += 1;
      await page
        .getByRole(role, { name, exact: typeof name === 'string' })
        .first()
        .click();
    };
    const from = async (title: string) => {
      await page.goto(url);
      await page.locator('h1').waitFor();
      clicks = 0;
      await click('link', title);
      await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    };
    const history = await ask<{ changes: { change: string; version: string; reason: string }[] }>(
      `/v1/models/${MODEL}/history`,
    );

    // what was in production on a given day, and why?
    const { production } = await ask<Then>(`/v1/models/${MODEL}/history?at=2025-03-01T00:00:00.000Z`);
    await from('Time machine');
    await page.getByLabel('Day').fill('2025-03-01');
    await page.locator('.card .big', { hasText: production.version }).waitFor();
    await page.locator('.card', { hasText: production.reason }).waitFor();
    expect(clicks).toBe(1); // and a day

    // which feature drifted first?
    const drift = await ask<{
      items: { drifted: boolean; features: { feature: string; drifted: boolean }[] }[];
    }>('/v1/drift');
    const first = drift.items.findLast(({ drifted }) => drifted)!;
    await from('Drift');
    for (const { feature } of first.features.filter(({ drifted }) => drifted))
      await page.locator('p', { hasText: 'first drift' }).getByRole('link', { name: feature }).waitFor();
    expect(clicks).toBe(1);

    // why was the last candidate refused?
    const refused = history.changes.find(({ change }) => change === 'refused')!;
    await from('Time machine');
    const row = page.getByRole('row', { name: new RegExp(` ${refused.version} refused `) });
    await row.getByText(refused.reason).first().waitFor();
    expect(clicks).toBe(1);

    // on what was the model trained that made a wrong prediction?
    await from('Predictions');
    await click('checkbox', 'only wrong ones');
    await page.getByText('wrong', { exact: true }).first().waitFor();
    await click('link', new RegExp(`^${MODEL}-d\\d+$`));
    await page.getByRole('heading', { name: 'Samples' }).waitFor();
    await page
      .getByRole('cell', { name: /^gen\./ })
      .first()
      .waitFor();
    expect(clicks).toBe(3);
    await page.close();
  });

  test('Labels: a record without a label is given one by a person, and the next one comes', async () => {
    const file =
      'task: tickets\nkind: text\nid: id\ntime: opened\ntarget: { column: queue, classes: [billing, sales] }\ntext: [subject]\n';
    await decided('/v1/tasks', { file });
    const subjects = { 'wait-1': 'an invoice that is wrong', 'wait-2': 'how much is the large one' };
    const records = Object.entries(subjects).map(([id, subject]) => ({ id, subject, opened: '2025-06-15' }));
    await decided('/v1/collections', { task: 'tickets', records });
    const page = await open('/console/labels?task=tickets&by=ada');
    await page.getByRole('region', { name: /^wait-/ }).waitFor();
    const first = await page.getByRole('region', { name: /^wait-/ }).getAttribute('aria-label');
    await page.getByLabel(/^Why/).fill('its title says so');
    await page.getByRole('button', { name: 'billing' }).click();
    await page.getByText('done', { exact: true }).waitFor();
    await page.getByRole('region', { name: first!, exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('cell', { name: 'its title says so' }).waitFor();
    await page.close();
  });

  test('Events live: a prediction appears, and again after the server has restarted', async () => {
    const page = await open('/console/events?live=1&stream=predictions');
    const predict = () =>
      post('/v1/predict', {
        model: MODEL,
        instance: { title: 'On graphs', abstract: 'We study graphs and learn from them.' },
      });
    await page.getByText('live', { exact: true }).first().waitFor();
    expect((await predict()).status).toBe(200);
    await page.getByRole('link', { name: 'PredictionServed' }).first().waitFor();
    await down(server);
    await page.getByText('reconnecting').waitFor();
    server = await up();
    await page.locator('.badge', { hasText: /^live$/ }).waitFor();
    await expect.poll(async () => (await predict()).status, { timeout: 60_000 }).toBe(200);
    await expect.poll(() => page.getByRole('link', { name: 'PredictionServed' }).count()).toBeGreaterThan(1);
    await page.close();
  });

  test('a page that is open says when the server does not answer, and goes on when it does', async () => {
    const page = await open('/');
    await settled(page);
    await down(server);
    await page.getByRole('alert').first().waitFor();
    server = await up();
    await page.getByRole('alert').first().waitFor({ state: 'detached' });
    await page.close();
  });

  test('a page that is opened for the first time while the server is away is shown when it answers', async () => {
    const page = await open('/');
    await page.locator('.card .big').first().waitFor();
    await down(server);
    await page.getByRole('link', { name: 'Time machine' }).click();
    await page.getByRole('alert').filter({ hasText: 'The page cannot be loaded' }).waitFor();
    server = await up();
    await page.getByRole('heading', { name: 'Time machine', level: 1 }).waitFor();
    await page.locator('.card .big', { hasText: /^v\d/ }).waitFor();
    await page.close();
  });

  test('a question that is asked once is asked again when the server answers', async () => {
    const page = await open('/console/time');
    await page.locator('.card .big', { hasText: /^v\d/ }).waitFor();
    await down(server);
    await page.getByLabel('Day').fill('2025-03-01');
    await page.getByRole('alert').filter({ hasText: 'the server does not answer' }).first().waitFor();
    server = await up();
    const then = await ask<Then>(`/v1/models/${MODEL}/history?at=2025-03-01T00:00:00.000Z`);
    await page.locator('.card .big', { hasText: then.production.version }).waitFor();
    await page.locator('.card', { hasText: then.production.reason }).waitFor();
    await page.close();
  });

  test('with a token, pages ask for it, and keep it in memory alone', async () => {
    await down(server);
    await using _ = {
      [Symbol.asyncDispose]: async () => {
        await down(server);
        server = await up();
      },
    };
    server = await up({ EPOCHLOG_TOKEN: 'a-secret-of-the-test', EPOCHLOG_OPEN_READS: 'health' });
    const page = await open('/');
    await page.getByLabel('Token').fill('a-secret-of-the-test');
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.locator('.card .big').first().waitFor();
    const stored = await page.evaluate<string>(
      'JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])',
    );
    expect(stored).not.toContain('secret');
    await page.close();
  });

  test('all its pages weigh less than 100 kB of script, the first one less than 40 kB, ask no other host, and break no rule of their policy', async () => {
    const sizes: Promise<number>[] = [];
    const page = await browser.newPage();
    page.on('response', (response) => {
      if (/javascript/.test(response.headers()['content-type'] ?? ''))
        sizes.push(response.allHeaders().then((headers) => Number(headers['content-length'])));
    });
    const bytes = async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    await page.goto(url, { waitUntil: 'networkidle' });
    expect(await bytes()).toBeGreaterThan(10_000);
    expect(await bytes()).toBeLessThan(MAX_FIRST_SCRIPT_BYTES);
    for (const link of await page.locator('nav a[href^="/console/"]').all()) {
      await link.click();
      await page.getByRole('heading', { level: 1, name: (await link.textContent())!, exact: true }).waitFor();
      await settled(page);
    }
    expect(await bytes()).toBeGreaterThan(80_000);
    expect(await bytes()).toBeLessThan(MAX_SCRIPT_BYTES);
    await page.close();
    expect(complaints).toEqual([]);
  });

  test('a page names its own script at once, and no other page', async () => {
    const document = await (await fetch(`${url}/console/runs/any`)).text();
    const named = [...document.matchAll(/rel="modulepreload" href="\/console\/pages\/([\w-]+)\.ts"/g)];
    expect(named.map(([, name]) => name).toSorted()).toEqual(['comparison', 'run', 'runs']);
  });

  test('only files of the console are served', async () => {
    for (const path of [
      '/console/../package.json',
      '/console/%2e%2e/package.json',
      '/console/lib/fastify/fastify.js',
      '/console/lib/../../package.json',
      '/console/none.ts',
    ]) {
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 404]);
    }
  });
});

import { chromium, type Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { mlflowPages } from './harness/mlflow-pages.ts';
import { startTracker } from './harness/tracker.ts';

const executablePath = inject('chromium');
const pages = executablePath === null ? undefined : await mlflowPages();
const SEEN_TIMEOUT_MS = 45_000;
/** what is not here: a user's account, the assistant and the gateway of MLflow. The pages do without */
const ABSENT = /users\/current|assistant|gateway-proxy|ui-telemetry|mcp-servers|\/endpoints/;

type Tracker = Awaited<ReturnType<typeof startTracker>>;

/** A run with all that a run can have. */
async function trackedRun({ ask, app }: Tracker) {
  const post = (path: string, body: object) => ask('POST', path, body);
  const { experiment_id } = await post('experiments/create', { name: 'iris' });
  const { run } = await post('runs/create', { experiment_id, run_name: 'first of all', start_time: 1_000 });
  const { run_id } = run.info;
  const metrics = Array.from({ length: 20 }, (_, step) => ({
    ...{ key: 'loss', value: 1 / (step + 1), timestamp: 1_000 + step, step },
  }));
  const [params, tags] = [[{ key: 'depth', value: '17' }], [{ key: 'team', value: 'flowers' }]];
  await post('runs/log-batch', { run_id, metrics, params, tags });
  const dataset = { name: 'two-rows', digest: 'abc123', source_type: 'local', source: '{}' };
  const datasets = [{ dataset, tags: [{ key: 'mlflow.data.context', value: 'training' }] }];
  await post('runs/log-inputs', { run_id, datasets });
  const url = `/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/${run_id}/artifacts/notes/hello.txt`;
  await app.inject({
    method: 'PUT',
    url,
    payload: 'hello from a file',
    headers: { 'content-type': 'text/plain' },
  });
  await post('registered-models/create', { name: 'flower-model' });
  await post('model-versions/create', { name: 'flower-model', source: `runs:/${run_id}/model`, run_id });
  await post('runs/update', { run_id, status: 'FINISHED', end_time: 3_000 });
  return { experiment_id, run_id };
}

async function sees(page: Page, path: string, texts: readonly string[]): Promise<void> {
  await page.goto(path);
  for (const text of texts) await page.getByText(text).first().waitFor({ timeout: SEEN_TIMEOUT_MS });
}

test.skipIf(!pages)("MLflow's own web pages show a whole run", { timeout: 240_000 }, async () => {
  await using tracker = await startTracker({ environment: { EPOCHLOG_TRACKER_PAGES: pages! } });
  const { experiment_id, run_id } = await trackedRun(tracker);
  const url = `${await tracker.listen()}/mlflow/`;
  await using stack = new AsyncDisposableStack();
  const browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  stack.defer(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin) && !/^(data|blob):/.test(request.url()))
      complaints.push(`asks ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400 && !ABSENT.test(response.url()))
      complaints.push(`${response.status()} ${response.url()}`);
  });
  const run = `${url}#/experiments/${experiment_id}/runs/${run_id}`;
  await sees(page, `${url}#/experiments`, ['iris', 'Default']);
  await sees(page, run, [
    'first of all',
    'depth',
    '17',
    'loss',
    '0.05',
    'two-rows (abc123)',
    'Finished',
    ': flowers',
    'flower-model',
  ]);
  await sees(page, `${run}/model-metrics`, ['Step', 'first of all (loss)']);
  await sees(page, `${run}/artifacts/notes/hello.txt`, ['hello from a file']);
  await sees(page, `${url}#/models`, ['flower-model']);
  expect(complaints).toEqual([]);
});

test.skipIf(!pages)(
  'a folder without pages is refused at the start, and a file that is none of them is not served',
  async () => {
    const started = startTracker({ environment: { EPOCHLOG_TRACKER_PAGES: import.meta.dirname } });
    await expect(started).rejects.toThrow(/no index\.html .* mlflow\/server\/js\/build/);
    await using tracker = await startTracker({ environment: { EPOCHLOG_TRACKER_PAGES: pages! } });
    const answer = await tracker.app.inject({ url: '/mlflow/static-files/..%2f..%2f__init__.py' });
    expect(answer.statusCode).toBe(404);
  },
);

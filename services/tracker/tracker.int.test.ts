import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namedQueries } from '../../infra/warehouse/named.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { startTracker } from '../../test/harness/tracker.ts';

const PROJECTIONS = join(import.meta.dirname, '../../projections');

let tracker: Awaited<ReturnType<typeof startTracker>>;
beforeAll(async () => {
  tracker = await startTracker();
});
afterAll(() => tracker[Symbol.asyncDispose]());

const post = (path: string, payload: object, status?: number) => tracker.ask('POST', path, payload, status);
const get = (path: string, query: object, status?: number) => tracker.ask('GET', path, query, status);

async function startRun(name: string): Promise<string> {
  const { run } = await post('runs/create', { experiment_id: '0', run_name: name, start_time: 1_000 });
  return run.info.run_id;
}

test('what is logged is read at once, and its history comes once however often it was sent', async () => {
  const run_id = await startRun('first');
  const metrics = [1, 2, 3].map((step) => ({ key: 'loss', value: 1 / step, timestamp: step, step }));
  const batch = { run_id, metrics, params: [{ key: 'depth', value: '3' }], tags: [{ key: 'a', value: 'b' }] };
  await post('runs/log-batch', batch);
  await post('runs/log-batch', batch);
  await post('runs/log-metric', { run_id, key: 'odd', value: 'NaN', timestamp: 5 });
  await post('runs/log-metric', { run_id, key: 'odd', value: 'Infinity', timestamp: '6', step: '7' });
  const { run } = await get('runs/get', { run_id });
  expect(run.data.params).toEqual([{ key: 'depth', value: '3' }]);
  expect(run.data.metrics).toEqual([
    { key: 'loss', value: 1 / 3, timestamp: 3, step: 3 },
    { key: 'odd', value: 'Infinity', timestamp: 6, step: 7 },
  ]);
  const history = await get('metrics/get-history', { run_id, metric_key: 'loss' });
  expect(history.metrics).toEqual(metrics);
  const odd = await get('metrics/get-history', { run_id, metric_key: 'odd' });
  expect(odd.metrics.map(({ value }: { value: string }) => value)).toEqual(['NaN', 'Infinity']);
  const rows = await tracker.warehouse.query(
    'SELECT name, status, params FROM tracked_runs WHERE run_id = {id:String}',
    { id: run_id },
  );
  expect(rows).toEqual([{ name: 'first', status: 'RUNNING', params: { depth: '3' } }]);
});

test('a curve of any length comes in a few buckets, in which no extreme is lost', async () => {
  const run_id = await startRun('long');
  const value = (step: number) => (step === 1_234 ? 99 : step === 1_500 ? -99 : step / 2_000);
  for (const half of [0, 1]) {
    const metrics = Array.from({ length: 1_000 }, (_, i) => 1_000 * half + i).map((step) => ({
      ...{ key: 'loss', value: value(step), timestamp: 1, step },
    }));
    await post('runs/log-batch', { run_id, metrics });
  }
  await post('runs/log-metric', { run_id, key: 'loss', value: 'NaN', timestamp: 5, step: 10 });
  await get('metrics/get-history', { run_id, metric_key: 'none' }); // waits for the projector
  const query = await namedQueries(tracker.warehouse, PROJECTIONS);
  const asked = { runIds: [run_id], metrics: ['loss'], from: null, to: null, points: 10 };
  const buckets = await query<Record<string, number>>('runs/curves', asked);
  expect(buckets.map(({ step }) => step)).toEqual(Array.from({ length: 10 }, (_, i) => 200 * i));
  expect(buckets[0]).toMatchObject({ least: 0, most: 199 / 2_000, values: 201, missing: 1, bucket: 200 });
  expect(buckets[6]).toMatchObject({ least: 1_200 / 2_000, most: 99 });
  expect(buckets[7]).toMatchObject({ least: -99, most: 1_599 / 2_000 });
  const near = await query<Record<string, number>>('runs/curves', { ...asked, from: 1_230, to: 1_239 });
  expect(near.map(({ step, mean }) => [step, mean])).toEqual(
    Array.from({ length: 10 }, (_, i) => [1_230 + i, value(1_230 + i)]),
  );
  expect(await query('runs/metrics', { runId: run_id })).toEqual([
    { metric: 'loss', points: 2_001, first: 0, last: 1_999, least: -99, most: 99, value: 1_999 / 2_000 },
  ]);
});

test('a run is among the training runs too, as it stands', async () => {
  const run_id = await startRun('listed');
  const metrics = [0, 1].map((step) => ({ key: 'loss', value: 1 / (step + 1), timestamp: 1, step }));
  await post('runs/log-batch', { run_id, metrics, params: [{ key: 'depth', value: '3' }] });
  await post('runs/update', { run_id, status: 'FINISHED', end_time: 2_000 });
  await get('metrics/get-history', { run_id, metric_key: 'none' }); // waits for the projector
  const query = await namedQueries(tracker.warehouse, PROJECTIONS);
  const rows = await query('runs/list', { model: null, status: 'completed', after: [], limit: 10 });
  expect(rows).toMatchObject([
    { runId: run_id, status: 'completed', engine: 'mlflow', endedAt: expect.any(String) },
  ]);
  const filters = { model: null, status: null, tag: null, project: null };
  const table = { ...filters, engine: 'mlflow', datasetId: null, text: 'LISTED', limit: 10 };
  expect(await query('runs/table', table)).toMatchObject([
    { runId: run_id, name: 'listed', params: { depth: '"3"' }, metrics: { loss: 0.5 } },
  ]);
  expect(await query('runs/table', { ...table, text: 'unlisted' })).toEqual([]);
  expect(await query('runs/by-id', { runId: run_id })).toMatchObject([
    { engine: 'mlflow', params: { depth: '"3"' }, metrics: { loss: 0.5 } },
  ]);
});

test('a project says what it is for and names its runs; runs of clients and of trainers are found by project and tag', async () => {
  const tags = {
    'epochlog.run_name': '{project}-{user}-{number}',
    owner: 'ada',
    'mlflow.note.content': 'text',
  };
  const { experiment_id } = await post('experiments/create', {
    ...{ name: 'churn', tags: Object.entries(tags).map(([key, value]) => ({ key, value })) },
  });
  const start = async (given: object) => {
    const { run } = await post('runs/create', { experiment_id, user_id: 'eve', start_time: 1_000, ...given });
    return run.info as { run_id: string; run_name: string };
  };
  await startRun('of no project');
  const runs = [
    await start({}),
    await start({ run_name: 'mine' }),
    await start({ tags: [{ key: 'team', value: 'b' }] }),
  ];
  expect(runs.map(({ run_name }) => run_name)).toEqual(['churn-eve-1', 'mine', 'churn-eve-3']);
  await post('experiments/set-experiment-tag', { experiment_id, key: 'epochlog.run_name', value: '{modle}' });
  expect((await start({})).run_name).toMatch(/^run-/); // of a faulty template no client hears
  await post('runs/set-tag', { run_id: runs[1]!.run_id, key: 'team', value: 'c' });
  await post('runs/set-tag', { run_id: runs[1]!.run_id, key: 'team', value: 'b' });
  await post('runs/delete-tag', { run_id: runs[2]!.run_id, key: 'team' });
  await post('experiments/delete-experiment-tag', { experiment_id, key: 'owner' });

  const { publisher } = tracker.services;
  const [requested] = await publisher.publish([
    newEvent('TrainingRequested', {
      ...{ runId: 'own', model: 'm', datasetId: 'd', engine: 'linear', seed: 7, seeds: {}, params: {} },
      ...{
        searchId: null,
        fold: null,
        fromVersion: null,
        checkpointEvery: null,
        keepBest: null,
        reuse: false,
      },
      reproduces: null,
    }),
    newEvent('RunTagged', {
      ...{ runId: 'own', removedTags: [], requestedBy: 'ada' },
      tags: [
        { key: 'project', value: 'churn' },
        { key: 'team', value: 'b' },
      ],
    }),
  ]);
  expect(requested).toBeDefined();
  await publisher.publish([
    newEvent('RunTagged', { runId: 'own', tags: [], removedTags: ['team'], requestedBy: 'ada' }),
  ]);
  const query = await namedQueries(tracker.warehouse, PROJECTIONS);
  const listed = async (given: object) =>
    (
      await query<{ runId: string }>('runs/list', {
        model: null,
        status: null,
        project: null,
        tag: null,
        limit: 20,
        ...given,
      })
    )
      .map(({ runId }) => runId)
      .sort();
  await eventually(async () => {
    const [own] = await query<{ tags: object }>('runs/by-id', { runId: 'own' });
    // A run that has no tags yet has no `team` either: both events of its tags have to be there.
    return own && 'project' in own.tags && !('team' in own.tags) ? true : undefined;
  });
  await get('metrics/get-history', { run_id: runs[2]!.run_id, metric_key: 'none' }); // waits for the projector
  expect(await listed({ tag: 'team=b' })).toEqual([runs[1]!.run_id]);
  expect(await listed({ project: 'churn' })).toHaveLength(5);
  expect(await listed({ project: 'none' })).toEqual([]);
  expect(await query('runs/by-id', { runId: 'own' })).toMatchObject([{ tags: { project: 'churn' } }]);
  expect(await query('runs/by-id', { runId: runs[1]!.run_id })).toMatchObject([{ tags: { team: 'b' } }]);
  expect(await query('tracking/projects', { project: 'churn', lifecycle: null, limit: 5 })).toMatchObject([
    {
      ...{ project: 'churn', experimentId: experiment_id, lifecycle: 'active', runs: 5, createdBy: 'api' },
      tags: { 'mlflow.note.content': 'text', 'epochlog.run_name': '{modle}' },
    },
  ]);
  const all = await query<{ project: string }>('tracking/projects', {
    project: null,
    lifecycle: 'active',
    limit: 9,
  });
  expect(all.map(({ project }) => project)).toEqual(expect.arrayContaining(['Default', 'churn']));
});

describe('bad input is refused, and changes nothing:', () => {
  test.each([
    [
      'a parameter of 6,001 characters',
      'log-parameter',
      { key: 'p', value: 'x'.repeat(6_001) },
      /maximum length of 6000/,
    ],
    ['a parameter that changes', 'log-parameter', { key: 'fixed', value: '2' }, /Changing param values/],
    [
      '1,001 metrics in a batch',
      'log-batch',
      { metrics: Array.from({ length: 1_001 }, () => ({ key: 'm', value: 1, timestamp: 1 })) },
      /more than the 1000 metrics/,
    ],
    [
      '1,001 entries in a batch',
      'log-batch',
      {
        metrics: Array.from({ length: 1_000 }, () => ({ key: 'm', value: 1, timestamp: 1 })),
        params: [{ key: 'p', value: '1' }],
      },
      /at most 1000/,
    ],
    [
      'one parameter twice',
      'log-batch',
      {
        params: [
          { key: 'p', value: '1' },
          { key: 'p', value: '2' },
        ],
      },
      /Duplicate parameter keys/,
    ],
    ['a name with a star', 'log-metric', { key: 'a*', value: 1, timestamp: 1 }, /Names may only contain/],
    ['a name that leaves its folder', 'log-metric', { key: '../a', value: 1, timestamp: 1 }, /without \.\./],
    [
      'a value that is no number',
      'log-metric',
      { key: 'a', value: 'high', timestamp: 1 },
      /Invalid value "high" for parameter 'value' supplied: must be a number/,
    ],
    [
      'a metric without a value',
      'log-metric',
      { key: 'a', timestamp: 1 },
      /Missing value for required parameter 'value'/,
    ],
    [
      'a metric of a batch without a time',
      'log-batch',
      { metrics: [{ key: 'a', value: 1 }] },
      /'metrics\[0\]\.timestamp'/,
    ],
    ['a status that is none', 'update', { status: 'DONE' }, /must be one of RUNNING/],
  ])('%s', async (_what, path, payload, message) => {
    const run_id = await startRun('bad');
    await post('runs/log-parameter', { run_id, key: 'fixed', value: '1' });
    const refused = await post(`runs/${path}`, { run_id, ...payload }, 400);
    expect(refused).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringMatching(message),
    });
    const { run } = await get('runs/get', { run_id });
    expect(run.data).toMatchObject({ metrics: [], params: [{ key: 'fixed', value: '1' }] });
  });

  test('a run, an experiment, a model or an endpoint that is not there', async () => {
    const missing = { error_code: 'RESOURCE_DOES_NOT_EXIST' };
    expect(await get('runs/get', { run_id: 'none' }, 404)).toMatchObject(missing);
    expect(
      await post('runs/log-metric', { run_id: 'none', key: 'a', value: 1, timestamp: 1 }, 404),
    ).toMatchObject(missing);
    expect(await post('runs/create', { experiment_id: '5' }, 404)).toMatchObject(missing);
    expect(await get('registered-models/get', { name: 'none' }, 404)).toMatchObject(missing);
    expect(await post('traces/search', {}, 404)).toMatchObject({ error_code: 'ENDPOINT_NOT_FOUND' });
  });

  test.each(['../secret', 'a/../../b', '/etc/passwd', 'a\\b', '%2e%2e/b'])(
    'a path of an artifact: %s',
    async (path) => {
      const url = `/api/2.0/mlflow-artifacts/artifacts/0/r/artifacts/${encodeURIComponent(decodeURIComponent(path))}`;
      const answer = await tracker.app.inject({
        method: 'PUT',
        url,
        payload: 'x',
        headers: { 'content-type': 'text/plain' },
      });
      if (path.startsWith('/'))
        expect(answer.statusCode).toBe(200); // below its folder
      else expect(answer.json()).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' });
    },
  );

  test.each([
    ["metrics.a > 'x'", /numeric value/],
    ['params.a = 3', /quoted string/],
    ['metrics.a >', /expected a number/],
    ["tags.a = 'b' OR tags.a = 'c'", /expected AND/],
    ["nothing.a = 'b'", /Invalid entity type/],
    ["attributes.color = 'b'", /Invalid attribute key/],
    ["params.a = 'b'; DROP TABLE runs", /expected AND/],
  ])('a filter: %s', async (filter, message) => {
    const refused = await post('runs/search', { experiment_ids: ['0'], filter }, 400);
    expect(refused.message).toMatch(message);
  });
});

test('two clients that create one experiment or end one run at the same time: one creates it, both end it', async () => {
  const created = await Promise.allSettled([1, 2].map(() => post('experiments/create', { name: 'shared' })));
  expect(created.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const run_id = await startRun('shared');
  await Promise.all(
    ['FINISHED', 'FAILED'].map((status) => post('runs/update', { run_id, status, end_time: 2_000 })),
  );
  const { run } = await get('runs/get', { run_id });
  expect(run.info).toMatchObject({ status: expect.stringMatching(/FINISHED|FAILED/), end_time: 2_000 });
});

test('runs are found by filters, in order, page by page', async () => {
  const { experiment_id } = await post('experiments/create', { name: 'searched' });
  for (let i = 0; i < 5; i++) {
    const { run } = await post('runs/create', { experiment_id, run_name: `r${i}`, start_time: i });
    const { run_id } = run.info;
    await post('runs/log-batch', {
      run_id,
      metrics: [{ key: 'my acc', value: i / 10, timestamp: 1 }],
      params: [{ key: 'kind', value: i % 2 ? 'odd' : 'even' }],
    });
  }
  const names = async (payload: object) => {
    const { runs, next_page_token } = await post('runs/search', {
      experiment_ids: [experiment_id],
      ...payload,
    });
    return [
      runs.map((run: { info: { run_name: string } }) => run.info.run_name).join(),
      next_page_token,
    ] as const;
  };
  expect((await names({ filter: "metrics.`my acc` >= 0.2 AND params.kind = 'even'" }))[0]).toBe('r4,r2');
  expect((await names({ filter: "params.kind LIKE 'O%'" }))[0]).toBe('');
  expect((await names({ filter: "params.kind ILIKE 'O_D'", order_by: ['metrics."my acc" ASC'] }))[0]).toBe(
    'r1,r3',
  );
  expect((await names({ filter: "attributes.run_name IN ('r1', 'r4')" }))[0]).toBe('r4,r1');
  const [first, token] = await names({ max_results: 3 });
  expect([first, (await names({ max_results: 3, page_token: token }))[0]]).toEqual(['r4,r3,r2', 'r1,r0']);
});

test('the name of a registered model that was renamed is free again, and their versions are apart', async () => {
  await post('registered-models/create', { name: 'first name' });
  await post('model-versions/create', { name: 'first name', source: 'runs:/a/model' });
  await post('registered-models/rename', { name: 'first name', new_name: 'second name' });
  await post('registered-models/create', { name: 'first name' });
  await post('model-versions/create', { name: 'first name', source: 'models:/second name/1' });
  const uri = (name: string) => get('model-versions/get-download-uri', { name, version: '1' });
  expect(await uri('first name')).toEqual({ artifact_uri: 'runs:/a/model' });
  await post('registered-models/create', { name: 'first name' }, 400);
  await post('registered-models/rename', { name: 'first name', new_name: 'second name' }, 400);
});

test.each([
  ['/etc/passwd', /contained within the artifact directory/],
  ['file:///etc/passwd', /contained within the artifact directory/],
  ['mlflow-artifacts:/a/..%252f..%2fb', /without relative path references/],
  ['s3://bucket/a/../b', /without relative path references/],
])('the source of a version: %s is refused', async (source, message) => {
  const refused = await post('model-versions/create', { name: 'second name', source }, 400);
  expect(refused.message).toMatch(message);
});

test('versions of a registered model have stages, aliases and tags; a rename keeps them', async () => {
  await post('registered-models/create', { name: 'churn' });
  for (let i = 0; i < 3; i++) await post('model-versions/create', { name: 'churn', source: 'runs:/a/model' });
  await post('model-versions/transition-stage', { name: 'churn', version: '1', stage: 'production' });
  await post('model-versions/transition-stage', {
    name: 'churn',
    version: '2',
    stage: 'Production',
    archive_existing_versions: true,
  });
  await post('registered-models/alias', { name: 'churn', alias: 'best', version: '2' });
  await post('registered-models/rename', { name: 'churn', new_name: 'leave' });
  await tracker.ask('DELETE', 'model-versions/delete', { name: 'leave', version: '3' });
  const { model_versions } = await get('model-versions/search', {
    filter: "name = 'leave'",
    order_by: 'version_number ASC',
  });
  expect(model_versions.map((v: Record<string, unknown>) => [v.version, v.current_stage, v.aliases])).toEqual(
    [
      ['1', 'Archived', []],
      ['2', 'Production', ['best']],
    ],
  );
  expect((await post('model-versions/create', { name: 'leave', source: 's' })).model_version.version).toBe(
    '4',
  );
});

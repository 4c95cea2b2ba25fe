import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTracker } from '../../test/harness/tracker.ts';

let tracker: Awaited<ReturnType<typeof startTracker>>;
beforeAll(async () => {
  tracker = await startTracker();
});
afterAll(() => tracker[Symbol.asyncDispose]());

const post = (path: string, payload: object, status?: number) => tracker.ask('POST', path, payload, status);

async function startRun(name: string): Promise<string> {
  const { run } = await post('runs/create', { experiment_id: '0', run_name: name, start_time: 1_000 });
  return run.info.run_id;
}

test('a chart of a long metric has its first and last step, and steps spread evenly between them', async () => {
  const runs = [await startRun('short'), await startRun('long')];
  const steps = [10, 20];
  for (const [i, run_id] of runs.entries()) {
    const metrics = Array.from({ length: steps[i]! }, (_, step) => ({
      ...{ key: 'loss', value: step, timestamp: 1, step },
    }));
    await post('runs/log-batch', { run_id, metrics });
  }
  const query = `${runs.map((id) => `run_ids=${id}&`).join('')}metric_key=loss&max_results=5`;
  const url = `/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?${query}`;
  const { metrics } = (await tracker.app.inject({ url })).json();
  const stepsOf = (id: string) =>
    metrics.flatMap(({ run_id, step }: { run_id: string; step: number }) => (run_id === id ? step : []));
  expect([stepsOf(runs[0]!), stepsOf(runs[1]!)]).toEqual([
    [0, 4, 8, 9],
    [0, 4, 8, 9, 12, 16, 19],
  ]);
});

describe("what MLflow's web pages ask:", () => {
  const graphql = async (query: string, variables: object = {}) => {
    const answer = await tracker.app.inject({
      ...{ method: 'POST', url: '/graphql', payload: { query, variables } },
    });
    return answer.json();
  };

  test('a run by GraphQL, with its experiment; NaN is no number there', async () => {
    const run_id = await startRun('asked');
    await post('runs/log-metric', { run_id, key: 'odd', value: 'NaN', timestamp: 5 });
    const query = `query GetRun($data: MlflowGetRunInput!) @component(name: "x") { mlflowGetRun(input: $data) {
      apiError { code message } run { info { runName startTime } experiment { name } data { metrics { key value } } modelVersions { name } } } }`;
    expect(await graphql(query, { data: { runId: run_id } })).toEqual({
      data: {
        mlflowGetRun: {
          apiError: null,
          run: {
            ...{ info: { runName: 'asked', startTime: '1000' }, experiment: { name: 'Default' } },
            ...{ data: { metrics: [{ key: 'odd', value: null }] }, modelVersions: [] },
          },
        },
      },
      errors: null,
    });
    const none = await graphql(query, { data: { runId: 'none' } });
    expect(none.data.mlflowGetRun).toMatchObject({
      apiError: { code: 'RESOURCE_DOES_NOT_EXIST' },
      run: null,
    });
  });

  test.each([
    ['no GraphQL', 'query {', /Syntax Error/],
    ['a field that is none', '{ nothing }', /Cannot query field "nothing"/],
    [
      '11 fields at the root',
      `{ ${Array.from({ length: 11 }, (_, i) => `a${i}: test { output }`).join(' ')} }`,
      /10 root fields/,
    ],
    ['a query that is too deep', `{ ${'a { '.repeat(11)} b ${'} '.repeat(11)} }`, /depth of 10/],
    [
      'a fragment in itself',
      '{ ...A } fragment A on Query { ...A }',
      /Cannot spread fragment "A" within itself/,
    ],
  ])('%s is refused', async (_what, query, message) => {
    expect((await graphql(query)).errors[0]).toMatch(message);
  });

  test('a file of a run, and none with a path that leaves its folder', async () => {
    const run_id = await startRun('with a file');
    const url = '/ajax-api/2.0/mlflow/upload-artifact';
    const put = { method: 'POST', payload: 'hello' } as const;
    expect(
      (await tracker.app.inject({ ...put, url, query: { run_uuid: run_id, path: 'a/b.txt' } })).statusCode,
    ).toBe(200);
    const get = (path: string) =>
      tracker.app.inject({ url: '/get-artifact', query: { run_uuid: run_id, path } });
    expect((await get('a/b.txt')).body).toBe('hello');
    expect((await get('../b.txt')).json()).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' });
    expect((await get('a/c.txt')).json()).toMatchObject({ error_code: 'RESOURCE_DOES_NOT_EXIST' });
  });

  test('the datasets of an experiment', async () => {
    const { experiment_id } = await post('experiments/create', { name: 'of data' });
    const { run } = await post('runs/create', { experiment_id });
    const dataset = { name: 'rows', digest: 'd1', source_type: 'local', source: 's' };
    const datasets = [{ dataset, tags: [{ key: 'mlflow.data.context', value: 'training' }] }];
    await post('runs/log-inputs', { run_id: run.info.run_id, datasets });
    const found = await post('experiments/search-datasets', { experiment_ids: [experiment_id] });
    expect(found.dataset_summaries).toEqual([
      { experiment_id, name: 'rows', digest: 'd1', context: 'training' },
    ]);
    const refused = await post('experiments/search-datasets', {}, 400);
    expect(refused.message).toMatch(/at least one experiment_id/);
  });
});

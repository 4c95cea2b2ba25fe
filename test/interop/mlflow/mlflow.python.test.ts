import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startTracker } from '../../harness/tracker.ts';
import { pythonWith } from '../python.ts';

const TOKEN = 'a-token-of-the-first-admin';
const here = (file: string) => join(import.meta.dirname, file);

test("MLflow's client tracks runs, and its models come back with equal predictions", async () => {
  const python = await pythonWith(here('requirements.txt'));
  await using tracker = await startTracker({ token: TOKEN });
  const env = {
    ...process.env,
    ...{ MLFLOW_TRACKING_URI: await tracker.listen(), MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1' },
    MLFLOW_TRACKING_TOKEN: TOKEN,
    ...{ MLFLOW_DISABLE_TELEMETRY: 'true', GIT_PYTHON_REFRESH: 'quiet', PYTHONWARNINGS: 'ignore' },
    ...{ MLFLOW_REQUIREMENTS_INFERENCE_RAISE_ERRORS: 'false', MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT: '1' },
  };
  const { stdout } = await promisify(execFile)(python, [here('track.py')], { env });
  const told = JSON.parse(stdout.trim().split('\n').at(-1)!);
  expect(told.tracked).toEqual({
    ...{ params: { depth: '3', rate: '0.1' }, status: 'FINISHED', team: 'flowers' },
    history: [
      [0, 1],
      [1, 1 / 2],
      [2, 1 / 3],
    ],
    odd: ['nan', 'inf', '-inf'],
    dataset: [['two-rows', 'training']],
    ...{ files: ['config.json', 'notes'], inFolder: ['notes/hello.txt'], text: 'hello', json: { a: 1 } },
    ...{ children: ['child'], isChild: true },
  });
  expect(told.models).toEqual({
    ...{ sklearn: true, xgboost: true, onnx: true, probabilities: 0, inputs: 1, staged: '2' },
    versions: [
      ['1', ['champion'], 'None'],
      ['2', [], 'None'],
    ],
    logged: ['xgboost', 'READY'],
  });
  expect(told.autolog).toEqual({ C: '0.5', accuracy: true });
  // a path with .. is normalized by the client itself, and names no endpoint then
  const INVALID = 'INVALID_PARAMETER_VALUE';
  expect(told.refused).toEqual({
    ...{ run: 'RESOURCE_DOES_NOT_EXIST', param: INVALID, long: INVALID, name: INVALID, filter: INVALID },
    ...{
      path: expect.stringMatching(/^IN/),
      again: 'accepted',
      experiment: 'RESOURCE_ALREADY_EXISTS',
      deleted: INVALID,
    },
    traces: 'ENDPOINT_NOT_FOUND',
  });
  expect(told.accepted).toEqual([...Array.from({ length: 6 }, () => 'accepted'), 1_000]);
  expect(new Set(Object.values(told.limits))).toEqual(new Set([INVALID]));
  expect(Object.keys(told.limits)).toHaveLength(10);
  expect(told.paths).toEqual({
    list: INVALID,
    download: 'RESOURCE_DOES_NOT_EXIST', // the client itself takes the dots away
    upload: expect.stringMatching(/^IN/),
    files: 0,
  });
  expect(new Set(told.noRun)).toEqual(new Set(['RESOURCE_DOES_NOT_EXIST']));
  expect(new Set(told.filters)).toEqual(new Set([INVALID]));
  expect(told.odd).toEqual(['nan', 'inf', '-inf']);
  expect(told.ends).toEqual(['accepted', 'accepted', true]);
  expect(told.token).toMatch(/token/);
  const { runs } = await tracker.ask('POST', 'runs/search', { experiment_ids: ['0'], run_view_type: 'ALL' });
  expect(runs).toHaveLength(2);
});

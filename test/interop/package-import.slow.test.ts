import type { ChildProcess } from 'node:child_process';
import { cp, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkFolder } from '../../cli/import/check.ts';
import { encodeModel } from '../../ml/onnx/model-proto.ts';
import { loadTasks } from '../../tasks/load.ts';
import * as command from '../harness/command.ts';
import { ctrlC, epochlog, finished, printed } from '../harness/command.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';
import { FIXTURE, GUIDE, predictions } from './external-model.ts';
import { largestDifference } from './package-scores.ts';

/** The guide to models of others, word for word, with the model that its script made (external-models.python.test.ts makes it again). */

let folder: TemporaryFolder;
let home: string;
let up: ChildProcess;
let url: string;
const at = (name: string) => join(folder.path, name);
const answers = <T>(...args: string[]) => command.answers<T>(home, args);
const refusal = async (...args: string[]) => {
  const { code, stderr } = await command.run(home, args);
  return `${code} ${stderr}`;
};

beforeAll(async () => {
  folder = await temporaryFolder('import');
  home = at('home');
  await cp(FIXTURE, at('forest'), { recursive: true });
  up = epochlog(home, ['up', '--json'], { EPOCHLOG_PORT: '0' }, { detached: true });
  url = JSON.parse(await printed(up, /\n/)).url;
});
afterAll(async () => {
  const end = finished(up);
  ctrlC(up);
  await end;
  await folder.remove();
});

test('a package predicts what scikit-learn predicted, to 1e-5', async () => {
  const context = { model: 'health-forest', tasks: await loadTasks(), datasets: new Map() };
  const { files } = await checkFolder(FIXTURE, context);
  const expected = predictions.parse(JSON.parse(await readFile(join(FIXTURE, 'predictions.json'), 'utf8')));
  expect(await largestDifference(files, expected)).toBeLessThan(1e-5);
});

test('the commands of the guide lead from a model of scikit-learn to a version in production', async () => {
  const guide = await readFile(GUIDE, 'utf8');
  const [model = '', report = ''] = Array.from(
    guide.matchAll(/```yaml\n([\s\S]*?)```/g),
    ([, file]) => file!,
  );
  await writeFile(at('health-forest.yaml'), model);
  const lines = Array.from(guide.matchAll(/```sh\n([\s\S]*?)```/g), ([, block]) =>
    block!.trim().split('\n'),
  ).flat();
  let dataset = 'DATASET';
  for (const line of lines.filter((line) => !line.startsWith('python'))) {
    const [, , ...args] = line
      .replace(/ > .*/, '')
      .match(/'[^']*'|\S+/g)!
      .map((word) => word.replace(/^'|'$/g, ''));
    const given = args.map((arg) =>
      /\.yaml$|^forest$/.test(arg) ? at(arg) : arg.replace('DATASET', dataset),
    );
    const said = await command.text(home, given);
    dataset = /^(health-forest-s\w+):/.exec(said)?.[1] ?? dataset;
    expect(said).not.toBe('');
    if (args[1] === 'export') expect(said.trim().split('\n').length).toBe(720);
  }
  await writeFile(at('run.yaml'), report.replace('DATASET', dataset));
  await command.text(home, ['run', 'import', at('run.yaml')]);

  const runs = await answers<{ type: string; data: { runId: string; engine?: string; code?: string } }>(
    ...['events', '--stream', 'runs'],
  );
  expect(runs.map(({ type, data: { engine, code } }) => [type, engine ?? code])).toEqual([
    ['RunReported', undefined],
    ['TrainingStarted', 'scikit-learn'],
    ['TrainingCompleted', undefined],
    ['RunReported', undefined],
    ['TrainingStarted', 'scikit-learn'],
    ['TrainingFailed', 'TRAINING_FAILED'],
  ]);
  expect(await refusal('run', 'import', at('run.yaml'))).toMatch(
    /^3 .*run forest-2026-03-01 is there already/,
  );
  await writeFile(
    at('run.yaml'),
    report
      .replace('DATASET', dataset)
      .replace('failure: out of memory', `package: sha256:${'0'.repeat(64)}`)
      .replace('forest-2026', 'other-2026'),
  );
  expect(await refusal('run', 'import', at('run.yaml'))).toMatch(/^5 .*refused: .*0000/);
  expect(await refusal('train', '--model', 'health-forest')).toMatch(/^2 .*trained elsewhere/);
  const neither = { runId: 'r', model: 'health-forest', datasetId: dataset, trainer: 'xgboost' };
  const posted = (body: object) =>
    fetch(`${url}/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  expect((await posted({ ...neither, failure: 'no data' })).status).toBe(202);
  expect(await (await posted(neither)).json()).toMatchObject({
    status: 400,
    detail: expect.stringMatching(/package/),
  });
  expect(await command.text(home, ['verify'])).toMatch(/verified/);
});

test('the same package is one version, however often it comes, also as an export that is signed', async () => {
  const versions = await answers<object>('version', 'list', '--model', 'health-forest');
  const model = ['--model', 'health-forest'];
  const again = await command.text(home, ['package', 'import', at('forest'), ...model]);
  expect(again).toMatch(/^it is v1\.0\.0 of health-forest already, so no version is registered/);
  await command.text(home, ['package', 'keys', at('keys')]);
  const [key, signed] = [
    ['--sign', at('keys/private.pem')],
    ['--key', at('keys/public.pem')],
  ];
  await command.text(home, ['version', 'export', 'v1.0.0', '--to', at('signed'), ...key, ...model]);
  expect(await answers('package', 'import', at('signed'), ...signed, ...model)).toMatchObject([
    { model: 'health-forest', version: 'v1.0.0', registered: false },
  ]);
  const [digest] = (
    await answers<{ data: { package: string } }>('events', '--type', 'VersionRegistered')
  ).map(({ data }) => data.package);
  const { datasetId } = (await answers<{ datasetId: string }>('dataset', 'list'))[0]!;
  const run = { runId: 'again', model: 'health-forest', datasetId, trainer: 'scikit-learn', package: digest };
  const asked = await fetch(`${url}/v1/runs`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(run) },
  });
  const { follow } = (await asked.json()) as { follow: string };
  expect(await (await fetch(`${url}${follow}?wait=10`)).json()).toMatchObject({
    ...{ state: 'refused', code: 'CONFLICT', reason: expect.stringContaining('is that of v1.0.0') },
  });
  expect(await answers<object>('version', 'list', '--model', 'health-forest')).toEqual(versions);
});

test.each([
  ['gate', 'v1.0'],
  ['compare', 'v1.0.0', 'v1.0'],
  ['version', 'export', 'v1.0', '--to', 'nowhere'],
  ['rollback', '--to', 'v1.0'],
  ['promote', 'v1.0'],
  ['explain', '--version', 'v1.0'],
])('%j names the version that is meant by one that is written short', async (...args) => {
  expect(await refusal(...args.flat(), '--model', 'health-forest')).toMatch(
    /no (version )?v1\.0\b.*did you mean '?v1\.0\.0/s,
  );
});

test('a folder that does not fit is refused with what to do, and nothing of it is kept', async () => {
  const before = await answers<object>('events', '--limit', '1000');
  const signature = parse(await readFile(at('forest/signature.yaml'), 'utf8'));
  const isRefused = async (name: string, change: object, message: RegExp, onnx?: Uint8Array) => {
    await cp(at('forest'), at(name), { recursive: true });
    await writeFile(at(`${name}/signature.yaml`), JSON.stringify({ ...signature, ...change }));
    if (onnx) await writeFile(at(`${name}/model.onnx`), onnx);
    const context = { model: 'health-forest', tasks: await loadTasks(), datasets: new Map() };
    await expect(checkFolder(at(name), context)).rejects.toThrow(message);
  };
  await isRefused('pickle', {}, /pickle\/model\.onnx: not a whole ONNX model/, Buffer.from('\x80\x04pickle'));
  const unknown = encodeModel({
    name: 'unknown',
    inputs: [{ name: 'X', type: 'float', shape: ['batch', 1] }],
    outputs: [{ name: 'probabilities', type: 'float', shape: ['batch', 3] }],
    constants: [],
    nodes: [{ operator: 'Divine', inputs: ['X'], output: 'probabilities' }],
    metadata: {},
  });
  const oneInput = { inputs: { X: 'seats' }, outputs: { probabilities: 'probabilities' } };
  await isRefused('operator', oneInput, /operator\/model\.onnx: ONNX Runtime refuses it: .*Divine/s, unknown);
  await isRefused(
    'order',
    { classes: ['healthy', 'critical', 'at risk'] },
    /expected healthy, critical, at risk, but the graph has them as/,
  );
  await isRefused('key', { exmples: [] }, /exmples is not known; did you mean examples\?/);
  await isRefused('path', { model: '../model.onnx' }, /model must be the name of a file of this folder/);
  await isRefused(
    'data',
    { dataset: 'd' },
    /there is no dataset d of the task account-health; none is sealed/,
  );
  await cp(at('forest'), at('large'), { recursive: true });
  await truncate(at('large/model.onnx'), 300 * 1024 * 1024);
  const context = { model: 'health-forest', tasks: await loadTasks(), datasets: new Map() };
  const check = (name: string) => checkFolder(at(name), context);
  await expect(check('large')).rejects.toThrow(/has 300 MiB, more than the 256 MiB/);
  await expect(check('nowhere')).rejects.toThrow(/signature\.yaml: there is no such file/);
  await mkdir(at('link'));
  await writeFile(at('link/signature.yaml'), JSON.stringify(signature));
  await symlink(at('forest/model.onnx'), at('link/model.onnx'));
  const link = ['package', 'import', at('link'), '--model', 'health-forest'];
  expect(await refusal(...link)).toMatch(/^2 .*leads out of the folder/);
  expect(await answers<object>('events', '--limit', '1000')).toEqual(before);
});

import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf, putBundle } from '../../kernel/bundle.ts';
import { newId } from '../../kernel/ids.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { type ApiUnderTest, startApi, TOKEN } from '../../test/harness/api.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { MODEL } from '../../test/harness/scenario.ts';
import { smallScenario } from '../../test/harness/small-scenario.ts';
import { toyData, toyDataset } from '../../test/harness/toy-dataset.ts';
import { toyEncoderPackage } from '../../test/harness/toy-package.ts';

let under: ApiUnderTest;
let digest: string;
const get = (url: string, status?: number) => under.get(url, status);
const raw = (url: string, headers: Record<string, string> = {}) =>
  under.app.inject({ url, headers: { authorization: `Bearer ${TOKEN}`, ...headers } });

const CARD = Buffer.from('# A card\n\nIt is <good>.\n');
const ONNX = Buffer.from([0, 1, 2, 255]);

const registered = (about: { version: string; package: string }) =>
  newEvent('VersionRegistered', {
    ...{ model: MODEL, modelHash: 'm7', runId: 'run-7', datasetId: 'dataset-7', policyVersion: 1 },
    ...{ evaluationId: 'run-7/evaluation', metrics: { accuracy: 0.8 }, primaryMetric: 'accuracy' },
    ...about,
  });

beforeAll(async () => {
  under = await startApi(smallScenario());
  const line = (bytes: Uint8Array, name: string) => `${digestOf(bytes).slice('sha256:'.length)}  ${name}\n`;
  digest = await putBundle(
    under.services.artifacts,
    new Map([
      ['model.onnx', ONNX],
      ['MODEL_CARD.md', CARD],
      ['SHA256SUMS', Buffer.from(line(ONNX, 'model.onnx') + line(CARD, 'MODEL_CARD.md'))],
    ]),
  );
  await appendFact(under.services, registered({ version: 'v2.0.0', package: digest }), 50);
  await under.services.host.settled();
});
afterAll(() => under[Symbol.asyncDispose]());

const VERSION = `/v1/models/${MODEL}/versions/v2.0.0`;

test('a model card is Markdown or HTML, by the extension or as the client accepts it', async () => {
  const markdown = await raw(`${VERSION}/card`);
  expect(markdown.headers['content-type']).toBe('text/markdown; charset=utf-8');
  expect(markdown.body).toMatch(/## Intended use\n\n[\s\S]*## What the package says\n\nIt is <good>\.\n$/);
  for (const page of [
    await raw(`${VERSION}/card.html`),
    await raw(`${VERSION}/card`, { accept: 'text/html' }),
  ]) {
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('<h2>What the package says</h2>\n<p>It is &lt;good&gt;.</p>');
  }
  expect((await raw(`${VERSION}/card.md`, { accept: 'text/html' })).body).toBe(markdown.body);
  const etag = String(markdown.headers.etag);
  const again = await raw(`${VERSION}/card`, { 'if-none-match': `"other", W/${etag}` });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});

test('the report of a version is a page that loads nothing', async () => {
  const { headers, body } = await raw(`${VERSION}/report`);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(body).toMatch(/<h1>v2\.0\.0 of [\s\S]*<h2>Configuration<\/h2>[\s\S]*<h2>Decisions<\/h2>/);
  expect(body).not.toContain('<script');
  expect((await get(`/v1/models/${MODEL}/versions/v9.9.9/report`, 404)).detail).toContain('never registered');
});

test('the report of a run is a page; one that there is not is told', async () => {
  const [{ runId }] = (await get('/v1/runs?limit=1')).items;
  const { headers, body } = await raw(`/v1/runs/${runId}/report`);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(body).toContain('<h2>Configuration</h2>');
  expect((await get('/v1/runs/run-x/report', 404)).detail).toContain('there is no run run-x');
});

test('plots of a run are pictures, and the numbers that they show', async () => {
  const { items } = await get('/v1/runs/run-3/plots');
  expect(items.map(({ name }: { name: string }) => name)).toEqual(['loss', 'scores', 'confusion']);
  const picture = await raw('/v1/runs/run-3/plots/confusion');
  expect(picture.headers['content-type']).toBe('image/svg+xml');
  expect(picture.body).toMatch(/^<svg [\s\S]*<title>cs\.LG answered as cs\.AI: 2 of 6<\/title>/);
  const numbers = await raw('/v1/runs/run-3/plots/confusion?format=csv');
  expect(numbers.headers['content-disposition']).toContain('confusion.csv');
  expect(numbers.body).toBe('label,cs.LG,cs.AI\ncs.LG,4,2\ncs.AI,1,3\n');
  expect((await raw('/v1/runs/run-3/plots/loss?format=csv')).body).toContain(
    'training,1,1\ntraining,2,0.5\n',
  );
  expect((await get('/v1/runs/run-3/plots/losss', 404)).detail).toMatch(/did you mean loss\?/);
  await get('/v1/runs/run-x/plots', 404);
});

test('curves of runs beside each other, and as a picture', async () => {
  const { items } = await get('/v1/runs/run-3/metrics');
  expect(items).toContainEqual({
    ...{ metric: 'training loss', points: 2, first: 1, last: 2, least: 0.5, most: 1, value: 0.5 },
  });
  const { curves, width } = await get('/v1/curves?run=run-3&run=run-1&metric=training%20loss');
  expect([width, curves.map(({ runId }: { runId: string }) => runId)]).toEqual([1, ['run-3', 'run-1']]);
  expect(curves[0]).toMatchObject({ steps: [1, 2], mean: [1, 0.5], least: [1, 0.5], values: 2, missing: 0 });
  const both = await get('/v1/curves?run=run-3&metric=training%20loss&metric=validation%20logLoss&points=1');
  expect(both.curves).toMatchObject([
    { steps: [1], most: [1], mean: [0.75] },
    { metric: 'validation logLoss' },
  ]);
  expect((await raw('/v1/curves/plot?run=run-3&metric=training%20loss')).body).toMatch(
    /^<svg [\s\S]*polyline/,
  );
  expect((await get('/v1/curves?run=run-33&metric=x', 404)).detail).toContain("did you mean 'run-3'?");
  expect((await get('/v1/curves?run=run-3&metric=none')).curves).toEqual([]);
});

test('a package is listed, and downloaded file by file or as one tar', async () => {
  const { files, archive, ...about } = await get(`${VERSION}/package`);
  expect(about).toEqual({ model: MODEL, version: 'v2.0.0', package: digest });
  expect(files.map(({ name }: { name: string }) => name)).toEqual([
    'SHA256SUMS',
    'model.onnx',
    'MODEL_CARD.md',
  ]);
  for (const file of files) {
    const { rawPayload, headers } = await raw(file.url);
    expect([digestOf(rawPayload), headers.etag]).toEqual([file.digest, `"${file.digest}"`]);
    expect(headers['content-length']).toBe(String(rawPayload.length));
  }
  const { rawPayload: tar } = await raw(archive);
  expect(execFileSync('tar', ['xOf', '-', 'model.onnx'], { input: tar })).toEqual(ONNX);
  expect((await get(`${VERSION}/package/model.onn`, 404)).detail).toContain('did you mean model.onnx?');
  await get(`${VERSION}/package/..%2f..%2flog`, 404);
  expect((await get(`/v1/models/${MODEL}/versions/v9.9.9/card`, 404)).detail).toContain('never registered');
  expect((await get(`/v1/models/${MODEL}/versions/v1.0.0/card`, 404)).code).toBe('ARTIFACT_MISSING');
});

test('the encoder of a version is downloaded in the layout of Hugging Face, and no other kind of model', async () => {
  const { files } = await toyEncoderPackage(toyData(toyDataset(4, { train: 30, validation: 20 })), {});
  const encoder = await putBundle(under.services.artifacts, files);
  await appendFact(under.services, registered({ version: 'v2.1.0', package: encoder }), 51);
  await under.services.host.settled();
  const url = (version: string) => `/v1/models/${MODEL}/versions/${version}/hugging-face.tar`;
  const { rawPayload: tar, headers } = await raw(url('v2.1.0'));
  const list = execFileSync('tar', ['tf', '-'], { input: tar, encoding: 'utf8' }).trim().split('\n');
  expect(list).toEqual(expect.arrayContaining(['config.json', 'model.safetensors', 'onnx/model.onnx']));
  const settings = execFileSync('tar', ['xOf', '-', 'config.json'], { input: tar, encoding: 'utf8' });
  expect(JSON.parse(settings).label2id).toEqual({ birds: 0, boats: 1, books: 2 });
  expect((await raw(url('v2.1.0'), { 'if-none-match': String(headers.etag) })).statusCode).toBe(304);
  expect((await get(url('v2.0.0'), 400)).detail).toContain('v2.0.0 of');
  expect((await get(url('v9.9.9'), 404)).detail).toContain('never registered');
});

test('an artifact is downloaded when the log names it, and only then', async () => {
  const upload = async (payload: Buffer, type = 'text/csv') =>
    under.app.inject({
      method: 'POST',
      url: '/v1/artifacts',
      payload,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type },
    });
  const bytes = Buffer.from('snapshot_id,plan\na,team\n');
  const stored = await upload(bytes);
  const { digest: file } = stored.json();
  expect([stored.statusCode, file, stored.headers.location]).toEqual([
    201,
    digestOf(bytes),
    `/v1/artifacts/${file}`,
  ]);
  expect((await upload(Buffer.alloc(0))).json().detail).toContain('--data-binary');
  expect((await upload(Buffer.from('{"a":'), 'application/json')).statusCode).toBe(201);

  expect((await get(`/v1/artifacts/${file}`, 404)).detail).toContain('no event of the log names');
  const body = { task: 'account-health', file, fileName: 'accounts.csv' };
  const { requestId, follow } = await under.post('/v1/collections', body, 202);
  await get(`${follow}?wait=0.01`);
  expect((await raw(`/v1/artifacts/${file}`)).rawPayload).toEqual(bytes);
  const head = await under.app.inject({
    method: 'HEAD',
    url: `/v1/artifacts/${file}`,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect([head.headers['content-length'], head.headers.etag, head.body]).toEqual([
    String(bytes.length),
    `"${file}"`,
    '',
  ]);
  expect((await get('/v1/artifacts/..%2f..%2fetc%2fpasswd', 400)).detail).toContain('64 hexadecimal digits');
  const [asked] = (await under.services.all('CollectionRequested')).filter(({ id }) => id === requestId);
  expect(asked?.data).toMatchObject({
    source: file,
    sourceName: 'accounts.csv',
    requestedBy: 'bootstrap',
    generated: false,
  });
});

test('records, datasets and evaluations are asked for, once for each key', async () => {
  const records = [{ snapshot_id: 'a', plan: 'team', seats: 1 }];
  const key = newId(Date.now());
  const send = async () =>
    under.app.inject({
      method: 'POST',
      url: '/v1/collections',
      payload: { task: 'account-health', records },
      headers: { authorization: `Bearer ${TOKEN}`, 'idempotency-key': key },
    });
  expect([await send(), await send()].map((answer) => answer.json().requestId)).toEqual([key, key]);
  const collected = await under.services.all('CollectionRequested');
  const [own, ...others] = collected.filter(({ data }) => data.collectionId === `api-${key}`);
  expect([others, own?.data.sourceName]).toEqual([[], 'records.jsonl']);
  expect(String(Buffer.from(await under.services.artifacts.get(own!.data.source)))).toBe(
    `${JSON.stringify(records[0])}\n`,
  );

  await under.post('/v1/datasets', { model: MODEL, datasetId: 'mine', trainFraction: 0.5 }, 202);
  await under.post('/v1/evaluations', { model: MODEL, version: 'v2.0.0', records, baseline: 'v1.0.0' }, 202);
  await under.post('/v1/evaluations', { model: MODEL, datasetId: 'dataset-1', requestedBy: 'ada' }, 202);
  const examination = { edgeCases: { records }, windowMonths: 6, groups: ['plan'], robustness: true };
  await under.post('/v1/evaluations', { model: MODEL, datasetId: 'dataset-1', examination }, 202);
  expect((await under.services.all('DatasetRequested')).at(-1)?.data).toMatchObject({
    datasetId: 'mine',
    task: 'arxiv',
    seed: 42,
    trainFraction: 0.5,
    validationFraction: 0.1,
    extends: null,
  });
  expect((await under.services.all('EvaluationRequested')).slice(-3)).toMatchObject([
    { data: { version: 'v2.0.0', package: digest, baseline: { version: 'v1.0.0' }, includeTraining: false } },
    { data: { version: 'v1.0.0', datasetId: 'dataset-1', data: null, requestedBy: 'ada' } },
    {
      data: {
        examination: {
          edgeCases: digestOf(Buffer.from(`${JSON.stringify(records[0])}\n`)),
          ...{
            edgeCasesName: 'records.jsonl',
            outside: null,
            outsideName: null,
            windowMonths: 6,
            groups: ['plan'],
            robustness: true,
            adversarial: false,
          },
        },
      },
    },
  ]);
});

test.each([
  ['collections', { task: 'account-healt', records: [{}] }, 404, 'account-health'],
  ['collections', { task: 'account-health' }, 400, 'give "records", or a "file"'],
  ['collections', { task: 'account-health', file: 'sha256:1' }, 400, '64 hexadecimal digits'],
  ['collections', { task: 'account-health', file: `sha256:${'0'.repeat(64)}` }, 404, 'POST /v1/artifacts'],
  ['collections', { task: 'account-health', records: [{}], form: 'x' }, 400, 'did you mean from?'],
  ['datasets', { model: 'paper' }, 404, 'did you mean papers?'],
  ['datasets', { model: MODEL, trainFraction: 0.95 }, 400, 'below 1'],
  ['datasets', { model: MODEL, datasetId: `${MODEL}-d4` }, 400, 'give another'],
  ['evaluations', { model: MODEL }, 400, 'give "records"'],
  ['evaluations', { model: MODEL, records: [{}], datasetId: 'dataset-1' }, 400, 'one of the three'],
  [
    'evaluations',
    { model: MODEL, datasetId: 'd', examination: { outside: {} } },
    400,
    'examination.outside: give',
  ],
  ['evaluations', { model: MODEL, datasetId: 'd', examination: { windowMonths: 0 } }, 400, 'windowMonths'],
  ['evaluations', { model: MODEL, version: 'v2.0', records: [{}] }, 404, 'did you mean v2.0.0?'],
  ['evaluations', { model: MODEL, baseline: 'v7', records: [{}] }, 404, 'there is '],
])('POST /v1/%s of %j is %i: %s', async (url, body, status, hint) => {
  expect((await under.post(`/v1/${url}`, body, status)).detail).toContain(hint);
});

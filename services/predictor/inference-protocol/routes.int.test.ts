import { expect, test } from 'vitest';
import { putBundle } from '../../../kernel/bundle.ts';
import { startPredictor } from '../../../test/harness/predictor.ts';
import { TOY_LABELS } from '../../../test/harness/toy-dataset.ts';
import { toyPackage } from '../../../test/harness/toy-package.ts';

test('the Open Inference Protocol: metadata, readiness, inference and errors, recorded like any prediction', async () => {
  await using predictor = await startPredictor();
  const { app, services } = predictor;
  const get = async (url: string) => {
    const { statusCode, body } = await app.inject(url);
    return [statusCode, JSON.parse(body)];
  };
  const infer = async (payload: object | string | Buffer, url = '/v2/models/toy/infer', headers = {}) => {
    const { statusCode, body } = await app.inject({ method: 'POST', url, payload, headers });
    return [statusCode, JSON.parse(body)];
  };
  const title = (...data: string[]) => ({ name: 'title', shape: [data.length], datatype: 'BYTES', data });

  expect(await get('/v2')).toMatchObject([200, { name: 'epochlog', extensions: [] }]);
  expect(await get('/v2/health/live')).toEqual([200, { live: true }]);
  expect(await get('/v2/models/toy/ready')).toMatchObject([404, { error: expect.stringContaining('toy') }]);
  await predictor.promote('v1.0.0', await putBundle(services.artifacts, await toyPackage(1)));
  await services.host.settled();
  expect(await get('/v2/health/ready')).toEqual([200, { ready: true }]);
  expect(await get('/v2/models/toy/versions/v1.0.0/ready')).toEqual([200, { name: 'toy', ready: true }]);
  expect(await get('/v2/models/toy')).toMatchObject([
    200,
    {
      versions: ['v1.0.0'],
      platform: 'onnx_onnxruntime',
      inputs: expect.arrayContaining([{ name: 'title', datatype: 'BYTES', shape: [-1] }]),
      outputs: [{ name: 'label' }, { name: 'probabilities', parameters: { labels: TOY_LABELS } }, {}],
    },
  ]);

  const [status, answer] = await infer({ id: 'mine', inputs: [title('wing and nest', 'hull and mast')] });
  expect([status, answer.id, answer.model_version]).toEqual([200, 'mine', 'v1.0.0']);
  const { body } = await predictor.ask({ instance: { title: 'wing and nest' } }, '?probabilities=true');
  const outputs = Object.fromEntries(answer.outputs.map((one: { name: string }) => [one.name, one]));
  expect(outputs.label.data[0]).toBe(body.predictions[0].label);
  expect(outputs.probabilities.shape).toEqual([2, TOY_LABELS.length]);
  expect(outputs.probabilities.data.slice(0, TOY_LABELS.length)).toEqual(
    TOY_LABELS.map((label) => body.predictions[0].probabilities[label]),
  );
  const events = await services.all('PredictionServed');
  expect(events.map(({ data }) => [data.requestId, data.route])).toEqual([
    [outputs.request_id.data[0], 'infer'],
    [outputs.request_id.data[1], 'infer'],
    [expect.any(String), 'predict'],
  ]);

  const text = JSON.stringify({ inputs: [title('wing')], outputs: [{ name: 'label' }] });
  const untyped = await infer(text, undefined, { 'content-type': 'application/octet-stream' });
  expect(untyped).toMatchObject([200, { outputs: [{ name: 'label', shape: [1] }] }]);
  const json = { 'content-type': 'application/json' };
  const invalidUtf8 = Buffer.from(text.replace('wing', '\xc3\x28\xff'), 'latin1');
  for (const odd of [text.replace('wing', ''), text.replace('wing', 'null \\u0000 bytes'), invalidUtf8])
    expect(await infer(odd, undefined, json)).toMatchObject([200, { outputs: [{ name: 'label' }] }]);
  const binary = { 'content-type': 'application/octet-stream', 'inference-header-content-length': '10' };
  for (const [refused, code, message] of [
    [await infer(text, undefined, binary), 400, 'binary_data=False'],
    [await infer('{', undefined, { 'content-type': 'application/json' }), 400, 'no JSON'],
    [await infer({ inputs: [{ ...title('wing'), name: 'titel' }] }), 400, "did you mean 'title'?"],
    [await infer({ inputs: [{ ...title('wing'), data: [7] }] }), 400, 'title must be a text'],
    [await infer({ inputs: [title('x'.repeat(10_000_000))] }), 400, 'characters'],
    [await infer({ inputs: [title('half \ud800')] }), 400, 'surrogate'],
    [await infer(text.replace('"wing"', 'NaN')), 400, 'no JSON'],
    [await infer({ input: [] }), 400, 'inputs'],
    [await infer({ inputs: [title('wing')] }, '/v2/models/toys/infer'), 404, 'toys'],
    [await infer({ inputs: [title('wing')] }, '/v2/models/toy/versions/v9/infer'), 503, 'v9 of toy'],
  ] as const) {
    expect(refused).toEqual([code, { error: expect.stringContaining(message) }]);
  }
  expect(await services.all('PredictionServed')).toHaveLength(7);
});

import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OnnxInference, startInference } from '../../infra/inference/inference.ts';
import { putBundle } from '../../kernel/bundle.ts';
import type { Digest } from '../../kernel/ports/artifacts.ts';
import type { Inference, Session } from '../../kernel/ports/inference.ts';
import { formatSums } from '../../ml/package/sums.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { type PredictorUnderTest, startPredictor } from '../../test/harness/predictor.ts';
import type { ServicesOptions, ServicesUnderTest } from '../../test/harness/services.ts';
import { TOY_LABELS, toyDataset } from '../../test/harness/toy-dataset.ts';
import { toyPackage } from '../../test/harness/toy-package.ts';
import type { Scored } from './scoring.ts';

const logger = pino({ level: 'silent' });
const { validation: papers } = toyDataset(99);
const firstPackage = await toyPackage(1);
const secondPackage = await toyPackage(2);

let stack: AsyncDisposableStack;
let inference: OnnxInference;
let predictor: PredictorUnderTest;
let services: ServicesUnderTest;
let app: FastifyInstance;

beforeEach(() => {
  stack = new AsyncDisposableStack();
  inference = startInference({ logger });
  stack.defer(() => inference.close());
});
afterEach(() => stack.disposeAsync());

async function start(options: ServicesOptions = {}): Promise<void> {
  predictor = stack.use(await startPredictor({ inference, ...options }));
  ({ services, app } = predictor);
}

const promote = (version: string, digest: string) => predictor.promote(version, digest);
const store = (files: ReadonlyMap<string, Uint8Array>) => putBundle(services.artifacts, files);
const ask = (payload: object, query?: string) => predictor.ask(payload, query);
const health = () => predictor.health();

async function startWithFirst(options: ServicesOptions = {}): Promise<Digest> {
  await start(options);
  const digest = await store(firstPackage);
  await promote('v1.0.0', digest);
  await services.host.settled();
  return digest;
}

/** Asks without pause, eight at a time, until told to stop; every answer must be a prediction. */
function load() {
  let asking = true;
  const served: { requestId: string; version: string }[] = [];
  const client = async (number: number) => {
    for (let i = number; asking; i++) {
      const { title, abstract } = papers[i % papers.length]!;
      const { status, body } = await ask({ instance: { title, abstract } });
      expect(status, JSON.stringify(body)).toBe(200);
      served.push(...body.predictions);
    }
  };
  const clients = Array.from({ length: 8 }, (_, number) => client(number));
  return {
    served,
    async stop() {
      asking = false;
      await Promise.all(clients);
      return served;
    },
  };
}
const turns = async (enough: () => boolean) => {
  while (!enough()) await new Promise(setImmediate);
};

describe('a prediction', () => {
  test('is explained where that is asked for: base, parts and rest add up to its log-odds', async () => {
    await startWithFirst();
    const { title, abstract } = papers[0]!;
    const asked = { instances: [{ requestId: 'why', instance: { title, abstract } }], explain: { top: 3 } };
    const { status, body } = await ask(asked);
    expect(status, JSON.stringify(body)).toBe(200);
    const [{ label, confidence, explanation }] = body.predictions;
    expect(explanation).toMatchObject({ method: 'linear', label });
    expect(explanation.contributions).toHaveLength(3);
    const parts = explanation.contributions.map((part: { contribution: number }) => part.contribution);
    expect(explanation.base + parts.reduce((a: number, b: number) => a + b) + explanation.rest).toBeCloseTo(
      ...([explanation.score, 9] as const),
    );
    expect(confidence).toBeGreaterThan(1 / TOY_LABELS.length);
    expect(
      (await ask({ ...asked, explain: true })).body.predictions[0].explanation.contributions.length,
    ).toBe(10);
    const many = Array.from({ length: 33 }, () => ({ instance: { title, abstract } }));
    const refused = await ask({ instances: many, explain: true });
    expect([refused.status, refused.body.detail]).toEqual([
      400,
      expect.stringContaining('at most 32 instances'),
    ]);
  });

  test('of a version that cannot be looked into is refused, and not recorded', async () => {
    await start();
    const metadata = JSON.parse(new TextDecoder().decode(firstPackage.get('metadata.json')));
    const elsewhere = new Map(firstPackage);
    elsewhere.set('metadata.json', Buffer.from(JSON.stringify({ ...metadata, engine: 'encoder' })));
    elsewhere.delete('SHA256SUMS');
    elsewhere.set('SHA256SUMS', new TextEncoder().encode(formatSums(elsewhere)));
    await promote('v1.0.0', await store(elsewhere));
    await services.host.settled();
    const { title, abstract } = papers[0]!;
    const { status, body } = await ask({ instance: { title, abstract }, explain: true });
    expect([status, body.detail]).toEqual([
      400,
      expect.stringContaining('was made by encoder: answers of linear'),
    ]);
    expect(await services.all('PredictionServed')).toEqual([]);
  });

  test('names the version, label and confidence, and is in the log before it is answered', async () => {
    await startWithFirst();
    const instances = papers
      .slice(0, 40)
      .map(({ title, abstract }, i) => ({ id: `p${i}`, instance: { title, abstract } }));
    const { status, body, headers } = await ask({ model: 'toy', instances }, '?probabilities=true&top=2');
    const events = await services.all('PredictionServed');

    expect(status).toBe(200);
    expect(body).toMatchObject({ model: 'toy', version: 'v1.0.0' });
    expect(body.predictions).toHaveLength(40);
    expect(events.map(({ correlationId }) => correlationId)).toEqual(
      Array(40).fill(headers['x-correlation-id']),
    );
    for (const [i, prediction] of body.predictions.entries()) {
      const { requestId, label, confidence, probabilities, top, features } = prediction;
      expect(prediction.id).toBe(`p${i}`);
      expect(Object.keys(probabilities)).toEqual(TOY_LABELS);
      expect(Math.max(...Object.values<number>(probabilities))).toBe(confidence);
      expect(probabilities[label]).toBe(confidence);
      expect(top[0]).toEqual({ label, probability: confidence });
      expect(top.map(({ probability }: { probability: number }) => probability)).toEqual(
        Object.values<number>(probabilities)
          .sort((a, b) => b - a)
          .slice(0, 2),
      );
      expect(features.textLength).toBe(24);
      expect(events.find(({ data }) => data.requestId === requestId)?.data).toMatchObject({
        instanceId: `p${i}`,
        model: 'toy',
        version: 'v1.0.0',
        label,
        confidence,
        scores: probabilities,
        features,
      });
    }
    const right = body.predictions.filter(
      ({ label }: { label: string }, i: number) => label === papers[i]!.label,
    );
    expect(right.length).toBeGreaterThan(25);
  });

  test('is measured', async () => {
    await startWithFirst();
    const { body } = await ask({ instance: { title: 'wing and nest', abstract: 'the feather' } });
    const lines = (await app.inject('/metrics')).body.split('\n');
    const [{ label } = { label: '' }] = body.predictions;
    expect(lines).toEqual(
      expect.arrayContaining([
        `epochlog_predictions_total{model="toy",version="v1.0.0",label="${label}"} 1`,
        'epochlog_prediction_seconds_count{model="toy",version="v1.0.0"} 1',
        'epochlog_events_published_total{source="predictor",type="PredictionServed"} 1',
      ]),
    );
  });

  test('takes one instance by itself, its instant, a correlation id; markup is cleaned away', async () => {
    await startWithFirst();
    const plain = await ask({
      instance: { title: 'wing and nest', abstract: 'the feather' },
      instant: '2024-02-03',
    });
    const correlation = '0190a6b2-0000-7000-8000-000000000001';
    const marked = await app.inject({
      method: 'POST',
      url: '/v1/predict',
      headers: { 'x-correlation-id': correlation },
      payload: {
        instance: { title: '\\textbf{wing} and nest $x^2$', abstract: 'the feather https://example.org' },
      },
    });
    expect(marked.json().predictions[0].confidence).toBe(plain.body.predictions[0].confidence);
    const [first, second] = await services.all('PredictionServed');
    expect(first?.data.instant).toBe(Date.parse('2024-02-03'));
    expect(second?.correlationId).toBe(correlation);
  });

  test('asked again under the same request id, is the same and counts once', async () => {
    await startWithFirst();
    const one = { requestId: 'mine-1', instance: { title: 'wing', abstract: 'nest' } };
    const answers = await Promise.all([ask(one), ask(one)]);
    answers.push(await ask({ instances: [{ instance: { title: 'hull' } }, one] }));
    expect(answers.map(({ body }) => body.predictions.at(-1))).toEqual(
      Array(3).fill(answers[0]!.body.predictions[0]),
    );
    expect(await services.all('PredictionServed')).toHaveLength(2);
    const two = { requestId: 'mine-2', instance: { title: 'mast' } };
    const { body } = await ask({ instances: [two, { instance: { title: 'hull' } }, two, one] });
    expect(body.predictions[0]).toEqual(body.predictions[2]);
    expect(body.predictions[3]).toEqual(answers[0]!.body.predictions[0]);
    expect(await services.all('PredictionServed')).toHaveLength(4);
  });

  test('asked for something else under a request id that was used is a conflict, and no prediction', async () => {
    await startWithFirst();
    const one = {
      requestId: 'mine-1',
      instance: { title: 'wing', abstract: 'nest' },
      id: 'a',
      instant: '2026-01-01',
    };
    const first = await ask({ ...one, version: 'v1.0.0' });
    expect(first.status).toBe(200);
    for (const change of [
      { instance: { title: 'hull', abstract: 'nest' } },
      { instance: { title: 'wing', abstract: 'sail' } },
      { instance: { title: 'wing' } },
      { id: 'b' },
      { instant: '2026-01-02' },
      { version: undefined },
    ]) {
      const other = { ...one, version: 'v1.0.0', ...change };
      expect(await ask(other)).toMatchObject({
        status: 409,
        body: { code: 'CONFLICT', detail: expect.stringContaining('mine-1') },
      });
    }
    const inOneBatch = [
      { requestId: 'mine-2', instance: { title: 'wing' } },
      { requestId: 'mine-2', instance: { title: 'hull' } },
    ];
    expect(await ask({ instances: [{ instance: { title: 'mast' } }, ...inOneBatch] })).toMatchObject({
      status: 409,
    });
    expect(await ask({ model: 'toy', ...one, version: 'v1.0.0' })).toMatchObject({
      status: 200,
      body: { predictions: first.body.predictions },
    });
    expect(await services.all('PredictionServed')).toHaveLength(1);

    await promote('v1.1.0', await store(secondPackage));
    await services.host.settled();
    const again = { requestId: 'mine-3', instance: { title: 'wing' } };
    const before = await ask(again);
    await promote('v1.2.0', await store(firstPackage));
    await services.host.settled();
    expect((await ask(again)).body.predictions).toEqual(before.body.predictions);
  });

  test('needs an instance, at least one instance and at most 512, and a version in production', async () => {
    await start();
    expect(await ask({ instance: { title: 'wing' } })).toMatchObject({
      status: 503,
      body: { code: 'MODEL_NOT_READY' },
    });
    for (const body of [
      {},
      { title: 'wing' },
      { instance: { title: 'wing' }, instances: [{ instance: { title: 'wing' } }] },
      { instances: [{ title: 'wing' }] },
      { instances: [] },
      { instances: Array(513).fill({ instance: { title: 'x' } }) },
    ]) {
      expect(await ask(body)).toMatchObject({ status: 400, body: { code: 'INPUT_INVALID' } });
    }
    expect(await ask({ instance: { title: 'x' }, instant: 'yesterday' })).toMatchObject({ status: 400 });
    for (const field of ['requestId', 'id', 'instance', 'model', 'version']) {
      const half = 'half \ud800';
      const answer = await ask({
        instance: { title: 'x' },
        [field]: field === 'instance' ? { title: half } : half,
      });
      expect([field, answer.status, answer.body.detail]).toEqual([
        field,
        400,
        expect.stringContaining(field),
      ]);
    }
    expect((await health()).status).toBe(503);
  });

  test('of bad input says where it is wrong; odd input is answered, and none of it stops the next', async () => {
    await startWithFirst();
    const post = async (payload: string | Buffer) => {
      const headers = { 'content-type': 'application/json' };
      const { statusCode, body } = await app.inject({ method: 'POST', url: '/v1/predict', headers, payload });
      return [statusCode, JSON.parse(body).detail];
    };
    const of = (title: unknown, more: object = {}) => JSON.stringify({ instance: { title }, ...more });
    for (const [payload, status, detail] of [
      [of('x'.repeat(10_000_000)), 400, /instance.title: .*100000/],
      [of('x'.repeat(17_000_000)), 413, /larger than the 16,777,216 bytes/],
      [of(7), 400, /title must be a text, not 7/],
      [of(['wing']), 400, /instance.title/],
      ['{"instance": {"title": "half a pair \\ud800"}}', 400, /surrogate/],
      [of('wing', { version: 'v9.9.9' }), 503, /v9.9.9 of toy is wanted, and v1.0.0 is served/],
      [of('wing', { model: 'toyz' }), 404, /toyz/],
      ['{"instance": {"title": NaN}}', 400, /JSON/],
      [of(''), 200, undefined],
      [of('null \u0000 bytes'), 200, undefined],
      [
        Buffer.from([...Buffer.from('{"instance":{"title":"'), 0xc3, 0x28, 0xff, ...Buffer.from('"}}')]),
        200,
        undefined,
      ],
      [of('wing'), 200, undefined],
    ] as const) {
      const expected = detail === undefined ? undefined : expect.stringMatching(detail);
      expect(await post(payload)).toEqual([status, expected]);
    }
    expect(await services.all('PredictionServed')).toHaveLength(4);
  });

  test('is refused when too much is being answered, and the client is told when to come back', async () => {
    await startWithFirst({ environment: { EPOCHLOG_PREDICTOR_MAX_IN_FLIGHT: '512' } });
    const full = { instances: Array(512).fill({ instance: { title: 'wing' } }) };
    const answers = await Promise.all([ask(full), ask({ instance: { title: 'hull' } })]);
    expect(answers.map(({ status }) => status)).toEqual([200, 503]);
    expect(answers[1]!.body.code).toBe('OVERLOADED');
    expect(answers[1]!.headers['retry-after']).toBe('1');
    expect(await ask({ instance: { title: 'hull' } })).toMatchObject({ status: 200 });
  });
});

describe('under load', () => {
  test('the process answers others between the instances of a large request', async () => {
    await startWithFirst();
    const abstract = 'We show $n$ \\emph{logs} of a\u0345\u0301\u0316\u05b0\u0301\uff9e events. '.repeat(
      1_500,
    );
    const instances = Array.from({ length: 40 }, () => ({ instance: { title: 'Large', abstract } }));
    let answered = false;
    const answer = ask({ instances }).finally(() => {
      answered = true;
    });
    let alive = 0;
    while (!answered) {
      expect((await app.inject('/health/live')).statusCode).toBe(200);
      alive += 1;
      await Promise.race([answer, sleep(1)]);
    }
    expect((await answer).status).toBe(200);
    expect(alive).toBeGreaterThan(20);
  });

  test('a promotion loses no request, and every answer is in the log', async () => {
    await startWithFirst();
    const clients = load();
    await turns(() => clients.served.length > 50);
    await promote('v1.1.0', await store(secondPackage));
    await turns(() => clients.served.at(-1)?.version === 'v1.1.0');
    const served = await clients.stop();

    const switched = served.findIndex(({ version }) => version === 'v1.1.0');
    expect(switched).toBeGreaterThan(50);
    const logged = new Map(
      (await services.all('PredictionServed')).map(({ data }) => [data.requestId, data.version]),
    );
    expect(served.filter(({ requestId, version }) => logged.get(requestId) !== version)).toEqual([]);
    expect(logged.size).toBe(served.length);
  });

  test('an inference process that is killed is survived without a failed request', async () => {
    await startWithFirst();
    const clients = load();
    for (let kill = 1; kill <= 3; kill++) {
      const before = clients.served.length;
      await turns(() => clients.served.length > before + 50);
      for (const { pid } of await inference.processes()) process.kill(pid, 'SIGKILL');
    }
    const before = clients.served.length;
    await turns(() => clients.served.length > before + 50);
    const served = await clients.stop();
    expect(await services.all('PredictionServed')).toHaveLength(served.length);
    expect(await services.all('PredictionFailed')).toEqual([]);
  });
});

test('a restarted predictor serves what is in production, and that alone, under the policy in force', async () => {
  await startWithFirst();
  const unsure = async () => (await ask({ instance: { title: 'wing' } })).body.predictions[0].unsure;
  expect(await unsure()).toBe(true);
  await services.publish(policyChanged('toy', 'serving: { unsureBelow: 0, keepInput: true }'));
  await services.host.settled();
  expect(await unsure()).toBe(false);
  const [discarded, kept] = (await services.all('PredictionServed')).map(({ data }) => data);
  expect(discarded).toMatchObject({ route: 'predict', input: null, inputHash: kept!.inputHash });
  expect(kept).toMatchObject({ input: '{"title":"wing"}', inputHash: hash('sha256', kept!.input!) });
  await promote('v1.1.0', await store(secondPackage));
  await services.host.settled();
  const { home } = services;
  await services.host.stop();
  await start({ home });
  expect(await ask({ instance: { title: 'wing' } })).toMatchObject({
    status: 200,
    body: { version: 'v1.1.0', predictions: [{ unsure: false }] },
  });
  expect((await inference.processes()).reduce((sum, { sessions }) => sum + sessions, 0)).toBe(1);
});

test('health of the model: loaded, valid, working, fast enough', async () => {
  await startWithFirst({ environment: { EPOCHLOG_PREDICTOR_HEALTH_LATENCY_MS: '1000000' } });
  const well = await health();
  expect(well).toMatchObject({ status: 200, body: { status: 'ok', models: [{ version: 'v1.0.0' }] } });
  const { checks } = well.body.models[0];
  expect(Object.values<{ ok: boolean }>(checks).map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
  expect(checks.latencyAcceptable.probeMs).toBeGreaterThan(0);

  await inference.close();
  const ill = await health();
  expect(ill.status).toBe(503);
  expect(ill.body.models[0].checks).toMatchObject({
    packageValid: { ok: true },
    inferenceWorks: { ok: false },
    latencyAcceptable: { ok: false },
  });
  expect(await ask({ instance: { title: 'wing' } })).toMatchObject({
    status: 503,
    body: { code: 'INFERENCE_UNAVAILABLE' },
  });
  const [failed] = await services.all('PredictionFailed');
  expect(failed?.data).toMatchObject({ code: 'INFERENCE_UNAVAILABLE', version: 'v1.0.0' });
});

test('health of a model that is slower than allowed', async () => {
  await startWithFirst({ environment: { EPOCHLOG_PREDICTOR_HEALTH_LATENCY_MS: '0.001' } });
  const { status, body } = await health();
  expect(status).toBe(503);
  expect(body.models[0].checks).toMatchObject({
    inferenceWorks: { ok: true },
    latencyAcceptable: { ok: false },
  });
});

test('a prediction that cannot be made is a fact', async () => {
  let broken = false;
  const breakable: Inference = {
    ...inference,
    async load(program, files) {
      const session: Session<unknown, never> = await inference.load(program, files);
      return { ...session, run: (instances) => session.run(broken ? {} : instances) };
    },
  };
  await startWithFirst({ inference: breakable });
  broken = true;
  const answer = await ask({ requestId: 'r1', id: 'p1', instance: { title: 'wing' } });
  expect(answer).toMatchObject({ status: 500, body: { code: 'INFERENCE_FAILED' } });
  const [failed] = await services.all('PredictionFailed');
  expect(failed?.data).toMatchObject({
    requestId: 'r1',
    instanceId: 'p1',
    model: 'toy',
    code: 'INFERENCE_FAILED',
  });
});

test('a prediction that takes too long is answered with 504, and is a fact; the model goes on answering', async () => {
  await startWithFirst({ environment: { EPOCHLOG_PREDICTOR_TIMEOUT_MS: '500' } });
  const pids = (await inference.processes()).map(({ pid }) => pid);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  const late = await ask({ requestId: 'r1', instance: { title: 'wing' } });
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  expect(late).toMatchObject({
    status: 504,
    headers: { 'retry-after': '1' },
    body: { code: 'INFERENCE_TIMEOUT', detail: expect.stringContaining('within 500 ms') },
  });
  const [failed] = await services.all('PredictionFailed');
  expect(failed?.data).toMatchObject({ requestId: 'r1', code: 'INFERENCE_TIMEOUT' });
  const again = () => ask({ requestId: 'r1', instance: { title: 'wing' } });
  await eventually(async () => ((await again()).status === 200 ? true : undefined));
});

test('a model that answers what is no number has failed', async () => {
  const spoiling: Inference = {
    ...inference,
    async load(program, files) {
      const session: Session<unknown, never> = await inference.load(program, files);
      const spoilt = ({ scores, ...more }: Scored) => ({
        ...more,
        scores: { ...scores, values: scores.values.fill(Number.NaN) },
      });
      return { ...session, run: async (instances) => spoilt(await session.run(instances)) as never };
    },
  };
  await startWithFirst({ inference: spoiling });
  expect(await ask({ instance: { title: 'wing' } })).toMatchObject({
    status: 500,
    body: { code: 'INFERENCE_FAILED', detail: expect.stringContaining('no number') },
  });
  expect(await services.all('PredictionFailed')).toHaveLength(1);
});

test('outcomes are taken in', async () => {
  await start();
  const payload = {
    outcomes: [
      { requestId: 'r1', label: 'birds' },
      { requestId: 'r2', label: 'boats', source: 'author' },
    ],
  };
  const answer = await app.inject({ method: 'POST', url: '/v1/outcomes', payload });
  expect(answer.statusCode).toBe(202);
  expect(answer.json().accepted).toBe(2);
  for (const field of ['requestId', 'label', 'source']) {
    const outcomes = [{ requestId: 'r1', label: 'birds', [field]: 'half \udc00' }];
    const refused = await app.inject({ method: 'POST', url: '/v1/outcomes', payload: { outcomes } });
    expect([field, refused.statusCode]).toEqual([field, 400]);
  }
  const events = await services.all('OutcomeReported');
  expect(events.map(({ data: { requestId, label, source } }) => [requestId, label, source])).toEqual([
    ['r1', 'birds', 'api'],
    ['r2', 'boats', 'author'],
  ]);
});

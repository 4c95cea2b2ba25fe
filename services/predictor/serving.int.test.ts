import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { type OnnxInference, startInference } from '../../infra/inference/inference.ts';
import { digestOf, putBundle } from '../../kernel/bundle.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import type { Digest } from '../../kernel/ports/artifacts.ts';
import type { Inference, Session } from '../../kernel/ports/inference.ts';
import { formatSums } from '../../ml/package/sums.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/folder.ts';
import { type PredictorUnderTest, startPredictor } from '../../test/harness/predictor.ts';
import type { ServicesOptions } from '../../test/harness/services.ts';
import { toyPackage } from '../../test/harness/toy-package.ts';
import { REPORTS } from './reports.ts';

/** What is in production, and what answers. */

const MODEL = 'model.onnx';
const firstPackage = await toyPackage(1);
const secondPackage = await toyPackage(2);
const SOON = { EPOCHLOG_PREDICTOR_RETRY_MS: '10', EPOCHLOG_PREDICTOR_HEALTH_LATENCY_MS: '1000000' };
const NEVER = { ...SOON, EPOCHLOG_PREDICTOR_RETRY_MS: '1000000' };

let folder: TemporaryFolder;
let inference: OnnxInference;
let predictor: PredictorUnderTest;
let started: AsyncDisposableStack;

beforeAll(() => {
  inference = startInference({ logger: NO_LOGGER });
});
afterAll(() => inference.close());
beforeEach(async () => {
  folder = await temporaryFolder('serving');
  started = new AsyncDisposableStack();
});
afterEach(async () => {
  await started.disposeAsync();
  await folder.remove();
});

/** Starts the predictor on the test's home, after the one that runs there was stopped. */
async function start(options: ServicesOptions = {}): Promise<void> {
  await started.disposeAsync();
  started = new AsyncDisposableStack();
  const home = folder.path;
  predictor = started.use(await startPredictor({ home, inference, environment: NEVER, ...options }));
}

const store = (files: ReadonlyMap<string, Uint8Array>) => putBundle(predictor.services.artifacts, files);
const pathOf = (files: ReadonlyMap<string, Uint8Array>) => {
  const hash = digestOf(files.get(MODEL)!).slice('sha256:'.length);
  return join(folder.path, 'artifacts', 'sha256', hash.slice(0, 2), hash);
};
const promote = async (version: string, digest: Digest, sequence: number, model?: string) => {
  await predictor.promote(version, digest, sequence, model);
  await predictor.services.host.settled();
};
const asked = async (payload: object = {}) =>
  (await predictor.ask({ instance: { title: 'wing' }, ...payload })).body;
/** What was said of serving, in short. */
async function reports() {
  const events = await predictor.services.all(...REPORTS);
  return events.map(({ type, data }) =>
    [type, 'version' in data ? data.version : '-', 'served' in data ? data.served : []].flat(),
  );
}

async function truncatedOnDisk(): Promise<Digest> {
  const digest = await store(secondPackage);
  await truncate(pathOf(secondPackage), 500);
  return digest;
}
async function sealedTruncated(): Promise<Digest> {
  const files = new Map(secondPackage).set(MODEL, secondPackage.get(MODEL)!.slice(0, 500));
  files.delete('SHA256SUMS');
  return store(files.set('SHA256SUMS', Buffer.from(formatSums(files))));
}
const withoutFiles = () => predictor.services.artifacts.put(secondPackage.get('SHA256SUMS')!);

test('a version that is served is a fact, which follows from its promotion; a restart adds none', async () => {
  await start();
  await promote('v1.0.0', await store(firstPackage), 1);
  const [promoted] = await predictor.services.all('VersionPromoted');
  const [serving] = await predictor.services.all('VersionServing');
  expect(serving).toMatchObject({
    source: 'predictor',
    causationId: promoted!.id,
    correlationId: promoted!.correlationId,
    data: {
      model: 'toy',
      version: 'v1.0.0',
      package: promoted!.data.package,
      instance: 'test',
      decisionId: promoted!.id,
      decisionNumber: 1,
    },
  });
  await start();
  await start();
  expect(await reports()).toEqual([['VersionServing', 'v1.0.0']]);
  await start({ instance: 'another' });
  expect(await reports()).toHaveLength(2);
});

describe('a package that cannot be served', () => {
  test.each([
    ['whose model was truncated on disk', truncatedOnDisk],
    ['that was sealed with a truncated model', sealedTruncated],
    ['whose files are missing', withoutFiles],
  ])(
    '%s leaves the version before in place: the log, the answer and the health say so',
    async (_, broken) => {
      await start();
      await promote('v1.0.0', await store(firstPackage), 1);
      expect(await predictor.health()).toMatchObject({ status: 200 });
      await promote('v1.1.0', await broken(), 2);

      const instead = { version: 'v1.0.0', decidedVersion: 'v1.1.0' };
      expect(await asked()).toMatchObject(instead);
      const [failed] = await predictor.services.all('ServingFailed');
      expect(failed?.data).toMatchObject({ version: 'v1.1.0', served: 'v1.0.0', code: 'PACKAGE_INVALID' });
      expect(failed?.data.reason).toContain('v1.1.0 of toy cannot be served');
      const detail = expect.stringContaining(
        'v1.1.0 is in production, v1.0.0 answers instead: v1.1.0 of toy',
      );
      const ill = { ...instead, checks: { decidedVersionServed: { ok: false, detail } } };
      expect(await predictor.health()).toMatchObject({ status: 503, body: { models: [ill] } });
      expect(await asked({ version: 'v1.1.0' })).toMatchObject({ code: 'MODEL_NOT_READY' });

      await start();
      expect(await asked()).toMatchObject(instead);
      expect(await reports()).toEqual([
        ['VersionServing', 'v1.0.0'],
        ['ServingFailed', 'v1.1.0', 'v1.0.0'],
      ]);
    },
  );

  test('that is damaged while nothing runs is told at the next start', async () => {
    await start();
    await promote('v1.0.0', await store(firstPackage), 1);
    await promote('v1.1.0', await store(secondPackage), 2);
    await truncate(pathOf(secondPackage), 500);
    await start();
    expect(await asked()).toMatchObject({ version: 'v1.0.0', decidedVersion: 'v1.1.0' });
    expect((await reports()).at(-1)).toEqual(['ServingFailed', 'v1.1.0', 'v1.0.0']);

    await rm(pathOf(firstPackage));
    await start();
    expect(await predictor.ask({ instance: { title: 'wing' } })).toMatchObject({
      status: 503,
      body: { code: 'MODEL_NOT_READY', detail: expect.stringContaining('no version of it answers') },
    });
    expect((await predictor.health()).body.models).toMatchObject([
      { version: null, decidedVersion: 'v1.1.0' },
    ]);
    expect((await reports()).at(-1)).toEqual(['ServingFailed', 'v1.1.0', null]);
  });

  test('is tried again until its files are there', async () => {
    await start({ environment: SOON });
    await promote('v1.0.0', await store(firstPackage), 1);
    await promote('v1.1.0', await withoutFiles(), 2);
    expect(await asked()).toMatchObject({ version: 'v1.0.0' });
    await store(secondPackage);
    await eventually(async () => ((await asked()).version === 'v1.1.0' ? true : undefined));
    await eventually(async () => ((await reports()).length === 3 ? true : undefined));
    expect((await reports()).at(-1)).toEqual(['VersionServing', 'v1.1.0']);
    expect(await predictor.health()).toMatchObject({ status: 200 });
  });
});

describe('of several models', () => {
  test('one that is named, the default one, or the only one answers', async () => {
    await start({ environment: { ...NEVER, EPOCHLOG_MODEL: 'second' } });
    await promote('v1.0.0', await store(firstPackage), 1);
    expect(await asked()).toMatchObject({ model: 'toy' });
    await promote('v1.0.0', await store(secondPackage), 1, 'second');
    expect(await asked()).toMatchObject({ model: 'second' });
    expect(await asked({ model: 'toy' })).toMatchObject({ model: 'toy' });
    await start();
    expect(await predictor.ask({ instance: { title: 'wing' } })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('second, toy') },
    });
  });

  test('one that nobody knows is not found; one that is not yet in production may be asked again', async () => {
    await start();
    expect(await predictor.ask({ instance: { title: 'wing' }, model: 'oops' })).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND', detail: expect.stringContaining('no version of oops is registered') },
    });
    const yet = { status: 503, body: { code: 'MODEL_NOT_READY' } };
    expect(await predictor.ask({ instance: { title: 'wing' } })).toMatchObject(yet);
  });

  test('one that is retired answers no more, also after a restart, until a version of it is promoted', async () => {
    await start();
    const digest = await store(firstPackage);
    await promote('v1.0.0', digest, 1);
    await predictor.retire(2);
    await predictor.services.host.settled();
    const gone = {
      status: 404,
      body: { code: 'NOT_FOUND', detail: expect.stringContaining('toy is retired') },
    };
    expect(await predictor.ask({ instance: { title: 'wing' }, model: 'toy' })).toMatchObject(gone);
    await start();
    expect(await predictor.ask({ instance: { title: 'wing' }, model: 'toy' })).toMatchObject(gone);
    expect((await predictor.health()).body).toMatchObject({ models: [] });
    await promote('v1.0.0', digest, 3);
    expect(await asked({ model: 'toy' })).toMatchObject({ version: 'v1.0.0' });
    expect((await reports()).map(([type]) => type)).toEqual([
      'VersionServing',
      'ServingEnded',
      'VersionServing',
    ]);
  });
});

test('an outcome with a label that the model does not know is refused, with all of its request', async () => {
  await start();
  await promote('v1.0.0', await store(firstPackage), 1);
  const { predictions } = await asked();
  const [{ requestId, label }] = predictions;
  const known = { requestId, label };
  expect(await predictor.observe([known, { requestId, label: 'oaks' }])).toMatchObject({
    status: 400,
    body: {
      code: 'INPUT_INVALID',
      detail: expect.stringMatching(/^outcomes\[1\]\.label: 'oaks' is no label of toy/),
    },
  });
  expect(await predictor.services.all('OutcomeReported')).toEqual([]);
  expect(await predictor.observe([known, { requestId: 'of long ago', label }])).toMatchObject({
    status: 202,
  });
  expect(await predictor.observe([{ requestId: 'of long ago', label: 'oaks' }])).toMatchObject({
    status: 400,
  });
});

test('health that a burst has spoilt is good again when the burst is over', async () => {
  const now = performance.now.bind(performance);
  let ahead = 0; // milliseconds that pass when the test says so
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  onTestFinished(() => clock.mockRestore());
  let slow = true;
  const sometimesSlow: Inference = {
    ...inference,
    async load(program, files) {
      const session: Session<unknown, never> = await inference.load(program, files);
      return {
        ...session,
        async run(instances) {
          const scored = await session.run(instances);
          if (slow) ahead += 60_000;
          return scored;
        },
      };
    },
  };
  const environment = {
    ...NEVER,
    EPOCHLOG_PREDICTOR_HEALTH_LATENCY_MS: '50000',
    EPOCHLOG_PREDICTOR_HEALTH_WINDOW_MS: '36000000',
    EPOCHLOG_PREDICTOR_MAX_BATCH: '1',
  };
  await start({ inference: sometimesSlow, environment });
  await promote('v1.0.0', await store(firstPackage), 1);
  await Promise.all(Array.from({ length: 25 }, () => asked()));
  slow = false;
  const latency = async () => (await predictor.health()).body.models[0].checks.latencyAcceptable;
  expect(await latency()).toMatchObject({ ok: false, p95Ms: expect.any(Number) });
  ahead += 36_000_000;
  expect(await latency()).toMatchObject({ ok: true, p95Ms: null });
});

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { pathOf } from '../../infra/artifacts/digest.ts';
import { getBundle } from '../../kernel/bundle.ts';
import { type DatasetHeader, type DatasetSample, encodeDataset } from '../../ml/dataset/format.ts';
import { completeParameters } from '../../ml/engines.ts';
import { sha256 } from '../../ml/hash.ts';
import { validatePackage } from '../../ml/package/validate.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { DatasetSealed, TrainingRequested } from '../../schemas/events.generated.ts';
import { embeddingsIn, touchEmbeddings } from '../../tasks/kept-embeddings.ts';
import { DOCUMENT_SCHEMA } from '../../test/harness/documents.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { killedAfter } from '../../test/harness/killed.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { TOY_LABELS, toyDataset } from '../../test/harness/toy-dataset.ts';
import { TrainingProcesses, type Watcher } from './process.ts';
import { service } from './service.ts';

const EPOCHS = 40;

/** Never good enough to stop before its last epoch. */
const THOROUGH = { tolerance: 0, patience: 1_000, maxEpochs: EPOCHS };

function toySamples(sizes = { train: 150, validation: 60 }): DatasetSample[] {
  const toy = toyDataset(42, sizes);
  return (['train', 'validation'] as const).flatMap((split) =>
    toy[split].map(({ title, abstract, label }, index) => ({
      id: `${split}-${index}`,
      split,
      target: label,
      otherLabels: [],
      time: '2024-05-31',
      group: null,
      instance: { title, abstract },
    })),
  );
}

const TOY: DatasetHeader = {
  task: { name: 'toy', type: 'classification', labels: [...TOY_LABELS] },
  schema: DOCUMENT_SCHEMA,
};

/** Seals a dataset of made-up documents under an id; `damaged` as nobody should find it. */
async function seal(
  services: ServicesUnderTest,
  datasetId: string,
  { train = 150, validation = 60, damaged = false } = {},
): Promise<void> {
  const { bytes, contentHash } = await encodeDataset(TOY, toySamples({ train, validation }));
  const data: DatasetSealed = {
    datasetId,
    model: 'toy',
    task: 'toy',
    ...{ split: 'auto', folds: 0, fold: 0, profile: null },
    ...{ minimumLabels: 1, labelTies: 'original', relabelled: 0 },
    problem: 'classification',
    taskVersion: '1',
    extends: null,
    artifact: await services.artifacts.put(damaged ? bytes.subarray(0, bytes.length / 2) : bytes),
    contentHash,
    seed: 42,
    labels: TOY_LABELS,
    train,
    validation,
    test: 0,
    balance: {},
    sources: [],
    reference: [],
  };
  await appendFact(services, newEvent('DatasetSealed', data));
}

const training = (runId: string, change: Partial<TrainingRequested> = {}): NewEvent =>
  newEvent('TrainingRequested', {
    runId,
    model: 'toy',
    datasetId: 'd',
    engine: 'linear',
    seed: 42,
    params: {},
    searchId: null,
    reproduces: null,
    fold: null,
    fromVersion: null,
    seeds: {},
    checkpointEvery: null,
    keepBest: null,
    reuse: false,
    ...change,
  });

/** Cuts an artifact short. */
function damage(home: string, digest: string): void {
  const path = join(home, 'artifacts', pathOf(digest));
  writeFileSync(path, readFileSync(path).subarray(0, 100));
}

const courseOf = (services: ServicesUnderTest) =>
  services.all(
    'TrainingStarted',
    'EpochCompleted',
    'CheckpointSaved',
    'CheckpointDeleted',
    'TrainingInterrupted',
    'TrainingResumed',
    'TrainingCompleted',
    'TrainingFailed',
  );

/** Watches a training as somebody who stores nothing. */
const unwatched = (change: Partial<Watcher> = {}): Watcher => ({
  signal: new AbortController().signal,
  stopping: new AbortController().signal,
  loadCheckpoint: async () => undefined,
  saveCheckpoint: async () => {},
  onProgress: () => {},
  onEpoch: async () => {},
  onBatchReduced: async () => {},
  ...change,
});

async function completed(services: ServicesUnderTest, runId: string) {
  const completions = await services.all('TrainingCompleted');
  return completions.find(({ data }) => data.runId === runId)!.data;
}

describe('a run', () => {
  test('starts from a version, which its facts and its package name', async () => {
    await using services = await startServices([service]);
    await seal(services, 'd');
    await services.publish(training('first', { params: { loss: 'logistic' } }));
    const { package: digest, modelHash, metrics, primaryMetric } = await completed(services, 'first');
    await appendFact(
      services,
      newEvent('VersionRegistered', {
        ...{ model: 'toy', version: 'v1.0.0', runId: 'first', package: digest, modelHash },
        ...{ datasetId: 'd', evaluationId: 'first-test', metrics, primaryMetric, policyVersion: 0 },
      }),
    );
    const warm = { fromVersion: 'v1.0.0', params: { loss: 'logistic' } };
    await services.publish(training('next', warm), training('other', { ...warm, params: { hashing: 10 } }));

    const { package: next } = await completed(services, 'next');
    const { artifacts } = services;
    const metadata = (await getBundle(artifacts, next)).get('metadata.json');
    expect(JSON.parse(String(Buffer.from(metadata!)))).toMatchObject({
      start: { version: 'v1.0.0', package: digest },
    });
    expect(
      (await services.all('TrainingStarted')).map(({ data }) => [data.fromVersion, data.fromPackage]),
    ).toEqual([
      [null, null],
      ['v1.0.0', digest],
      ['v1.0.0', digest],
    ]);
    const losses = (await services.all('EpochCompleted')).filter(({ data }) => data.epoch === 1);
    expect(losses[1]!.data.trainLoss).toBeLessThan(losses[0]!.data.trainLoss);
    expect(await services.all('TrainingFailed')).toMatchObject([
      {
        data: {
          runId: 'other',
          code: 'INPUT_INVALID',
          reason: expect.stringContaining('cannot start from v1.0.0: it has a vocabulary'),
        },
      },
    ]);
  });

  test('of a search is measured by the metrics of the user too, on the validation split', async () => {
    await using folder = await temporaryFolder('own-metrics');
    const module = 'export const metric = ({ actual }) => actual.length;';
    writeFileSync(join(folder.path, 'samples.mjs'), module);
    writeFileSync(join(folder.path, 'package.json'), '{}');
    await using services = await startServices([service], {
      environment: { EPOCHLOG_METRICS: folder.path },
    });
    await seal(services, 'd');
    const short = { params: { maxEpochs: 1 } };
    await services.publish(training('trial', { ...short, searchId: 's' }), training('plain', short));
    expect((await completed(services, 'trial')).metrics['custom.samples']).toBe(60);
    expect((await completed(services, 'plain')).metrics).not.toHaveProperty('custom.samples');
    writeFileSync(join(folder.path, 'samples.mjs'), 'export const metric = () => 0 / 0;');
    await services.publish(training('wrong', { ...short, searchId: 's' }));
    expect(await services.all('TrainingFailed')).toMatchObject([
      { data: { runId: 'wrong', code: 'INPUT_INVALID', reason: expect.stringContaining('it gives NaN') } },
    ]);
  });

  test('goes from a sealed dataset, epoch by epoch, to a package that proves itself', async () => {
    await using services = await startServices([service]);
    await seal(services, 'd');
    await services.publish(training('r', { params: { c: 0.25 } }));

    const course = await courseOf(services);
    const { epochs, bestEpoch, modelHash, package: digest, ...rest } = await completed(services, 'r');
    expect(course.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['TrainingStarted', 1],
      ...Array.from({ length: epochs }, (_, index) => ['EpochCompleted', index + 2]),
      ['TrainingCompleted', epochs + 2],
    ]);
    expect(course[0]?.data).toMatchObject({
      engine: 'linear',
      seed: 42,
      params: { ngram: 2, minDf: 2, maxFeatures: 200_000, c: 0.25, titleWeight: 2, maxEpochs: 20 },
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const passes = await services.all('EpochCompleted');
    expect(passes.map(({ data }) => data.epoch)).toEqual(passes.map((_, index) => index + 1));
    expect(passes[bestEpoch - 1]?.data).toMatchObject({
      validation: {
        logLoss: Math.min(...passes.map(({ data }) => data.validation.logLoss!)),
        accuracy: expect.toSatisfy((accuracy) => accuracy > 0.7),
        macroF1: expect.any(Number),
      },
    });
    expect(rest).toMatchObject({ runId: 'r', model: 'toy', datasetId: 'd' });

    const files = await getBundle(services.artifacts, digest);
    expect(sha256(files.get('model.onnx')!)).toBe(modelHash);
    expect(validatePackage(files).metadata).toMatchObject({
      name: 'toy',
      engine: 'linear',
      dataset: { id: 'd', samples: { train: 150, validation: 60 } },
      metrics: { split: 'validation', samples: 60 },
    });
  });

  test('learns from samples that are made of its training split, and says how many', async () => {
    await using services = await startServices([service]);
    await seal(services, 'd');
    const params = { augmentation: ['swap', 'deletion'], augmentationProbability: 0.5 };
    await services.publish(training('plain'), training('more', { params }));
    const [plain, more] = [await completed(services, 'plain'), await completed(services, 'more')];
    expect(plain.augmented).toEqual({});
    const { swap = 0, deletion = 0 } = more.augmented;
    expect(swap + deletion).toBeGreaterThan(50);
    expect(swap + deletion).toBeLessThan(100);
    expect(more.modelHash).not.toBe(plain.modelHash);
    const [, started] = await services.all('TrainingStarted');
    expect(started?.data).toMatchObject({ seed: 42, params: { ...params, augmentationShare: 0.1 } });
    const { metadata } = validatePackage(await getBundle(services.artifacts, more.package));
    expect(metadata).toMatchObject({ dataset: { samples: { train: 150, validation: 60 } } });
  });

  test('repeated with the same seed gives the same package, and another with another seed', async () => {
    await using services = await startServices([service]);
    await seal(services, 'd');
    await services.publish(training('first'), training('second'), training('third', { seed: 43 }));
    const [first, second, third] = await Promise.all(
      ['first', 'second', 'third'].map((runId) => completed(services, runId)),
    );
    expect(second?.modelHash).toBe(first?.modelHash);
    expect(second?.package).toBe(first?.package);
    expect(third?.modelHash).not.toBe(first?.modelHash);
  });

  const long = { train: 3_000, validation: 600 };
  const unfinished = async (services: ServicesUnderTest) => {
    const { length } = await services.all('EpochCompleted');
    return length >= 5 ? length : undefined;
  };

  async function expectWhole(services: ServicesUnderTest): Promise<void> {
    const course = await courseOf(services);
    expect(course.map(({ sequence }) => sequence)).toEqual(course.map((_, index) => index + 1));
    const passes = await services.all('EpochCompleted');
    expect(passes.map(({ data }) => data.epoch)).toEqual(
      Array.from({ length: EPOCHS }, (_, index) => index + 1),
    );
    expect(await services.all('TrainingStarted', 'TrainingCompleted')).toHaveLength(2);
  }

  test('that may be reused stands for a later one with the same inputs, until its package is gone', async () => {
    await using cache = await temporaryFolder('cache');
    const old = join(embeddingsIn(cache.path), 'old');
    mkdirSync(old, { recursive: true });
    writeFileSync(join(old, 'block'), 'of last year');
    await touchEmbeddings(cache.path, 'old', 0);
    const environment = { EPOCHLOG_CACHE: cache.path, EPOCHLOG_TRAINER_EMBEDDINGS_MB: '0' };
    await using services = await startServices([service], { environment });
    await seal(services, 'd');
    const reuse = { params: { c: 0.25 }, reuse: true };
    await services.publish(
      training('first', reuse),
      training('same', reuse),
      training('other-seed', { ...reuse, seed: 43 }),
      training('other-params', { ...reuse, params: { c: 0.5 } }),
      training('not-asked-for', { ...reuse, reuse: false }),
    );
    const reused = await services.all('TrainingReused');
    expect(reused.map(({ data }) => [data.runId, data.reusedFrom])).toEqual([['same', 'first']]);
    const completed = new Map(
      (await services.all('TrainingCompleted')).map(({ data }) => [data.runId, data] as const),
    );
    const { runId: _, seconds: __, ...same } = completed.get('same')!;
    expect(completed.get('first')).toMatchObject(same);
    expect(completed.get('not-asked-for')).toMatchObject(same);
    expect(completed.get('other-seed')?.package).not.toBe(same.package);
    expect(existsSync(old)).toBe(false); // more than are kept
    const epochs = await services.all('EpochCompleted');
    expect(new Set(epochs.map(({ data }) => data.runId))).toEqual(
      new Set(['first', 'other-seed', 'other-params', 'not-asked-for']),
    );
    damage(services.home, same.package);
    await services.publish(training('again', reuse));
    expect(await services.all('TrainingReused')).toHaveLength(1);
    expect((await services.all('TrainingCompleted')).at(-1)?.data).toMatchObject({
      runId: 'again',
      package: same.package,
    });
  });

  test('of a fold may be reused; of a trial, which is judged by its epochs, it is trained', async () => {
    await using cache = await temporaryFolder('cache');
    let commits = 0;
    const beforeCommit = () => {
      if (!existsSync(join(cache.path, 'steps')) || commits++ > 0) return;
      throw new Error('kill -9'); // once, after the result of the first was kept
    };
    const environment = { EPOCHLOG_CACHE: cache.path };
    await using services = await startServices([service], {
      environment,
      faults: { beforeCommit },
      restarts: 3,
    });
    await seal(services, 'd');
    const fold = { number: 1, of: 2, foldKind: 'random', column: null, seed: 1 };
    const ofFold = { params: { c: 0.25 }, reuse: true, searchId: 'cv', fold };
    await services.publish(training('f1', ofFold));
    await services.host.settled();
    expect(commits).toBeGreaterThan(0);
    await services.publish(
      training('f2', ofFold),
      training('other', { ...ofFold, fold: { ...fold, number: 2 } }),
      training('trial-1', { ...ofFold, fold: null }),
      training('trial-2', { ...ofFold, fold: null }),
    );
    const completed = await services.all('TrainingCompleted');
    expect(completed.map(({ data }) => data.runId).sort()).toEqual([
      'f1',
      'f2',
      'other',
      'trial-1',
      'trial-2',
    ]);
    const reused = await services.all('TrainingReused');
    expect(reused.map(({ data }) => [data.runId, data.reusedFrom])).toEqual([['f2', 'f1']]);
  });

  test('that is killed begins again, publishes nothing twice, and ends with the same package', async () => {
    await using store = await startServices([]);
    await seal(store, 'd', long);
    await store.publish(training('r', { params: THOROUGH }));
    await killedAfter('EpochCompleted', 5, store.home, 'trainer');
    expect(await store.all('EpochCompleted')).toHaveLength(5);

    await using services = await startServices([service], { home: store.home });
    await services.host.settled();
    await expectWhole(services);
    const { package: resumed } = await completed(services, 'r');
    await services.publish(training('again', { params: THOROUGH }));
    expect((await completed(services, 'again')).package).toBe(resumed);
  });

  test('that is stopped ends after its epoch with a checkpoint, and goes on from there at the next start', async () => {
    await using store = await startServices([]);
    await seal(store, 'd', long);
    // its process waits after ten epochs until they are saved: it is not at its end when it is stopped
    await store.publish(training('r', { params: THOROUGH, checkpointEvery: 10 }));
    {
      await using services = await startServices([service], { home: store.home });
      await eventually(() => unfinished(services));
    }
    const saved = (await store.all('CheckpointSaved')).at(-1)?.data;
    expect(saved!.epoch).toBeLessThan(EPOCHS);
    expect(saved!.epoch).toBe((await store.all('EpochCompleted')).length);
    const place = { runId: 'r', model: 'toy', epoch: saved!.epoch, checkpoint: saved!.checkpoint };
    expect(await store.all('TrainingInterrupted')).toMatchObject([
      { data: { ...place, reason: 'the trainer was stopped' } },
    ]);
    await using services = await startServices([service], { home: store.home });
    await services.host.settled();
    await expectWhole(services);
    expect((await services.all('TrainingResumed')).map(({ data }) => data)).toEqual([place]);
    const { package: resumed } = await completed(services, 'r');
    await services.publish(training('again', { params: THOROUGH }));
    expect((await completed(services, 'again')).package).toBe(resumed);
  });

  test('whose newest checkpoint is damaged resumes from the one before it, and ends with the same package', async () => {
    await using store = await startServices([]);
    await seal(store, 'd', long);
    await store.publish(training('r', { params: THOROUGH, checkpointEvery: 3, seeds: { shuffle: 7 } }));
    const saved = async () => {
      const events = await store.all('CheckpointSaved');
      return events.length >= 2 ? events : undefined;
    };
    {
      await using _ = await startServices([service], { home: store.home });
      await eventually(saved);
    }
    const checkpoints = (await store.all('CheckpointSaved')).map(({ data }) => data);
    expect(checkpoints.slice(0, 2).map(({ epoch }) => epoch)).toEqual([3, 6]);
    const [before, newest] = checkpoints.slice(-2);
    damage(store.home, newest!.checkpoint);

    await using services = await startServices([service], { home: store.home });
    await services.host.settled();
    const all = (await services.all('CheckpointSaved')).map(({ data }) => data);
    expect(all[checkpoints.length]!.epoch).toBe(before!.epoch + 3);
    await expectWhole(services);
    const gone = (await services.all('CheckpointDeleted')).map(({ data }) => data.checkpoint);
    const kept = all.filter(({ checkpoint }) => !gone.includes(checkpoint));
    expect(kept).toHaveLength(3); // of the best epochs
    for (const { checkpoint } of all) {
      expect(existsSync(join(store.home, 'artifacts', pathOf(checkpoint)))).toBe(!gone.includes(checkpoint));
    }
    const { package: resumed } = await completed(services, 'r');
    await services.publish(training('again', { params: THOROUGH, seeds: { shuffle: 7 } }));
    await services.publish(training('other', { params: THOROUGH }));
    expect((await completed(services, 'again')).package).toBe(resumed);
    expect((await completed(services, 'other')).package).not.toBe(resumed);
    const [{ data: epoch } = { data: undefined }] = await services.all('EpochCompleted');
    expect(epoch).toMatchObject({
      learningRate: null,
      energy: null,
      samplesPerSecond: expect.toSatisfy((rate) => rate > 0),
      cpuPercent: expect.toSatisfy((percent) => percent > 0),
      rssBytes: expect.toSatisfy((bytes) => bytes > 10 << 20),
    });
  });
});

describe('a run whose process is killed', () => {
  const EACH_EPOCH = { EPOCHLOG_TRAINER_CHECKPOINT_SECONDS: '0' };

  test('resumes from its last checkpoint, and ends with the same package', async () => {
    await using store = await startServices([]);
    await seal(store, 'd');
    await store.publish(training('r', { params: THOROUGH }));
    for (const [name, value] of Object.entries(EACH_EPOCH)) vi.stubEnv(name, value);
    await killedAfter('CheckpointSaved', 5, store.home, 'trainer').finally(() => vi.unstubAllEnvs());
    expect(await store.all('CheckpointSaved')).toHaveLength(5);
    expect((await store.all('EpochCompleted')).length).toBeLessThan(EPOCHS);

    await using services = await startServices([service], { home: store.home, environment: EACH_EPOCH });
    await services.host.settled();
    const course = await courseOf(services);
    expect(course.map(({ sequence }) => sequence)).toEqual(course.map((_, index) => index + 1));
    const epochs = Array.from({ length: EPOCHS }, (_, index) => index + 1);
    expect((await services.all('EpochCompleted')).map(({ data }) => data.epoch)).toEqual(epochs);
    const checkpoints = (await services.all('CheckpointSaved')).map(({ data }) => data.epoch);
    expect(checkpoints).toEqual(epochs.slice(epochs.length - checkpoints.length)); // none was made twice
    const { package: resumed } = await completed(services, 'r');
    await services.publish(training('again', { params: THOROUGH }));
    expect((await completed(services, 'again')).package).toBe(resumed);
  });

  const jobOf = async () => ({
    engine: 'linear',
    dataset: async () => (await encodeDataset(TOY, toySamples())).bytes,
    model: 'toy',
    datasetId: 'd',
    contentHash: '',
    labels: TOY_LABELS,
    parameters: completeParameters('linear', THOROUGH),
    seed: 42,
    checkpointMs: 0,
    checkpointEvery: null,
    keepBest: null,
    fold: null,
    cache: '',
  });

  /** Kills the training processes of this one, if there are any: one that was killed may have told of more epochs before. */
  function killTraining(signal: NodeJS.Signals = 'SIGKILL'): void {
    const pids = spawnSync('pgrep', ['-P', String(process.pid), '-f', 'trainer/child.ts'], {
      encoding: 'utf8',
    }).stdout;
    for (const pid of pids.split('\n').filter(Boolean)) process.kill(Number(pid), signal);
  }

  test('goes on in another process', async () => {
    using processes = new TrainingProcesses();
    const whole = await processes.train(await jobOf(), unwatched());
    let latest: Uint8Array | undefined;
    const epochs: number[] = [];
    const resumed = await processes.train(
      await jobOf(),
      unwatched({
        loadCheckpoint: async () => latest,
        async saveCheckpoint(state) {
          latest = state;
        },
        async onEpoch({ epoch }) {
          epochs.push(epoch);
          if (epochs.length === 10) killTraining();
        },
      }),
    );
    expect(resumed).toEqual(whole);
    expect(epochs.indexOf(1, 1)).toBe(-1); // it did not begin again
    expect(new Set(epochs).size).toBe(EPOCHS);
  });

  test('before it can refuse Ctrl-C, which its trainer decides on, is replaced', async () => {
    using processes = new TrainingProcesses();
    const whole = await processes.train(await jobOf(), unwatched());
    using others = new TrainingProcesses();
    const training = others.train(await jobOf(), unwatched());
    await sleep(20); // it starts
    killTraining('SIGINT'); // the other process is idle, and refuses
    expect(await training).toEqual(whole);
  });

  test('each time it is tried fails', async () => {
    const onEpoch = async () => killTraining();
    using processes = new TrainingProcesses();
    await expect(processes.train(await jobOf(), unwatched({ onEpoch }))).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('killed, 3 times; is there enough memory?'),
    });
  });
});

test('a run that is cancelled ends with its process, also one that waits; one that has ended or is not there is refused', async () => {
  const services = await startServices([service]);
  await seal(services, 'd', { train: 3_000 });
  const cancel = (runId: string) =>
    newEvent('RunCancelRequested', { runId, reason: `not ${runId}`, requestedBy: 'ada' });
  const long = { params: { ...THOROUGH, maxEpochs: 100_000 } };
  await services.publisher.publish([training('slow', long), training('waits', long), cancel('waits')]);
  await eventually(async () => ((await services.all('EpochCompleted')).length > 0 ? true : undefined));
  await services.publisher.publish([cancel('slow')]);
  await services.host.settled();
  await services.publish(training('last'));
  await services.publish(...['slow', 'last', 'lats'].map(cancel));

  const ends = await services.all('RunCancelled', 'TrainingCompleted', 'TrainingFailed');
  expect(ends.map(({ type, data }) => [type, data.runId])).toEqual([
    ['RunCancelled', 'slow'],
    ['RunCancelled', 'waits'],
    ['TrainingCompleted', 'last'],
  ]);
  expect(ends[0]?.data).toMatchObject({ model: 'toy', reason: 'not slow', requestedBy: 'ada' });
  const refused = await services.all('RunCancelRefused');
  expect(refused.map(({ data: { runId, code, reason } }) => [runId, code, reason])).toEqual([
    ['slow', 'CONFLICT', 'run slow has ended already: it is cancelled'],
    ['last', 'CONFLICT', 'run last has ended already: it is completed'],
    ['lats', 'NOT_FOUND', expect.stringMatching(/^there is no run lats; did you mean last\?/)],
  ]);
  await services[Symbol.asyncDispose]();
  expect(() => execFileSync('pgrep', ['-P', String(process.pid), '-f', 'trainer/child.ts'])).toThrow();
});

describe('a run that cannot be', () => {
  const faults: readonly [Partial<TrainingRequested>, string, RegExp][] = [
    [{ engine: 'abacus' }, 'ENGINE_UNKNOWN', /^there is no engine 'abacus'; there are: encoder, linear/],
    [{ engine: '../service' }, 'ENGINE_UNKNOWN', /no engine/],
    [{ engine: 'engine' }, 'ENGINE_UNKNOWN', /no engine/],
    [{ datasetId: 'none' }, 'NOT_FOUND', /^dataset none was never sealed/],
    [
      { datasetId: 'damaged' },
      'ARTIFACT_CORRUPT',
      /^the file of dataset damaged .*(cut off|damaged); restore/,
    ],
    [{ datasetId: 'unvalidated' }, 'INPUT_INVALID', /no samples to validate on/],
    [{ fromVersion: 'v9.0.0' }, 'NOT_FOUND', /^toy has no version v9\.0\.0; there is none\./],
    [
      { engine: 'encoder', fromVersion: 'v1.0.0' },
      'INPUT_INVALID',
      /^encoder trains from the beginning only/,
    ],
    [{ params: { depth: 3 } }, 'INPUT_INVALID', /^linear has no parameter 'depth'; it has ngram,/],
    [{ params: { c: -1 } }, 'INPUT_INVALID', /^c is out of range/],
    [{ params: { seed: 1 } }, 'INPUT_INVALID', /no parameter 'seed'/],
    [{ params: { minDf: 1_000 } }, 'INPUT_INVALID', /no word occurs/],
    [{ runId: 'taken' }, 'CONFLICT', /^run taken is there already/],
  ];

  test('fails with a reason, and the trainer works on', async () => {
    await using services = await startServices([service]);
    await seal(services, 'd');
    await seal(services, 'damaged', { damaged: true });
    await seal(services, 'unvalidated', { validation: 0 });
    const requests = faults.map(([change], index) => training(`r${index}`, change));
    await services.publish(training('taken'), ...requests, training('last'));

    const failed = await services.all('TrainingFailed');
    expect(failed.map(({ data }) => data)).toEqual(
      faults.map(([change, code, reason], index) => ({
        runId: change.runId ?? `r${index}`,
        model: 'toy',
        code,
        reason: expect.stringMatching(reason),
      })),
    );
    expect(await completed(services, 'last')).toMatchObject({ runId: 'last' });
    expect(services.host.status()).toMatchObject([{ state: 'running', crashes: 0 }]);
  });

  test('for want of its artifact says which', async () => {
    await using services = await startServices([service]);
    const artifact = `sha256:${'0'.repeat(64)}`;
    await seal(services, 'd');
    const [{ data: sealed } = { data: undefined }] = await services.all('DatasetSealed');
    await appendFact(services, newEvent('DatasetSealed', { ...sealed!, datasetId: 'gone', artifact }));
    await services.publish(training('r', { datasetId: 'gone' }));
    expect(await services.all('TrainingFailed')).toMatchObject([
      { data: { code: 'ARTIFACT_MISSING', reason: expect.stringContaining(artifact) } },
    ]);
  });

  test('because its engine is at fault says so', async () => {
    const job = {
      engine: 'none',
      dataset: async () => (await encodeDataset(TOY, [])).bytes,
      model: 'toy',
      datasetId: 'd',
      contentHash: '',
      labels: TOY_LABELS,
      parameters: {},
      seed: 42,
      checkpointMs: 1_000,
      checkpointEvery: null,
      keepBest: null,
      fold: null,
      cache: '',
    };
    using processes = new TrainingProcesses();
    await expect(processes.train(job, unwatched())).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('the engine failed'),
    });
  });
});

import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pathOf } from '../../infra/artifacts/digest.ts';
import { type OnnxInference, startInference } from '../../infra/inference/inference.ts';
import { digestOf, putBundle } from '../../kernel/bundle.ts';
import { type DatasetHeader, type DatasetSample, encodeDataset } from '../../ml/dataset/format.ts';
import { openPackage } from '../../ml/package/open.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type {
  EvaluationCompleted,
  EvaluationRequested,
  LabelQueueRequested,
} from '../../schemas/events.generated.ts';
import { DOCUMENT_SCHEMA } from '../../test/harness/documents.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { TOY_LABELS, toyDataset } from '../../test/harness/toy-dataset.ts';
import { toyPackage } from '../../test/harness/toy-package.ts';
import { predictAll } from './measure.ts';
import { service } from './service.ts';

const firstPackage = await toyPackage(1);
const secondPackage = await toyPackage(2);
const { train, validation: test_ } = toyDataset(99, { train: 50, validation: 300 });
const sample =
  (split: DatasetSample['split']) =>
  ({ title, abstract, label }: (typeof train)[number], i: number): DatasetSample => ({
    id: `${split}-${i}`,
    split,
    target: label,
    otherLabels: ['books'],
    time: '2024-01-01',
    group: null,
    instance: { title, abstract },
  });
const TOY: DatasetHeader = {
  task: { name: 'arxiv', type: 'classification', labels: [...TOY_LABELS] },
  schema: DOCUMENT_SCHEMA,
};
const samples = [...train.map(sample('train')), ...test_.map(sample('test'))];

let stack: AsyncDisposableStack;
let services: ServicesUnderTest;
let packages: [string, string];
let inference: OnnxInference;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  inference = startInference({ logger: pino({ level: 'silent' }) });
  stack.defer(() => inference.close());
  services = stack.use(await startServices([service], { inference }));
  const { artifacts } = services;
  packages = [await putBundle(artifacts, firstPackage), await putBundle(artifacts, secondPackage)];
});
afterEach(() => stack.disposeAsync());

async function sealDataset(): Promise<void> {
  const { bytes, contentHash } = await encodeDataset(TOY, samples);
  const artifact = await services.artifacts.put(bytes);
  const sealed = {
    datasetId: 'toy-1',
    model: 'toy',
    task: 'arxiv',
    ...{ split: 'auto', folds: 0, fold: 0, profile: null },
    ...{ minimumLabels: 1, labelTies: 'original', relabelled: 0 },
    problem: 'classification',
    taskVersion: '1',
    extends: null,
    artifact,
    contentHash,
    seed: 1,
    labels: TOY_LABELS,
    train: 50,
    validation: 0,
    test: 300,
    balance: {},
    sources: [],
    reference: [],
  };
  await appendFact(services, newEvent('DatasetSealed', sealed));
}

async function promote(digest: string): Promise<void> {
  const run = { runId: 'run-1', datasetId: 'toy-1', evaluationId: 'run-1-test' };
  const why = { reason: 'first', requestedBy: 'test', policyVersion: 0 };
  const promotion = { model: 'toy', version: 'v1.0.0', previous: null, package: digest, ...run, ...why };
  await appendFact(services, newEvent('VersionPromoted', promotion));
}

async function completeTraining(digest: string): Promise<void> {
  const model = { model: 'toy', datasetId: 'toy-1', package: digest, modelHash: 'of the trainer' };
  const epochs = {
    metrics: {},
    primaryMetric: 'accuracy',
    epochs: 5,
    bestEpoch: 4,
    stoppedEarly: true,
    seconds: 1,
    searchId: null,
    reproduces: null,
    augmented: {},
  };
  await appendFact(services, newEvent('TrainingCompleted', { runId: 'run-2', ...model, ...epochs }));
  await services.host.settled();
}

async function evaluate(request: Partial<EvaluationRequested>) {
  const nothing = { version: null, runId: null, datasetId: null, data: null, dataName: null, baseline: null };
  const choice = { includeTraining: false, examination: null, fold: null, reuse: false, requestedBy: 'ada' };
  const asked = {
    evaluationId: 'asked',
    model: 'toy',
    package: packages[0],
    ...nothing,
    ...choice,
    ...request,
  };
  await services.publish(newEvent('EvaluationRequested', asked));
  return (await services.all('EvaluationCompleted', 'EvaluationFailed')).at(-1)!;
}

const line = (paper: object) => `${JSON.stringify(paper)}\n`;
const paper = ({ title, abstract, label }: (typeof train)[number], i: number) => ({
  arxiv_id: `2401.${String(i).padStart(5, '0')}`,
  title: `\\emph{${title}}`,
  abstract,
  categories: [label],
  primary_category: label,
  published: '2024-01-01',
});

describe('a completed training', () => {
  test('is measured on the test split, beside the version in production on the same samples', async () => {
    await sealDataset();
    await promote(packages[0]);
    await completeTraining(packages[1]);
    const [completed] = await services.all('EvaluationCompleted');
    expect(completed?.data).toMatchObject({
      evaluationId: 'run-2-test',
      model: 'toy',
      version: null,
      runId: 'run-2',
      package: packages[1],
      modelHash: digestOf(secondPackage.get('model.onnx')!).slice('sha256:'.length),
      datasetId: 'toy-1',
      data: null,
      samples: 300,
      primaryMetric: 'accuracy',
      baseline: { version: 'v1.0.0', package: packages[0] },
    });
    const { metrics, perClass, confusion, coverage, baseline, reference, seconds } = completed!.data;
    expect(metrics.accuracy).toBeGreaterThan(0.7);
    const paired = baseline!.paired.find(({ metric }) => metric === 'accuracy')!;
    expect(paired.mean).toBeCloseTo(baseline!.metrics.accuracy! - metrics.accuracy!, 12);
    expect(baseline!.metrics.logLoss).not.toBe(metrics.logLoss);
    expect(baseline!.pairedRecent).toEqual(baseline!.paired); // all samples are of one day
    expect(metrics.anyLabelAccuracy).toBeGreaterThan(metrics.accuracy!);
    expect(coverage.map((point) => point.coverage)).toEqual([0.5, 0.8, 0.9]);
    expect(perClass.map(({ label }) => label)).toEqual(TOY_LABELS);
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(300);
    expect(seconds).toBeGreaterThan(0);

    const { lower, upper, report } = completed!.data;
    for (const name of ['accuracy', 'macroF1', 'rocAuc']) {
      expect(lower[name]).toBeLessThanOrEqual(metrics[name]!);
      expect(upper[name]).toBeGreaterThanOrEqual(metrics[name]!);
    }
    const { curves, reliability } = JSON.parse(String(await services.artifacts.get(report!)));
    expect(curves.map(({ label }: { label: string }) => label)).toEqual(TOY_LABELS);
    expect(reliability.reduce((sum: number, bin: { samples: number }) => sum + bin.samples, 0)).toBe(300);

    const [classes, confidence] = reference;
    const predicted = TOY_LABELS.map((_, j) => confusion.reduce((sum, row) => sum + row[j]!, 0));
    expect(classes).toMatchObject({ feature: 'predicted_class', categories: TOY_LABELS, counts: predicted });
    expect(confidence).toMatchObject({ feature: 'confidence', categories: [] });
    expect(confidence!.counts).toHaveLength(confidence!.edges.length - 1);
    expect(confidence!.counts.reduce((sum, count) => sum + count, 0)).toBe(300);
  });

  test('has no baseline before there is a version in production', async () => {
    await sealDataset();
    await completeTraining(packages[1]);
    const [completed] = await services.all('EvaluationCompleted');
    expect(completed?.data.baseline).toBeNull();
  });

  test('fails with its reason when the dataset is not known', async () => {
    await completeTraining(packages[1]);
    const [failed] = await services.all('EvaluationFailed');
    expect(failed?.data).toMatchObject({ evaluationId: 'run-2-test', runId: 'run-2', code: 'NOT_FOUND' });
  });
});

describe('an evaluation that was asked for', () => {
  test('measures on papers, cleaned as samples are, and leaves out what it cannot use', async () => {
    await sealDataset();
    const lines = [
      ...test_.map((document, i) => line(paper(document, i))),
      line(paper({ ...test_[0]!, label: 'bridges' }, 999)),
      'no paper\n',
    ];
    const papers = await services.artifacts.put(gzipSync(lines.join('')));
    const onPapers = await evaluate({ data: papers });
    const onSplit = await evaluate({ evaluationId: 'split', datasetId: 'toy-1' });
    if (onPapers.type !== 'EvaluationCompleted' || onSplit.type !== 'EvaluationCompleted') {
      throw new Error(JSON.stringify([onPapers.data, onSplit.data]));
    }
    expect(onPapers.data).toMatchObject({ data: papers, modelHash: null, baseline: null, inTraining: null });
    expect(onPapers.data).toMatchObject({ unknownTarget: 1, unreadable: 1 });
    expect(onPapers.data.firstFault).toMatch(/^row 302: not JSON/);
    expect(onPapers.data.confusion).toEqual(onSplit.data.confusion);
    expect(onPapers.data.metrics.logLoss).toBeCloseTo(onSplit.data.metrics.logLoss!, 12);
    expect(onPapers.data.metrics.anyLabelAccuracy).toBe(onPapers.data.metrics.accuracy);
  });

  test('examines edge cases, records from outside, perturbed and attacked texts, and what is recent', async () => {
    await sealDataset();
    const put = async (documents: typeof test_) =>
      services.artifacts.put(gzipSync(documents.map((document, i) => line(paper(document, i))).join('')));
    const examination = {
      edgeCases: await services.artifacts.put(
        Buffer.from(
          ['arxiv_id,title,abstract,primary_category,published']
            .concat(
              test_
                .slice(0, 30)
                .map(
                  ({ title, abstract, label }, i) =>
                    `2401.${10_000 + i},"${title}","${abstract}",${label},2024-01-01`,
                ),
            )
            .join('\n'),
        ),
      ),
      outside: await put(
        test_.slice(0, 20).map((document) => ({ ...document, title: 'x', abstract: 'nothing of it' })),
      ),
      windowMonths: 3,
      groups: [],
      robustness: true,
      adversarial: true,
      edgeCasesName: 'edges.csv',
      outsideName: null,
    };
    const { type, data } = await evaluate({ datasetId: 'toy-1', examination });
    if (type !== 'EvaluationCompleted') throw new Error(JSON.stringify(data));
    const { metrics, suites, report } = data;
    expect(suites.map(({ suite, weight, samples }) => [suite, weight, samples])).toEqual([
      ['test', 0.6, 300],
      ['edgeCases', 0.2, 30],
      ['recency', 0.2, 300],
    ]);
    expect(metrics['recency.accuracy']).toBe(metrics.accuracy);
    const score = suites.reduce((sum, suite) => sum + suite.weight * suite.score, 0);
    expect(metrics['suites.score']).toBeCloseTo(score, 12);
    expect(metrics['outside.auroc']).toBeGreaterThan(0.6);
    expect(metrics['robustness.truncation.accuracy']).toBeLessThanOrEqual(1);
    const found = JSON.parse(String(await services.artifacts.get(report!)));
    expect(found.mistakes[0].answer).not.toBe(found.mistakes[0].target);
    expect(found.robustness).toHaveLength(5);
    expect(found.adversarial.flipRate[5]).toBe(metrics['adversarial.flipRate5']);
    expect(found.outOfDistribution).toMatchObject({ inside: 300, outside: 20 });
  });

  test('ends at its limit, and says what to do', async () => {
    services = stack.use(
      await startServices([service], {
        inference,
        environment: { EPOCHLOG_EVALUATOR_LIMIT_SECONDS: '0.001' },
      }),
    );
    packages = [await putBundle(services.artifacts, firstPackage), packages[1]];
    await sealDataset();
    expect(await evaluate({ datasetId: 'toy-1' })).toMatchObject({
      type: 'EvaluationFailed',
      data: {
        code: 'CANCELLED',
        reason: expect.stringMatching(/longer than 0\.001 s: measure on fewer records/),
      },
    });
  });

  test('leaves out what the model was trained on, unless it is asked to measure that too, and says how much it is', async () => {
    await sealDataset();
    const { contentHash } = await encodeDataset(TOY, samples);
    const trained = await putBundle(services.artifacts, await toyPackage(1, contentHash));
    const put = (documents: typeof train) =>
      services.artifacts.put(Buffer.from(documents.map((document, i) => line(paper(document, i))).join('')));
    const papers = await put([...train, ...test_]);
    const split = await evaluate({ package: trained, datasetId: 'toy-1' });
    const honest = await evaluate({ package: trained, data: papers });
    const flattering = await evaluate({ package: trained, data: papers, includeTraining: true });
    const unseen = await evaluate({ package: trained, data: await put(test_), baseline: null });
    expect([split, honest, flattering, unseen].map(({ data }) => data)).toMatchObject([
      { inTraining: null, samples: 300 },
      { inTraining: 50, trainingIncluded: false, samples: 300 },
      { inTraining: 50, trainingIncluded: true, samples: 350 },
      { inTraining: 0, samples: 300 },
    ]);
    const nothingLeft = await evaluate({ package: trained, data: await put(train) });
    expect(nothingLeft.data).toMatchObject({
      code: 'INPUT_EMPTY',
      reason: expect.stringContaining('50 were in the training split'),
    });
  });

  test('is made beside others, four at once, and told in the order of the requests', async () => {
    await using folder = await temporaryFolder('beside');
    const [metrics, markers] = ['metrics', 'markers'].map((name) => join(folder.path, name));
    for (const path of [metrics!, markers!]) await mkdir(path);
    // each waits until four are there: one after the other they would not meet
    await writeFile(
      join(metrics!, 'met.mjs'),
      `import { readdirSync, writeFileSync } from 'node:fs';
       import { threadId } from 'node:worker_threads';
       export async function metric() {
         writeFileSync(${JSON.stringify(markers)} + '/' + threadId, '');
         const met = () => readdirSync(${JSON.stringify(markers)}).length;
         for (let tries = 0; met() < 4 && tries < 10_000; tries++) await new Promise((go) => setTimeout(go, 10));
         return met();
       }`,
    );
    await services[Symbol.asyncDispose]();
    services = stack.use(
      await startServices([service], { inference, environment: { EPOCHLOG_EVALUATOR_METRICS: metrics! } }),
    );
    packages = [await putBundle(services.artifacts, firstPackage), packages[1]];
    await sealDataset();
    const ids = ['one', 'two', 'three', 'four'];
    await services.publish(
      ...ids.map((evaluationId) =>
        newEvent('EvaluationRequested', {
          ...{ evaluationId, model: 'toy', package: packages[0], version: null, runId: null, data: null },
          ...{ datasetId: 'toy-1', dataName: null, baseline: null, includeTraining: false },
          ...{ examination: null, fold: null, reuse: false, requestedBy: 'ada' },
        }),
      ),
    );
    const ends = await services.all('EvaluationCompleted', 'EvaluationFailed');
    expect(
      ends.map(({ data }) => [
        data.evaluationId,
        ...('metrics' in data ? [data.metrics, data.lower, data.upper].map((own) => own['custom.met']) : []),
      ]),
    ).toEqual(ids.map((id) => [id, 4, 4, 4]));
  });

  test('that may be reused stands for a later one with the same inputs, until its report is gone', async () => {
    await using cache = await temporaryFolder('cache');
    await services[Symbol.asyncDispose]();
    const environment = { EPOCHLOG_CACHE: cache.path };
    services = stack.use(await startServices([service], { inference, environment }));
    packages = [
      await putBundle(services.artifacts, firstPackage),
      await putBundle(services.artifacts, secondPackage),
    ];
    await sealDataset();
    const records = (documents: typeof test_) =>
      services.artifacts.put(Buffer.from(documents.map((document, i) => line(paper(document, i))).join('')));
    const data = await records(test_.slice(0, 60));
    const reuse = true;
    const split = { datasetId: 'toy-1', reuse };
    const examination = {
      ...{ edgeCases: data, outside: null, windowMonths: 3, groups: [], robustness: false },
      ...{ adversarial: false, edgeCasesName: null, outsideName: null },
    };
    const asked: Record<string, Partial<EvaluationRequested>> = {
      first: split,
      same: { ...split, model: 'other', runId: 'run-9' },
      'not-asked-for': { ...split, reuse: false },
      'other-package': { ...split, package: packages[1] },
      examined: { ...split, examination },
      'on-records': { data, reuse },
      'on-the-same': { data, reuse },
      'with-training': { data, reuse, includeTraining: true },
    };
    const made = new Map<string, Awaited<ReturnType<typeof evaluate>>>();
    for (const [evaluationId, request] of Object.entries(asked))
      made.set(evaluationId, await evaluate({ evaluationId, ...request }));
    const reused = await services.all('EvaluationReused');
    expect(reused.map(({ data }) => [data.evaluationId, data.reusedFrom])).toEqual([
      ['same', 'first'],
      ['on-the-same', 'on-records'],
    ]);
    const { evaluationId: _, seconds, ...first } = made.get('first')!.data as EvaluationCompleted;
    expect(reused[0]!.data.savedSeconds).toBe(seconds);
    const modelHash = digestOf(firstPackage.get('model.onnx')!).slice('sha256:'.length);
    expect(made.get('same')!.data).toMatchObject({ ...first, model: 'other', runId: 'run-9', modelHash });

    await rm(join(services.home, 'artifacts', pathOf(first.report!)));
    expect((await evaluate({ evaluationId: 'again', ...split })).type).toBe('EvaluationCompleted');
    expect(await services.all('EvaluationReused')).toHaveLength(2);
  });

  test('that was killed after its result was kept ends with it, and is none that was reused', async () => {
    await using cache = await temporaryFolder('cache');
    const environment = { EPOCHLOG_CACHE: cache.path };
    await services[Symbol.asyncDispose]();
    const crashed = { done: false };
    const beforeCommit = () => {
      if (crashed.done || !existsSync(join(cache.path, 'steps'))) return;
      crashed.done = true;
      throw new Error('kill -9');
    };
    services = stack.use(
      await startServices([service], { inference, environment, faults: { beforeCommit }, restarts: 3 }),
    );
    packages = [await putBundle(services.artifacts, firstPackage), packages[1]];
    await sealDataset();
    const { type } = await evaluate({ evaluationId: 'killed', datasetId: 'toy-1', reuse: true });
    expect(type).toBe('EvaluationCompleted');
    expect(crashed.done).toBe(true);
    expect(await services.all('EvaluationReused', 'EvaluationFailed')).toEqual([]);
    const next = await evaluate({ evaluationId: 'next', datasetId: 'toy-1', reuse: true });
    const [reused] = await services.all('EvaluationReused');
    expect([reused?.data.reusedFrom, next.data.evaluationId]).toEqual(['killed', 'next']);
  });

  test('fails with code and reason for what is missing, broken or empty', async () => {
    const absent = digestOf(Buffer.from('absent'));
    const put = (text: string) => services.artifacts.put(Buffer.from(text));
    const unknownLabels = await put(line(paper({ ...test_[0]!, label: 'bridges' }, 1)));
    const cut = gzipSync(test_.map((document, i) => line(paper(document, i))).join('')).subarray(0, 2_000);
    const notAPackage = await put('no sums');
    await sealDataset();
    const cases: [Partial<EvaluationRequested>, string][] = [
      [{ data: absent }, 'ARTIFACT_MISSING'],
      [{ package: absent, datasetId: 'toy-1' }, 'ARTIFACT_MISSING'],
      [{ package: notAPackage, datasetId: 'toy-1' }, 'PACKAGE_INVALID'],
      [{ baseline: { version: 'v1', package: absent }, datasetId: 'toy-1' }, 'ARTIFACT_MISSING'],
      [{ data: unknownLabels }, 'INPUT_EMPTY'],
      [{ data: await put('') }, 'INPUT_EMPTY'],
      [{ data: await services.artifacts.put(cut) }, 'INPUT_UNREADABLE'],
      [{ datasetId: 'toy-2' }, 'NOT_FOUND'],
      [{}, 'NOT_FOUND'],
    ];
    for (const [request, code] of cases) {
      const answer = await evaluate(request);
      expect(answer, JSON.stringify(request)).toMatchObject({ type: 'EvaluationFailed', data: { code } });
    }
    expect(services.host.status()).toMatchObject([{ crashes: 0 }]);
  });
});

describe('a queue of labels', () => {
  const about = { task: 'arxiv', taskVersion: '2', time: null, group: null, cleaning: [] };
  const instances = test_.map(({ title, abstract }) => ({ title, abstract }));
  const unlabelled = (at: number) => {
    const { task: _, ...prepared } = about;
    return { ...prepared, instance: instances[at]! };
  };
  const rejected = (at: number, change: object = {}) =>
    newEvent('SampleRejected', {
      ...{ task: 'arxiv', recordId: `n${at}`, reason: 'no_target', detail: '', replaces: false },
      ...{ unlabelled: unlabelled(at), ...{ revision: null, revisedAt: null }, ...change },
    });
  const accepted = (at: number) =>
    newEvent('SampleAccepted', {
      ...{ ...about, recordId: `n${at}`, instance: instances[at]!, target: 'cs.LG', otherLabels: [] },
      replaces: false,
      ...{ revision: null, revisedAt: null },
    });
  const ask = async (change: Partial<LabelQueueRequested> = {}) => {
    await services.publish(
      newEvent('LabelQueueRequested', {
        ...{ queueId: 'q', model: 'toy', version: 'v1.0.0', package: packages[0], measure: 'margin' },
        ...{ includesLabelled: false, candidates: 20, size: 5, seed: 1, requestedBy: 'ada', ...change },
      }),
    );
    await services.host.settled();
    return (await services.all('LabelQueueRanked', 'LabelQueueRefused')).at(-1)!;
  };
  const idsOf = ({ data }: Awaited<ReturnType<typeof ask>>) =>
    'samples' in data ? data.samples.map(({ recordId }) => recordId) : [];

  /** 1 less the distance of the two highest probabilities. */
  async function marginsOf(rows: readonly number[]): Promise<number[]> {
    const opened = openPackage(firstPackage);
    const session = await inference.open(opened.onnx);
    const asked = rows.map((at) => ({ instance: instances[at]! }));
    const { columns, values } = await predictAll(opened, session, asked);
    await session.close();
    return rows.map((_, row) => {
      const [first, second] = [...values.slice(row * columns, (row + 1) * columns)].sort((a, b) => b - a);
      return 1 - (first! - second!);
    });
  }

  test('has the records without a label that the version is least certain of, and others where asked', async () => {
    await sealDataset();
    expect((await ask()).data).toMatchObject({
      code: 'INPUT_EMPTY',
      reason: expect.stringMatching(/no record of arxiv lacks/),
    });
    const facts = [
      ...instances.slice(0, 12).map((_, at) => rejected(at)),
      accepted(3), // a person has labelled it
      rejected(4, { reason: 'withdrawn', unlabelled: null }),
      ...instances.slice(20, 60).map((_, at) => accepted(20 + at)),
    ];
    for (const fact of facts) await appendFact(services, fact);
    const rows = [0, 1, 2, 5, 6, 7, 8, 9, 10, 11];
    const margins = await marginsOf(rows);
    const expected = rows
      .map((at, row) => ({ id: `n${at}`, margin: margins[row]! }))
      .sort((a, b) => b.margin - a.margin);
    const ranked = await ask();
    expect(ranked.data).toMatchObject({ task: 'arxiv', candidates: 10, lacking: 10, measure: 'margin' });
    expect(idsOf(ranked)).toEqual(expected.slice(0, 5).map(({ id }) => id));
    expect(Reflect.get(ranked.data, 'samples')[0].uncertainty).toBeCloseTo(expected[0]!.margin, 5);
    const all = await ask({ queueId: 'all', includesLabelled: true, size: 100 });
    expect(all.data).toMatchObject({ candidates: 20, lacking: 10 });
    expect(idsOf(all)).toEqual(expect.arrayContaining(rows.map((at) => `n${at}`)));
    expect(idsOf(await ask({ queueId: 'again', includesLabelled: true, size: 100 }))).toEqual(idsOf(all));
    const others = idsOf(await ask({ queueId: 'seed', includesLabelled: true, size: 100, seed: 2 }));
    expect(others.toSorted()).not.toEqual(idsOf(all).toSorted());
  });

  test('is refused with the reason', async () => {
    await appendFact(services, rejected(0));
    expect((await ask()).data).toMatchObject({
      code: 'NOT_FOUND',
      reason: expect.stringMatching(/no model toy/),
    });
    await sealDataset();
    const gone = `sha256:${'0'.repeat(64)}`;
    expect((await ask({ package: gone })).data).toMatchObject({ code: 'ARTIFACT_MISSING' });
    expect((await ask({ measure: 'doubt' })).data).toMatchObject({
      code: 'INPUT_INVALID',
      reason: expect.stringMatching(/entropy/),
    });
  });
});

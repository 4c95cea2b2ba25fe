import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatasetSample, encodeDataset } from '../../ml/dataset/format.ts';
import type { LearningProblem } from '../../ml/problem.ts';
import { agreementOf, fleissOf } from '../../ml/statistics/agreement.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { type ApiUnderTest, type Row, startApi, TOKEN } from '../../test/harness/api.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { MODEL } from '../../test/harness/scenario.ts';
import { smallScenario } from '../../test/harness/small-scenario.ts';

const scenario = smallScenario();
let under: ApiUnderTest;
const get = (url: string, status?: number) => under.get(url, status);
beforeAll(async () => {
  under = await startApi(scenario);
});
afterAll(() => under[Symbol.asyncDispose]());

describe('records', () => {
  test('come in the order of time, with what the curator decided', async () => {
    const { items, next } = await get('/v1/records?task=arxiv');
    expect(items.map(({ recordId, decisions }: Row) => [recordId, decisions])).toEqual([
      ['cs/9901001', ['rejected']],
      ['2401.00001', ['accepted']],
      ['2401.00002', ['deduplicated']],
      ['2402.00003', ['accepted']],
    ]);
    expect(items[0]).toMatchObject({
      time: expect.stringMatching(/^1999-01-05/),
      fields: { categories: ['cs.LG', 'stat.ML'], title: 'Old' },
    });
    expect(next).toBeNull();
  });

  test('are filtered', async () => {
    const ids = async (filter: string, task = 'arxiv') =>
      (await get(`/v1/records?task=${task}&${filter}`)).items.map(({ recordId }: Row) => recordId);
    expect(await ids('decision=accepted')).toEqual(['2401.00001', '2402.00003']);
    expect(await ids('from=2024-01-01&to=2024-01-02')).toEqual(['2401.00001']);
    expect(await ids('from=0001-01-01&to=9999-12-31')).toHaveLength(4);
    expect(await ids('target=cs.AI')).toEqual([]);
    expect(await ids('target=cs.LG&collectionId=collection-1')).toHaveLength(2);
    expect(await ids('', 'account-health')).toEqual([]);
  });

  test('are paged without losing or repeating one', async () =>
    expect(await under.walk('/v1/records?task=arxiv', 'recordId')).toBe(4));

  test('are found by task and id, also an old one with its slash', async () => {
    const record = await get('/v1/records/arxiv/2401.00001');
    expect(record).toMatchObject({
      fields: { abstract: 'An abstract with "quotes", a\nline break and ∂ – 0' },
      line: 1,
      samples: [{ decision: 'accepted', target: 'cs.LG', taskVersion: '1' }],
      predictions: [{ requestId: 'request-0', label: 'cs.LG', trueLabel: 'cs.LG' }],
    });
    expect((await get('/v1/records/arxiv/cs/9901001')).samples).toMatchObject([
      { reason: 'too_short', detail: '3 words' },
    ]);
    expect(await get('/v1/records/arxiv/2401.00002')).toMatchObject({
      samples: [{ duplicateOf: '2401.00001', matchedBy: 'title', similarity: 1 }],
      predictions: [],
    });
    expect(await get('/v1/records/account-health/2401.00001', 404)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await get('/v1/records/arxiv/9999.99999', 404)).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('curation', () => {
  test('counts the records that came how far, and lists what repeats others', async () => {
    expect(await get('/v1/tasks/arxiv/funnel')).toEqual({
      task: 'arxiv',
      lines: 5,
      unreadable: { missing_field: 1 },
      rejected: { too_short: 1 },
      deduplicated: { title: 1 },
      accepted: 2,
    });
    expect(await get('/v1/tasks/account-health/funnel')).toMatchObject({ lines: 0, accepted: 0 });
    expect((await get('/v1/tasks/arxiv/duplicates?matchedBy=title')).items).toMatchObject([
      { recordId: '2401.00002', duplicateOf: '2401.00001', similarity: 1 },
    ]);
    expect((await get('/v1/tasks/arxiv/duplicates?matchedBy=near')).items).toEqual([]);
    for (const route of ['funnel', 'duplicates'])
      expect(await get(`/v1/tasks/arxi/${route}`, 404)).toMatchObject({ code: 'TASK_UNKNOWN' });
  });
});

describe('tasks', () => {
  test('are those that come with epochlog and those that were declared', async () => {
    const { items } = await get('/v1/tasks');
    expect(items.map(({ task, declared }: Row) => [task, declared])).toEqual([
      ['account-health', false],
      ['ad-score', false],
      ['arxiv', false],
      ['tickets', true],
    ]);
    expect(await get('/v1/tasks/tickets')).toMatchObject({
      fields: { subject: { type: 'text' } },
      target: { type: 'classification', labels: null },
    });
    expect(await get('/v1/tasks/ticket', 404)).toMatchObject({
      code: 'TASK_UNKNOWN',
      detail: expect.stringContaining('did you mean tickets?'),
    });
  });
});

test('models are as they are declared now', async () => {
  const { items } = await get('/v1/models');
  expect(items).toMatchObject([
    {
      model: MODEL,
      task: 'arxiv',
      engine: 'linear',
      parameters: { c: 0.5 },
      seed: 42,
      owner: 'ada',
      production: 'v1.0.0',
    },
  ]);
  expect((await get('/v1/models?model=none')).items).toEqual([]);
});

test('a model is declared over HTTP as by the command, also of a task that was declared a moment ago', async () => {
  const task = 'task: mails\nkind: text\ntarget: { column: queue, classes: from data }\ntext: [subject]\n';
  const model = 'model: mail-queue\ntask: mails\nengine: linear\nparameters: { c: 2 }\n';
  const declare = (file: string, status: number) => under.post('/v1/models', { file }, status);
  await under.post('/v1/tasks', { file: task }, 202);
  await declare(model, 202);
  expect(await declare(model.replace('linear', 'tree'), 400)).toMatchObject({
    code: 'ENGINE_UNKNOWN',
    detail: expect.stringContaining("did you mean 'trees'?"),
  });
  expect((await declare(model.replace('linear', 'trees').replace('c: 2', ''), 400)).detail).toMatch(
    /trees takes/,
  );
  expect(await declare(model.replace('mails', 'mail'), 404)).toMatchObject({ code: 'TASK_UNKNOWN' });
  expect((await declare(model.replace('engine', 'engin'), 400)).detail).toMatch(/did you mean engine\?/);
  await under.services.host.settled();
  expect(await get('/v1/models/mail-queue')).toMatchObject({
    production: null,
    task: 'mails',
    parameters: { c: 2 },
    file: model,
  });
  expect((await get('/v1/models/mail-queu', 404)).detail).toMatch(/did you mean mail-queue\?/);
});

test('the instances of each task are described, in the documentation for those with the token', async () => {
  const properties = { subject: { type: ['string', 'null'] } };
  expect(await get('/v1/tasks/tickets/schema')).toMatchObject({ properties, additionalProperties: false });
  const { components, paths } = await get('/docs/json');
  expect(paths['/v1/records/{task}/{recordId}'].get.parameters).toMatchObject([
    { name: 'task', example: 'arxiv' },
    { name: 'recordId', example: 'cs/9901001' },
  ]);
  expect(Object.keys(components.schemas)).toEqual(
    expect.arrayContaining(['Instance.arxiv', 'Instance.tickets']),
  );
  const { components: open } = (await under.app.inject('/docs/json')).json();
  expect(open.schemas).not.toHaveProperty(['Instance.tickets']);
});

describe('training', () => {
  test('datasets', async () => {
    const { items } = await get(`/v1/datasets?model=${MODEL}`);
    expect(items.map(({ datasetId, status }: Row) => [datasetId, status])).toEqual([
      ['dataset-9', 'refused'],
      ['dataset-3', 'sealed'],
      ['dataset-2', 'sealed'],
      ['dataset-1', 'sealed'],
    ]);
    expect(await get('/v1/datasets/dataset-1')).toMatchObject({
      balance: { 'cs.AI': 40, 'cs.LG': 60 },
      sources: [{ topic: 'epochlog.samples', partition: 0, from: 0, to: 4 }],
      labels: ['cs.AI', 'cs.LG'],
      train: 80,
    });
    expect(await get('/v1/datasets/dataset-9')).toMatchObject({ code: 'DATASET_TOO_SMALL', artifact: null });
    await get('/v1/datasets/none', 404);
    expect((await get('/v1/datasets?model=none')).items).toEqual([]);
  });

  test('collections, with how far each is', async () => {
    const { items } = await get('/v1/collections?task=arxiv');
    expect(items[0]).toMatchObject({ collectionId: 'collection-1', task: 'arxiv', source: 'papers.jsonl' });
    expect(items[0].startedAt).not.toBeNull();
    expect((await get(`/v1/collections?status=${items[0].status}`)).items).toEqual(items);
    expect((await get('/v1/collections?task=none')).items).toEqual([]);
    expect((await get('/v1/collections?status=failed')).items).toEqual([]);
  });

  test('runs, with epochs and evaluations', async () => {
    const { items } = await get('/v1/runs');
    expect(items.map(({ runId, status }: Row) => [runId, status])).toEqual([
      ['run-3', 'completed'],
      ['run-2', 'failed'],
      ['run-1', 'completed'],
    ]);
    expect((await get('/v1/runs?status=failed')).items).toMatchObject([
      { runId: 'run-2', reason: 'too few' },
    ]);
    expect(items[0]).toMatchObject({
      ...{ name: null, seed: 42, primaryMetric: 'accuracy' },
      params: { c: 0.5, classWeights: false, ngrams: [1, 2] },
      metrics: { logLoss: 0.55, accuracy: 0.7 },
    });
    const named = async (filter: string) =>
      (await get(`/v1/runs?${filter}`)).items.map(({ runId }: Row) => runId);
    expect(await named('datasetId=dataset-3')).toEqual(['run-3']);
    expect(await named('text=UN-2')).toEqual(['run-2']);
    expect(await named('engine=trees')).toEqual([]);
    expect(await under.walk('/v1/runs', 'runId')).toBe(3);
    const run = await get('/v1/runs/run-3');
    expect(run).toMatchObject({
      model: MODEL,
      datasetId: 'dataset-3',
      engine: 'linear',
      seed: 42,
      epochs: 2,
      bestEpoch: 2,
      params: { c: 0.5, epochs: 2, solver: 'dual', classWeights: false, ngrams: [1, 2] },
      metrics: { logLoss: 0.55, accuracy: 0.7 },
      primaryMetric: 'accuracy',
      stoppedEarly: false,
      seconds: 1.25,
      package: 'sha256:p3',
      history: [
        { epoch: 1, trainLoss: 1, validation: { logLoss: 1.1 } },
        { epoch: 2, trainLoss: 0.5, validation: { accuracy: 0.7 } },
      ],
      evaluations: [
        { metrics: { accuracy: 0.75 }, baselineVersion: 'v1.0.0', baselineMetrics: { accuracy: 0.7 } },
      ],
    });
    expect(run.evaluations[0].perClass).toEqual([
      { label: 'cs.AI', precision: 0.6, recall: 0.9, f1: 0.72, support: 4 },
      { label: 'cs.LG', precision: 0.8, recall: 0.7, f1: 0.746, support: 6 },
    ]);
    expect(run.evaluations[0]).toMatchObject({ inTraining: null, trainingIncluded: false });
    expect(run.evaluations[0].confusion).toEqual([[4, 2], [1, 3]]); // biome-ignore format: a matrix
    await get('/v1/runs/none', 404);
  });

  test('runs that are cancelled', async () => {
    expect((await under.post('/v1/runs/run-1/cancel', {}, 409)).detail).toMatch(/has ended already/);
    expect((await under.post('/v1/runs/run-9/cancel', {}, 404)).detail).toMatch(/no run run-9; did you mean/);
    const { services } = under;
    const run = { runId: 'run-4', model: MODEL };
    const request = {
      ...run,
      datasetId: 'dataset-3',
      engine: 'linear',
      seed: 1,
      params: {},
      searchId: null,
      reproduces: null,
      fold: null,
      fromVersion: null,
      seeds: {},
      checkpointEvery: null,
      keepBest: null,
      reuse: false,
    };
    await services.publish(newEvent('TrainingRequested', request));
    const { requestId } = await under.post('/v1/runs/run-4/cancel', { reason: 'too long' }, 202);
    await appendFact(
      services,
      newEvent('RunCancelled', { ...run, requestId, reason: 'too long', requestedBy: 'api' }),
    );
    const reused = { ...run, reusedFrom: 'run-1', stepKey: 'k', savedSeconds: 2 };
    await appendFact(services, newEvent('TrainingReused', reused));
    await services.host.settled();
    expect((await get('/v1/runs?status=cancelled')).items).toMatchObject([
      { runId: 'run-4', reason: 'too long', endedAt: expect.any(String) },
    ]);
    expect(await get('/v1/runs/run-4')).toMatchObject({ reusedFrom: 'run-1' });
    expect(await get('/v1/runs/run-1')).toMatchObject({ reusedFrom: null });
  });

  test('evaluations', async () => {
    const again = { evaluationId: 'run-3/evaluation', model: MODEL, reusedFrom: 'run-1/evaluation' };
    await appendFact(
      under.services,
      newEvent('EvaluationReused', { ...again, stepKey: 'k', savedSeconds: 2 }),
    );
    await under.services.host.settled();
    const { items } = await get('/v1/evaluations');
    expect(items.map(({ reusedFrom }: Row) => reusedFrom)).toEqual(['run-1/evaluation', null]);
    expect(items.map(({ evaluationId }: Row) => evaluationId)).toEqual([
      'run-3/evaluation',
      'run-1/evaluation',
    ]);
    expect((await get('/v1/evaluations?runId=run-1')).items).toMatchObject([
      {
        metrics: { accuracy: 0.7, macroF1: 0.69 },
        primaryMetric: 'accuracy',
        baselineVersion: null,
        standardErrors: { accuracy: 0.15 },
        lower: {},
        upper: {},
        report: null,
        suites: [],
        baselineMetrics: {},
        baselinePaired: [],
        coverage: [{ coverage: 0.5, accuracy: 0.9 }],
      },
    ]);
  });
});

describe('labels', () => {
  const TASK = 'tickets'; // of small-scenario.ts: its classes are those of the data
  /** ada, bob and cy on eight tickets; from the sixth on two of them only */
  const GIVEN = ['aab', 'bbb', 'aba', 'abc', 'ccc', 'ab', 'aa', 'bb'];
  const PEOPLE = ['ada', 'bob', 'cy'];
  const ticket = (recordId: string) => [
    newEvent('RecordIngested', {
      ...{ task: TASK, recordId, time: null, collectionId: 'c', line: 1, taskVersion: '1' },
      fields: { id: recordId, subject: `ticket ${recordId}` },
    }),
    newEvent('SampleRejected', {
      ...{ task: TASK, recordId, reason: 'no_target', detail: 'queue is empty', replaces: false },
      ...{ revision: null, revisedAt: null },
      unlabelled: {
        ...{ taskVersion: '1', instance: { subject: `ticket ${recordId}` } },
        ...{ time: null, group: null, cleaning: [] },
      },
    }),
  ];
  const labelled = (recordId: string, requestedBy: string, target: string) =>
    newEvent('LabelRecorded', {
      ...{ task: TASK, recordId, target, explanation: 'says so', replaces: false },
      ...{ original: null, requestedBy },
    });
  const append = async (facts: readonly NewEvent[]) => {
    for (const fact of facts) await appendFact(under.services, fact);
    await under.services.host.settled();
  };
  beforeAll(async () => {
    await append(GIVEN.flatMap((_, i) => ticket(`t${i}`)).concat(ticket('new')));
    await append(
      GIVEN.flatMap((labels, i) => [...labels].map((label, j) => labelled(`t${i}`, PEOPLE[j]!, label))),
    );
    await append([labelled('t0', 'cy', 'a'), labelled('t0', 'cy', 'b')]); // what they said last counts
  });

  const countsOf = (rows: readonly string[]) =>
    ['a', 'b', 'c'].map((x) => ['a', 'b', 'c'].map((y) => rows.filter((row) => row === x + y).length));

  test('agree as the functions that statsmodels agrees with say', async () => {
    const { items } = await get(`/v1/labels/agreement?task=${TASK}`);
    const pairs = [
      ['ada', 'bob', countsOf(GIVEN.map((row) => row.slice(0, 2)))],
      ['ada', 'cy', countsOf(GIVEN.filter(({ length }) => length > 2).map((row) => row[0]! + row[2]))],
      ['bob', 'cy', countsOf(GIVEN.filter(({ length }) => length > 2).map((row) => row.slice(1)))],
    ] as const;
    const cohen = pairs.map(([one, other, counts]) => ({
      ...{ method: 'cohen', annotators: 2, pair: [one, other], ...agreementOf(counts) },
      samples: counts.flat().reduce((sum, count) => sum + count, 0),
    }));
    const fleiss = [2, 3].map((annotators) => {
      const rows = GIVEN.filter(({ length }) => length === annotators);
      const counts = rows.map((row) => ['a', 'b', 'c'].map((label) => row.split(label).length - 1));
      return { method: 'fleiss', annotators, pair: [], samples: rows.length, ...fleissOf(counts) };
    });
    const close = (_: string, value: unknown) =>
      typeof value === 'number' ? Number(value.toPrecision(12)) : value;
    const rounded = (value: unknown) => JSON.parse(JSON.stringify(value), close);
    expect(rounded(items)).toEqual(rounded([...cohen, ...fleiss]));
  });

  test('are listed with who gave them', async () => {
    const { items } = await get(`/v1/labels?task=${TASK}&recordId=t4`);
    expect(items).toMatchObject(
      ['cy', 'bob', 'ada'].map((requestedBy) => ({
        ...{ requestedBy, change: 'labelled', target: 'c', original: null, explanation: 'says so' },
      })),
    );
    expect(await under.walk(`/v1/labels?task=${TASK}`, 'eventId')).toBe(23);
  });

  test('are asked for: first where others have begun, nothing that the annotator has labelled', async () => {
    const next = async (annotator: string, annotators: number) => {
      const asked = `task=${TASK}&annotator=${annotator}&annotators=${annotators}&limit=100`;
      const { items, classes } = await get(`/v1/labels/next?${asked}`);
      expect(classes).toEqual(['a', 'b', 'c']);
      return items.map(({ recordId, labels, fields }: Row) => {
        expect(fields).toMatchObject({ subject: `ticket ${recordId}` });
        return `${recordId} ${labels}`;
      });
    };
    expect(await next('ada', 1)).toEqual(['new 0']);
    expect(await next('ada', 3)).toEqual(['new 0']);
    const forCy = await next('cy', 3);
    expect(forCy.slice(0, 3).sort()).toEqual(['t5 2', 't6 2', 't7 2']);
    expect(forCy.slice(3)).toEqual(['new 0']);
    await get('/v1/labels/next?task=none&annotator=ada', 404);
  });

  test('are asked for in the order of the newest queue, where there is one', async () => {
    const ranked = (queueId: string, ids: readonly string[]) =>
      newEvent('LabelQueueRanked', {
        ...{ queueId, model: MODEL, task: TASK, version: 'v1', package: 'sha256:0', measure: 'entropy' },
        ...{ candidates: 9, lacking: 9, requestedBy: 'ada' },
        samples: ids.map((recordId, i) => ({
          ...{ recordId, uncertainty: 1 - i / 10, suggested: 'b', confidence: i / 10 },
        })),
      });
    await append([
      ...Array.from({ length: 12 }, (_, i) => ticket(`u${i}`)).flat(),
      ranked('old', ['u11']),
      ranked('newest', ['u9', 'u1', 'u2', 'u3', 'u4', 'u5']),
    ]);
    const { items, queueId } = await get(`/v1/labels/next?task=${TASK}&annotator=ada&limit=100`);
    const ids = items.map(({ recordId }: Row) => recordId);
    expect(ids.slice(0, 5).sort()).toEqual(['u1', 'u2', 'u3', 'u4', 'u9']);
    expect(ids[5]).toBe('u5');
    expect(queueId).toBe('newest');
    expect(items[5]).toMatchObject({ suggested: 'b', confidence: 0.5, uncertainty: 0.5 });
    expect(items[6]).toMatchObject({ suggested: null, confidence: null, uncertainty: null });
    const first = new Set<string>();
    for (const annotator of ['ada', 'bob', 'cy', 'dan', 'eve', 'fay'])
      first.add((await get(`/v1/labels/next?task=${TASK}&annotator=${annotator}`)).items[0].recordId);
    expect(first.size).toBeGreaterThan(2); // several annotators do not all begin with the same one
  });

  test('that name no class are refused before they are in the log, unless it is a new one', async () => {
    const label = (body: object, status: number) =>
      under.post('/v1/labels', { task: TASK, recordId: 'new', ...body }, status);
    expect((await label({ label: 'A' }, 400)).detail).toMatch(
      /no sample of tickets is 'A'; did you mean a\?/,
    );
    expect((await label({ label: 7 }, 400)).detail).toMatch(/tickets has classes: give one of them/);
    expect((await label({ label: ['a'] }, 400)).detail).toMatch(/one label for a sample, not a list/);
    await label({ task: 'none', label: 'a' }, 404);
    const { requestId } = await label({ label: 'd', newClass: true }, 202);
    await under.services.host.settled();
    const { type, data } = (await get(`/v1/events/${requestId}`)).event;
    expect([type, data]).toMatchObject(['SampleLabelled', { target: 'd', requestedBy: 'bootstrap' }]);
    expect((await get(`/v1/requests/${requestId}`)).state).toBe('pending');
  });
});

describe('datasets, sample by sample', () => {
  const sample = (i: number, change: Partial<DatasetSample> = {}): DatasetSample => ({
    ...{ id: `s${i}`, target: i % 2 ? 'odd' : 'even', otherLabels: [], time: null, group: null },
    split: i < 4 ? 'train' : i < 6 ? 'validation' : 'test',
    instance: { subject: `ticket ${i}` },
    ...change,
  });
  const eight = Array.from({ length: 8 }, (_, i) => sample(i));
  const after = [
    ...eight.slice(1, 5),
    sample(5, { target: 'even' }),
    sample(6, { split: 'train' }),
    sample(7, { instance: { subject: 'another' } }),
    sample(9, { target: 'even' }),
  ];
  beforeAll(async () => {
    const [sealed] = await under.services.all('DatasetSealed');
    const schema = { fields: { subject: { type: 'text', required: true, maxLength: 100 } } } as const;
    const problem: LearningProblem = { name: 'tickets', type: 'classification', labels: ['even', 'odd'] };
    for (const [datasetId, samples] of Object.entries({ before: eight, after })) {
      const { bytes } = await encodeDataset({ task: problem, schema }, samples);
      const artifact = await under.services.artifacts.put(bytes);
      const data = { ...sealed!.data, datasetId, model: 'tickets', task: 'tickets', artifact };
      await appendFact(under.services, newEvent('DatasetSealed', data));
    }
    await under.services.host.settled();
  });

  test('say what another one has', async () => {
    expect(await get('/v1/datasets/before/diff?with=after&limit=1')).toEqual({
      ...{ removed: 1, added: 1, same: 4, relabelled: 1, changed: 1, moved: 1 },
      moves: { 'test → train': 1 },
      classes: { even: [4, 5], odd: [4, 3] },
      sizes: { train: [4, 4], validation: [2, 2], test: [2, 2] },
      examples: {
        ...{ removed: ['s0'], added: ['s9'] },
        different: [{ id: 's5', target: ['odd', 'even'] }],
      },
    });
    await get('/v1/datasets/before/diff?with=none', 404);
    await get('/v1/datasets/none/diff?with=before', 404);
    await get('/v1/datasets/before/diff', 400);
  });

  test.each([
    [
      'cut',
      'ARTIFACT_CORRUPT',
      500,
      /^the file of dataset .*cut.* cannot be read: the dataset is cut off; restore .*seal another/,
    ],
    ['older', 'ARTIFACT_CORRUPT', 500, /older.* cannot be read: this is not a dataset of version 2; restore/],
    ['gone', 'ARTIFACT_MISSING', 404, /^the file of dataset gone is gone: .*restore .*seal another/],
  ])('whose file is %s say so, and what to do', async (datasetId, code, status, detail) => {
    const [sealed] = await under.services.all('DatasetSealed');
    const task: LearningProblem = { name: 't', type: 'classification', labels: ['a', 'b'] };
    const { bytes } = await encodeDataset({ task, schema: { fields: {} } }, []);
    const files = { cut: bytes.subarray(0, -30), older: Buffer.from('{"version":1}'), gone: undefined };
    const file = files[datasetId as keyof typeof files];
    const artifact = file ? await under.services.artifacts.put(file) : `sha256:${'0'.repeat(64)}`;
    await appendFact(under.services, newEvent('DatasetSealed', { ...sealed!.data, datasetId, artifact }));
    await under.services.host.settled();
    const problem = { code, detail: expect.stringMatching(detail) };
    expect(await get(`/v1/datasets/${datasetId}/diff?with=before`, status)).toMatchObject(problem);
    expect(await get(`/v1/datasets/before/diff?with=${datasetId}`, status)).toMatchObject(problem);
    for (const query of ['split=all', 'format=parquet', 'limit=2'])
      expect(await get(`/v1/datasets/${datasetId}/samples?${query}`, status)).toMatchObject(problem);
  });

  test('are exported, all or a part', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const asked = (query: string) =>
      under.app.inject({ url: `/v1/datasets/before/samples?${query}`, headers });
    const lines = async (query: string) =>
      (await asked(query)).body
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).id);
    expect(await lines('')).toEqual(['s0', 's1', 's2', 's3']);
    expect(await lines('split=all&offset=2&limit=3')).toEqual(['s2', 's3', 's4']);
    expect(await lines('split=all&text=ticket%207')).toEqual(['s7']);
    const parquet = await asked('format=parquet&split=all');
    expect(parquet.headers['content-type']).toBe('application/vnd.apache.parquet');
    expect(parquet.rawPayload.subarray(0, 4).toString()).toBe('PAR1');
    await get('/v1/datasets/before/samples?format=parquet&limit=1', 400);
    await get('/v1/datasets/dataset-9/samples', 404);
  });
});

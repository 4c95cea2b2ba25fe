import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pathOf } from '../../infra/artifacts/digest.ts';
import type { DatasetSample } from '../../ml/dataset/format.ts';
import { decodeDataset } from '../../ml/dataset/read.ts';
import { seededRandom, shuffle } from '../../ml/random.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { DatasetRequested, DatasetSealed } from '../../schemas/events.generated.ts';
import { declaredModel } from '../../tasks/models.ts';
import { LABEL_RULE } from '../../tasks/policies/labels.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { service as collector } from '../collector/service.ts';
import { service as curator } from '../curator/service.ts';
import { service as sealer } from './service.ts';

const three = [collector, curator, sealer];

const text = (i: number) =>
  `We show in ${i} steps that a log of events can prove what has happened to the models.`.repeat(4);
const paper = (i: number, change: object = {}) =>
  JSON.stringify({
    arxiv_id: `p${i}`,
    title: `Title number ${i}`,
    abstract: text(i),
    authors: [],
    categories: [i % 3 ? 'cs.DB' : 'cs.RO'],
    primary_category: i % 3 ? 'cs.DB' : 'cs.RO',
    published: '2024-05-31',
    ...change,
  });
const papers = (first: number, end: number) =>
  Array.from({ length: end - first }, (_, i) => paper(first + i));

async function collect(
  { artifacts, publish }: ServicesUnderTest,
  lines: readonly string[],
  collectionId = 'c',
  task = 'arxiv',
) {
  const source = await artifacts.put(Buffer.from(lines.join('\n')));
  const range = { sourceName: 'papers.jsonl', generated: false, from: null, to: null, requestedBy: 'ada' };
  await publish(newEvent('CollectionRequested', { collectionId, task, source, ...range }));
}

const request = (datasetId: string, change: Partial<DatasetRequested> = {}): NewEvent =>
  newEvent('DatasetRequested', {
    reuse: false,
    datasetId,
    model: 'm',
    task: 'arxiv',
    extends: null,
    seed: 42,
    trainFraction: 0.8,
    validationFraction: 0.1,
    minimumPerClass: 10,
    ...LABEL_RULE,
    ...{ split: 'auto', folds: 0, fold: 0 },
    requestedBy: 'ada',
    ...change,
  });

async function sealedIn(services: ServicesUnderTest, datasetId: string): Promise<DatasetSealed> {
  const all = await services.all('DatasetSealed');
  const found = all.find(({ subject }) => subject === datasetId);
  if (!found) throw new Error(`${datasetId} was refused`, { cause: await services.all('DatasetRefused') });
  return found.data;
}

const samplesOf = async (
  { artifacts }: ServicesUnderTest,
  { artifact }: DatasetSealed,
): Promise<readonly DatasetSample[]> => (await decodeDataset(await artifacts.get(artifact))).samples;

describe('labels of people', () => {
  const file =
    'task: notes\nkind: text\nid: id\ntext: [text]\ntarget: { column: kind, classes: [even, odd] }\n';
  const notes = (text: string) =>
    Array.from({ length: 43 }, (_, i) =>
      JSON.stringify({ id: `n${i}`, text: `${text} ${i}`, kind: i < 40 ? (i % 2 ? 'odd' : 'even') : null }),
    );
  const label = (recordId: string, target: string, requestedBy = 'ada') => {
    const given = { task: 'notes', recordId, target, explanation: '', expectedLabels: null, requestedBy };
    return newEvent('SampleLabelled', given);
  };
  const about = { task: 'notes', recordId: 'n0', explanation: 'looks wrong', requestedBy: 'ada' };
  const correct = newEvent('LabelCorrectionRequested', {
    ...{ ...about, from: 'even', target: 'odd', confidence: 0.97, datasetId: 'first' },
  });

  test('are in the next dataset, as corrections are; ties and undone corrections change it back', async () => {
    await using services = await startServices(three);
    let extended: string | null = null;
    const targets = async (datasetId: string, change: Partial<DatasetRequested> = {}) => {
      await services.publish(request(datasetId, { task: 'notes', extends: extended, ...change }));
      await services.host.settled();
      const sealed = await sealedIn(services, datasetId);
      const samples = await samplesOf(services, sealed);
      const found = new Map(samples.map(({ id, target }) => [id, target]));
      return { sealed, of: (...ids: string[]) => ids.map((id) => found.get(id)) };
    };
    await services.publish(
      newEvent('TaskDeclared', { task: 'notes', version: '1', file, requestedBy: 'ada' }),
    );
    await collect(services, notes('note number'), 'c', 'notes');
    await services.host.settled();
    const first = await targets('first');
    expect(first.of('n0', 'n2', 'n40')).toEqual(['even', 'even', undefined]);
    expect(first.sealed.relabelled).toBe(0);

    await services.publish(correct, label('n2', 'odd'), label('n2', 'even', 'bob'), label('n40', 'odd'));
    await services.host.settled();
    for (const extend of [null, 'first']) {
      extended = extend;
      const original = await targets(`original-${extend}`);
      expect(original.of('n0', 'n1', 'n2', 'n40', 'n41')).toEqual(['odd', 'odd', 'even', 'odd', undefined]);
      expect(original.sealed).toMatchObject({ relabelled: 2, labelTies: 'original' });
      expect((await targets(`again-${extend}`)).sealed.contentHash).toBe(original.sealed.contentHash);
      const excluded = await targets(`excluded-${extend}`, { labelTies: 'excluded' });
      expect(excluded.of('n0', 'n2', 'n40')).toEqual(['odd', undefined, 'odd']);
      const two = await targets(`two-${extend}`, { minimumLabels: 2 });
      expect(two.of('n0', 'n2', 'n40')).toEqual(['odd', 'even', undefined]);
    }

    extended = 'excluded-null'; // what it left out is read from the log again
    await services.publish(
      newEvent('LabelCorrectionUndoRequested', about),
      label('n2', 'odd', 'cy'),
      label('n41', 'even'),
    );
    await services.host.settled();
    const undone = await targets('undone');
    expect(undone.of('n0', 'n2', 'n40', 'n41')).toEqual(['even', 'odd', 'odd', 'even']);
    await collect(services, notes('another text'), 'again', 'notes');
    const again = await targets('another-text');
    expect(again.of('n0', 'n2', 'n40', 'n41')).toEqual(['even', 'odd', 'odd', 'even']);
    expect(await services.all('LabelRefused')).toEqual([]);
    expect((await services.all('LabelCorrected')).map(({ data }) => data)).toEqual([
      { ...correct.data, original: 'even' },
    ]);
  });
});

describe('from lines to a dataset', () => {
  test('what a task rejected is accepted when it comes again after another declaration', async () => {
    await using services = await startServices(three);
    const declare = (minimumWords: number, more = '') => {
      const file = `task: notes\nkind: text\nid: id\ntext: [text]\ntarget: { column: kind, classes: from data }\nminimumWords: ${minimumWords}\n${more}`;
      const declared = { task: 'notes', version: `${minimumWords}${more}`, file, requestedBy: 'ada' };
      return services.publish(newEvent('TaskDeclared', declared));
    };
    const notes = Array.from({ length: 40 }, (_, i) =>
      JSON.stringify({ id: `n${i}`, text: `note number ${i}`, kind: i % 2 ? 'odd' : 'even' }),
    );
    await declare(10);
    await collect(services, notes, 'first', 'notes');
    expect(await services.all('SampleRejected')).toHaveLength(40);
    await declare(3);
    await collect(services, notes, 'again', 'notes');
    await collect(services, papers(0, 60), 'papers');
    await services.publish(request('d', { task: 'notes' }));
    await services.host.settled();
    const expected = [
      "expectations: [{ rule: kind != 'odd', share: 0.4 }, { balance: 0.6, severity: warning }]",
      'expectations: [{ balance: 0.6, severity: warning }]',
    ];
    for (const [index, more] of expected.entries()) {
      await declare(3, more);
      await services.publish(request(`expected-${index}`, { task: 'notes' }));
      await services.host.settled();
    }
    const checked = (await services.all('ExpectationsChecked')).map(({ subject, data }) => [
      subject,
      data.passed,
      data.findings.map(({ holds, failed, samples }) => [holds, failed, samples]),
    ]);
    expect(checked).toEqual([
      [
        'expected-0',
        false,
        [
          [false, 20, 40],
          [false, 40, 40],
        ],
      ],
      ['expected-1', true, [[false, 40, 40]]],
    ]);
    const [refused] = await services.all('DatasetRefused');
    expect(refused!.data).toMatchObject({ datasetId: 'expected-0', code: 'EXPECTATIONS_BROKEN' });
    expect(refused!.data.reason).toMatch(/^'kind != 'odd'' is broken by 20 of 40 samples .*: n1, n11, n13/);
    await sealedIn(services, 'expected-1');
    expect(await services.all('SampleRejected')).toHaveLength(40);
    const sealed = await sealedIn(services, 'd');
    expect(sealed).toMatchObject({ task: 'notes', labels: ['even', 'odd'], balance: { even: 20, odd: 20 } });
    const samples = await samplesOf(services, sealed);
    expect(samples.map(({ id }) => id).sort()).toEqual(notes.map((note) => JSON.parse(note).id).sort());
  });

  test('the datasets of two tasks in one log share nothing, though their records have the same ids', async () => {
    await using services = await startServices(three);
    const file =
      'task: notes\nkind: text\nid: id\ntext: [text]\ntarget: { column: kind, classes: from data }\n';
    await services.publish(
      newEvent('TaskDeclared', { task: 'notes', version: '1', file, requestedBy: 'ada' }),
    );
    const notes = Array.from({ length: 40 }, (_, i) =>
      JSON.stringify({ id: `p${i}`, text: `note number ${i}`, kind: i % 2 ? 'odd' : 'even' }),
    );
    await collect(services, papers(0, 60), 'papers');
    await collect(services, notes, 'notes', 'notes');
    await services.publish(request('of-papers'));
    await services.publish(request('of-notes', { task: 'notes', model: 'n' }));
    await services.publish(request('of-papers-again', { model: 'another' }));
    await services.host.settled();
    const [ofPapers, ofNotes, again] = await Promise.all(
      ['of-papers', 'of-notes', 'of-papers-again'].map((id) => sealedIn(services, id)),
    );
    expect([ofPapers!.labels, ofNotes!.labels]).toEqual([
      ['cs.DB', 'cs.RO'],
      ['even', 'odd'],
    ]);
    expect((await samplesOf(services, ofNotes!)).map(({ instance }) => Object.keys(instance))).toEqual(
      Array(40).fill(['text']),
    );
    expect(await samplesOf(services, ofPapers!)).toHaveLength(60);
    expect(again!.contentHash).toBe(ofPapers!.contentHash); // two models of one task share its samples
  });

  test('a corrected text or label replaces the earlier one, also after a restart', async () => {
    await using store = await startServices([]);
    {
      await using services = await startServices(three, { home: store.home });
      await collect(services, papers(0, 60), 'first');
      await services.publish(request('before'));
      await services.host.settled();
    }
    await using services = await startServices(three, { home: store.home });
    const corrections = [
      paper(0, { abstract: text(1_000) }),
      paper(1, { primary_category: 'cs.RO', categories: ['cs.RO'] }),
      paper(2, { primary_category: 'math.CO' }),
      paper(3, { title: 'Title number 4' }),
      paper(5),
    ];
    await collect(services, corrections, 'second');
    await services.publish(request('after', { extends: 'before' }));
    await services.host.settled();

    const decided = await services.all('SampleAccepted', 'SampleDeduplicated', 'SampleRejected');
    expect(decided.slice(60).map(({ type, sequence, data }) => [type, sequence, data.replaces])).toEqual([
      ['SampleAccepted', 2, true],
      ['SampleAccepted', 2, true],
      ['SampleRejected', 2, true],
      ['SampleDeduplicated', 2, true],
      ['SampleDeduplicated', 2, false],
    ]);
    const before = await samplesOf(services, await sealedIn(services, 'before'));
    const after = await samplesOf(services, await sealedIn(services, 'after'));
    const splitOf = (id: string) => before.find((sample) => sample.id === id)?.split;
    expect(after).toHaveLength(58);
    expect(after.filter(({ id }) => id === 'p2' || id === 'p3')).toEqual([]);
    expect(after.find(({ id }) => id === 'p0')).toMatchObject({
      instance: { abstract: text(1_000) },
      split: splitOf('p0'),
    });
    expect(after.find(({ id }) => id === 'p1')).toMatchObject({ target: 'cs.RO', split: splitOf('p1') });
  });

  test('every line leaves its trace, and what can be learnt from is sealed', async () => {
    await using services = await startServices(three);
    await collect(services, [
      ...papers(0, 60),
      paper(0),
      paper(100, { title: 'Title Number 1!' }),
      paper(101, { abstract: 'Short.' }),
      paper(102, {
        abstract: 'Wir zeigen, dass ein Protokoll von Ereignissen beweisen kann, was geschehen ist. '.repeat(
          5,
        ),
      }),
      paper(103, { primary_category: 'math.CO' }),
      '{"arxiv_id": "p104", "title": "Cut o',
    ]);
    await services.publish(request('d'));

    expect(await services.all('RecordRejected')).toHaveLength(1);
    const duplicates = await services.all('SampleDeduplicated');
    expect(duplicates.map(({ data }) => [data.recordId, data.matchedBy, data.duplicateOf])).toEqual([
      ['p0', 'id', 'p0'],
      ['p100', 'title', 'p1'],
    ]);
    const rejected = await services.all('SampleRejected');
    expect(rejected.map(({ data }) => [data.recordId, data.reason])).toEqual([
      ['p101', 'too_short'],
      ['p102', 'other_language'],
      ['p103', 'unknown_label'],
    ]);

    const sealed = await sealedIn(services, 'd');
    expect(sealed).toMatchObject({
      train: 48,
      validation: 6,
      test: 6,
      extends: null,
      labels: ['cs.DB', 'cs.RO'],
    });
    expect(sealed.balance).toEqual({ 'cs.DB': 40, 'cs.RO': 20 });
    expect(sealed.sources).toEqual([{ topic: 'epochlog.samples', partition: 0, from: 0, to: 65 }]);
    expect(sealed.reference.map(({ feature }) => feature)).toEqual(['textLength', 'rareWordShare']);
    for (const { counts } of sealed.reference) expect(counts.reduce((sum, count) => sum + count)).toBe(12);
    const samples = await samplesOf(services, sealed);
    expect(samples.map(({ id }) => id).sort()).toEqual(Array.from({ length: 60 }, (_, i) => `p${i}`).sort());
    expect(samples.find(({ id }) => id === 'p7')).toMatchObject({
      instance: { title: 'Title number 7' },
      target: 'cs.DB',
    });
  });

  test('the order in which papers come changes nothing', async () => {
    await using forwards = await startServices(three);
    await using shuffled = await startServices(three);
    await collect(forwards, papers(0, 60));
    await collect(shuffled, shuffle(papers(0, 60), seededRandom(1)));
    for (const services of [forwards, shuffled]) await services.publish(request('d'));
    expect(await sealedIn(shuffled, 'd')).toEqual(await sealedIn(forwards, 'd'));
  });
});

describe('a dataset that extends another', () => {
  test('leaves its samples where they are, also after a restart and with other shares', async () => {
    await using first = await startServices(three);
    await collect(first, papers(0, 60));
    await first.publish(request('old'));
    const old = await samplesOf(first, await sealedIn(first, 'old'));
    await first.host.stop();

    await using second = await startServices(three, { home: first.home });
    await collect(second, papers(60, 90), 'more');
    await second.publish(
      request('new', { extends: 'old', seed: 7, trainFraction: 0.6, validationFraction: 0.2 }),
    );
    const sealed = await sealedIn(second, 'new');
    expect(sealed).toMatchObject({ extends: 'old', train: 54, validation: 18, test: 18 });
    const places = new Map((await samplesOf(second, sealed)).map(({ id, split }) => [id, split]));
    expect(places.size).toBe(90);
    for (const { id, split } of old) expect(places.get(id)).toBe(split);
  });

  test('has the same content and reference whether its base was sealed just before, or in another process', async () => {
    await using first = await startServices(three);
    await collect(first, papers(0, 60));
    await first.publish(request('base'));
    const corrected = [paper(1, { abstract: text(1_000) }), paper(2, { primary_category: 'math.CO' })];
    let base = 'base';
    for (const [id, lines] of Object.entries({ more: papers(60, 80), corrected, most: papers(80, 100) })) {
      await collect(first, lines, id);
      await first.publish(request(id, { extends: base }));
      base = id;
    }
    const most = await sealedIn(first, 'most');
    await first.host.stop();
    await using second = await startServices([sealer], { home: first.home });
    await second.publish(request('again', { extends: 'corrected' }));
    const { contentHash, reference, balance } = await sealedIn(second, 'again');
    expect({ contentHash, reference, balance }).toMatchObject({
      contentHash: most.contentHash,
      reference: most.reference,
      balance: most.balance,
    });
  });
});

test('a dataset of the same events, rules and code stands for the one that is asked for, until its artifact is gone', async () => {
  await using folder = await temporaryFolder('reused');
  const home = join(folder.path, 'home');
  const environment = { EPOCHLOG_CACHE: join(folder.path, 'cache') };
  await using first = await startServices(three, { home, environment });
  const asked = (id: string, change: Partial<DatasetRequested> = {}) =>
    request(id, { minimumPerClass: 1, reuse: true, ...change });
  await collect(first, papers(0, 40));
  await first.host.settled();
  await first.publish(asked('d'));
  await first.host.settled();
  await first.publish(asked('same', { requestedBy: 'bob' }));
  await first.host.settled();
  await first[Symbol.asyncDispose]();

  await using services = await startServices(three, { home, environment });
  await services.publish(
    asked('extending-it', { extends: 'd' }),
    asked('other-seed', { seed: 43 }),
    asked('other-shares', { trainFraction: 0.7 }),
    asked('of-another', { model: 'other' }),
    asked('not-asked-for', { reuse: false, extends: 'd' }),
  );
  await services.host.settled();
  const reused = async () =>
    (await services.all('DatasetReused')).map(({ data }) => [data.datasetId, data.reusedFrom]);
  const before = [
    ['same', 'd'],
    ['extending-it', 'd'],
  ];
  expect(await reused()).toEqual(before);
  const { artifact, contentHash } = await sealedIn(services, 'd');
  // what stands for it is what would have been sealed
  expect(await sealedIn(services, 'not-asked-for')).toMatchObject({ artifact, contentHash });
  expect((await services.all('DatasetSealed')).map(({ subject }) => subject).sort()).toEqual(
    ['d', 'other-seed', 'other-shares', 'of-another', 'not-asked-for'].sort(),
  );

  await collect(services, papers(40, 41), 'c2');
  await services.host.settled();
  await services.publish(asked('of-more'));
  await services.host.settled();
  await services.publish(asked('of-as-many'));
  await services.host.settled();
  expect(await reused()).toEqual([...before, ['of-as-many', 'of-more']]);
  const more = await sealedIn(services, 'of-more');
  await rm(join(services.home, 'artifacts', pathOf(more.artifact)));
  await services.publish(asked('again'));
  await services.host.settled();
  expect(await sealedIn(services, 'again')).toMatchObject({ artifact: more.artifact });
});

describe('a dataset is refused', () => {
  async function refusal(services: ServicesUnderTest, asked: NewEvent) {
    await services.publish(asked);
    return (await services.all('DatasetRefused')).at(-1)?.data;
  }

  test('while there is too little, and the reason says what to do', async () => {
    await using services = await startServices(three);
    expect(await refusal(services, request('d'))).toMatchObject({
      datasetId: 'd',
      model: 'm',
      task: 'arxiv',
      code: 'DATASET_TOO_SMALL',
    });
    await collect(services, papers(0, 27));
    expect(await refusal(services, request('d'))).toMatchObject({
      code: 'DATASET_TOO_SMALL',
      reason: expect.stringContaining('cs.RO has 9: collect more'),
    });
  });

  test('when it is sealed already, or extends what is not there or not as it was sealed', async () => {
    await using services = await startServices(three);
    await collect(services, papers(0, 60));
    await services.publish(request('d'));
    expect(await refusal(services, request('d'))).toMatchObject({ code: 'CONFLICT' });
    expect(await refusal(services, request('e', { extends: 'x' }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(services, request('e', { trainFraction: 1 }))).toMatchObject({
      code: 'INPUT_INVALID',
    });

    const hex = (await sealedIn(services, 'd')).artifact.slice('sha256:'.length);
    const path = join(services.home, 'artifacts', 'sha256', hex.slice(0, 2), hex);
    await writeFile(path, 'altered');
    expect(await refusal(services, request('e', { extends: 'd' }))).toMatchObject({
      code: 'ARTIFACT_CORRUPT',
    });
    await rm(path);
    expect(await refusal(services, request('e', { extends: 'd' }))).toMatchObject({
      code: 'ARTIFACT_MISSING',
    });
    expect(await services.all('DatasetSealed')).toHaveLength(1);
  });
});

test('rolling features of a model are numbers of its datasets, by the time of records', async () => {
  await using services = await startServices(three);
  const file =
    'task: shops\nkind: tabular\nid: id\ntime: day\ntarget: { column: late, classes: [yes, no] }\ncolumns: { shop: category, price: number }\n';
  const model =
    'model: m\ntask: shops\nengine: trees\nfeatures: [{ rolling: { column: price, by: shop, window: 2, statistics: [mean] } }]\n';
  const { features: _, ...declared } = declaredModel('m.yaml', model);
  await services.publish(
    newEvent('TaskDeclared', { task: 'shops', version: '1', file, requestedBy: 'ada' }),
    newEvent('ModelDeclared', { ...declared, requestedBy: 'ada' }),
  );
  const rows = Array.from({ length: 40 }, (_, i) =>
    JSON.stringify({
      ...{ id: `r${99 - i}`, day: `2024-01-01T00:${10 + i}:00Z`, shop: 'A', price: i },
      late: i % 2 ? 'yes' : 'no',
    }),
  );
  await collect(services, rows, 'c', 'shops');
  await services.host.settled();
  await services.publish(
    request('d', { task: 'shops' }),
    request('of-another', { task: 'shops', model: 'n' }),
  );
  await services.host.settled();
  const samples = await samplesOf(services, await sealedIn(services, 'd'));
  const means = samples.toReversed().map(({ instance }) => instance.price_mean_last_2_by_shop);
  expect(means).toEqual([null, 0, ...Array.from({ length: 38 }, (_, i) => i + 0.5)]);
  const plain = await samplesOf(services, await sealedIn(services, 'of-another'));
  expect(Object.keys(plain[0]!.instance)).toEqual(['shop', 'price']);
});

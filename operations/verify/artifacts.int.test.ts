import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pathOf } from '../../infra/artifacts/digest.ts';
import { openFolder } from '../../infra/artifacts/folder.ts';
import { digestOf, putBundle } from '../../kernel/bundle.ts';
import type { ArtifactStore, Digest } from '../../kernel/ports/artifacts.ts';
import type { EventField } from '../../kernel/schema.ts';
import { type LoggedEvent, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { TrainingCompleted, VersionRegistered } from '../../schemas/events.generated.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { recorded } from '../../schemas/testing.ts';
import { damage, KINDS } from '../../test/faults/damage/damages.ts';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/folder.ts';
import { NamedArtifacts } from './artifacts.ts';

const BLOCK_BYTES = 512;
const TRIALS = 5;
const bytesOf = (text: string): Uint8Array => Buffer.from(text.repeat(400));

let folder: TemporaryFolder;
let store: ArtifactStore;
let papers: Digest;
let model: Digest;
let sums: Digest;

beforeEach(async () => {
  folder = await temporaryFolder('named');
  store = await openFolder(folder.path);
  papers = await store.put(bytesOf('paper\n'));
  const onnx = bytesOf('model');
  model = digestOf(onnx);
  const list = Buffer.from(`${model.slice('sha256:'.length)}  model.onnx\n`);
  sums = await putBundle(
    store,
    new Map([
      ['SHA256SUMS', list],
      ['model.onnx', onnx],
    ]),
  );
});
afterEach(() => folder.remove());

const request = (source: string) =>
  newEvent('CollectionRequested', {
    collectionId: 'c',
    task: 'arxiv',
    source,
    sourceName: 'papers.jsonl',
    generated: false,
    from: null,
    to: null,
    requestedBy: 'ada',
  });
const completed = () =>
  newEvent('TrainingCompleted', {
    runId: 'run-1',
    model: 'papers',
    datasetId: 'd',
    package: sums,
    modelHash: 'h',
    metrics: {},
    primaryMetric: 'accuracy',
    epochs: 1,
    bestEpoch: 1,
    stoppedEarly: false,
    seconds: 1,
    searchId: null,
    reproduces: null,
    augmented: {},
  });

/** The report on a log of these events. */
function check(...events: readonly LoggedEvent[]) {
  const named = new NamedArtifacts();
  for (const event of events) named.note(event);
  return named.check(store);
}

const at = (digest: string) => join(folder.path, pathOf(digest));
const logged = (event: NewEvent, index: number): LoggedEvent => recorded(event, index);
const log = () => [request(papers), completed(), request(papers)].map(logged);

test('each artifact that events name is read once, and the files of each package', async () => {
  expect(await check(...log())).toEqual({ artifacts: 3, findings: [], faults: 0 });
});

test('a missing or damaged artifact is a finding, with the event that names it', async () => {
  await rm(at(papers));
  await writeFile(at(model), 'something else');
  expect(await check(...log())).toEqual({
    artifacts: 1,
    faults: 2,
    findings: [
      expect.stringMatching(/^CollectionRequested of c: no artifact sha256:.* \[ARTIFACT_MISSING\]$/),
      expect.stringMatching(
        /^model\.onnx in the package of TrainingCompleted of run-1: .*\[ARTIFACT_CORRUPT\]$/,
      ),
    ],
  });
});

test('a request that was refused because its artifact was missing is no fault', async () => {
  const asked = logged(request(digestOf(Buffer.from('never stored'))), 1);
  const fact = newEvent('CollectionFailed', {
    collectionId: 'c',
    task: 'arxiv',
    code: 'ARTIFACT_MISSING',
    reason: 'r',
  });
  const refused = { ...logged(fact, 2), causationId: asked.id };
  expect(await check(asked)).toMatchObject({ faults: 1 });
  expect(await check(asked, refused)).toMatchObject({ faults: 0 });
});

test('a checkpoint that the log says is deleted is no fault; one that is named again after that is', async () => {
  const [runId, epoch, checkpoint] = ['run-1', 1, digestOf(bytesOf('gone'))];
  const saved = newEvent('CheckpointSaved', { runId, epoch, checkpoint });
  const deleted = newEvent('CheckpointDeleted', { runId, epoch, checkpoint });
  const resumed = newEvent('TrainingResumed', { runId, model: 'papers', epoch, checkpoint });
  expect(await check(...[saved].map(logged))).toMatchObject({ faults: 1 });
  expect(await check(...[saved, resumed, deleted].map(logged))).toMatchObject({ faults: 0 });
  expect(await check(...[saved, deleted, resumed].map(logged))).toMatchObject({ faults: 1 });
});

test('a package of a trial that the log says is deleted is no fault; one that a version has since is', async () => {
  const gone = { package: digestOf(bytesOf('gone')), runId: 's-1' };
  const trained = newEvent('TrainingCompleted', { ...gone, searchId: 's' } as TrainingCompleted);
  const deleted = newEvent('PackageDeleted', { ...gone, reason: 'keep 1', requestId: 'q' });
  const registered = newEvent('VersionRegistered', {
    ...gone,
    model: 'm',
    version: 'v1',
  } as VersionRegistered);
  expect(await check(...[trained].map(logged))).toMatchObject({ faults: 1 });
  expect(await check(...[trained, deleted].map(logged))).toMatchObject({ faults: 0 });
  expect(await check(...[trained, deleted, registered].map(logged))).toMatchObject({ faults: 1 });
});

test('the package of a version that expired is no fault', async () => {
  const gone = { package: digestOf(bytesOf('gone')), model: 'm', version: 'v1' };
  const registered = newEvent('VersionRegistered', { ...gone, runId: 'r' } as VersionRegistered);
  const expired = newEvent('VersionExpired', { ...gone, archivedAt: 0, reason: 'rule', policyVersion: 1 });
  expect(await check(...[registered].map(logged))).toMatchObject({ faults: 1 });
  expect(await check(...[registered, expired].map(logged))).toMatchObject({ faults: 0 });
  expect(await check(...[registered, expired, registered].map(logged))).toMatchObject({ faults: 1 });
});

test('a package that a refused report names is no fault', async () => {
  const claimed = newEvent('RunReported', {
    change: null,
    runId: 'r',
    model: 'm',
    datasetId: 'd',
    contentHash: null,
    trainedOn: '',
    trainer: 'python',
    libraries: {},
    params: {},
    metrics: {},
    package: digestOf(Buffer.from('never stored')),
    failure: null,
    startedAt: null,
    endedAt: null,
    reason: '',
    requestedBy: 'test',
  });
  const report = logged(claimed, 1);
  const refusal = newEvent('RunRefused', { runId: 'r', model: 'm', code: 'NOT_FOUND', reason: 'no model m' });
  expect(await check(report)).toMatchObject({ faults: 1 });
  expect(await check(report, { ...logged(refusal, 2), causationId: report.id })).toMatchObject({ faults: 0 });
});

test('damage of an artifact is always found', async () => {
  const untouched = await readFile(at(model));
  for (const kind of KINDS) {
    for (let seed = 0; seed < TRIALS; seed++) {
      await damage(at(model), kind, seed, BLOCK_BYTES);
      const isSame = untouched.equals(await readFile(at(model)));
      expect(await check(...log())).toMatchObject({ faults: isSame ? 0 : 1 });
      await writeFile(at(model), untouched);
    }
  }
});

test('every field that holds a digest is marked as an artifact in its schema', () => {
  const isDigest = ({ name, type, doc }: EventField) =>
    JSON.stringify(type).includes('string') &&
    (['artifact', 'package', 'data'].includes(name) || /\bdigest\b/.test(doc ?? ''));
  const unmarked = loadSchemas().flatMap(({ events }) =>
    events.flatMap(({ name: event, fields }) =>
      allFields(fields)
        .filter((field) => isDigest(field) && field.artifact === undefined)
        .map(({ name }) => `${event}.${name}`),
    ),
  );
  expect(unmarked).toEqual([]);
});

/** All fields, those of records inside fields too. */
function allFields(fields: readonly EventField[]): EventField[] {
  const found: EventField[] = [];
  JSON.parse(JSON.stringify(fields), (_, value) => {
    if (Array.isArray(value?.fields)) found.push(...value.fields);
    return value;
  });
  return [...fields, ...found];
}

test('an artifact is found in a record inside an event', async () => {
  const baseline = { version: 'v1.0.0', package: sums };
  const data = {
    evaluationId: 'e',
    model: 'm',
    version: null,
    runId: null,
    package: sums,
    datasetId: null,
    requestedBy: 'ada',
  };
  const evaluation = newEvent('EvaluationRequested', {
    ...data,
    data: papers,
    dataName: null,
    baseline,
    includeTraining: false,
    examination: null,
    fold: null,
    reuse: false,
  });
  expect(await check(logged(evaluation, 0))).toEqual({ artifacts: 3, findings: [], faults: 0 });
  await rm(at(sums));
  const other = {
    ...data,
    package: papers,
    data: null,
    dataName: null,
    baseline,
    includeTraining: false,
    examination: null,
    fold: null,
    reuse: false,
  };
  expect(await check(logged(newEvent('EvaluationRequested', other), 0))).toMatchObject({ faults: 2 });
});

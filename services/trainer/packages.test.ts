import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFolder } from '../../infra/artifacts/folder.ts';
import { digestOf, putBundle } from '../../kernel/bundle.ts';
import type { ArtifactStore, Digest } from '../../kernel/ports/artifacts.ts';
import { MIN_AGE_MS } from '../../kernel/ports/artifacts.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type {
  EvaluationCompleted,
  TrainingCompleted,
  VersionRegistered,
} from '../../schemas/events.generated.ts';
import { recorded } from '../../schemas/testing.ts';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/folder.ts';
import { deletePackage, Packages } from './packages.ts';

let folder: TemporaryFolder;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = await temporaryFolder('packages');
  artifacts = await openFolder(folder.path);
});
afterEach(() => folder.remove());

/** Stores a package with a tokenizer that all have. */
async function stored(name: string): Promise<{ digest: Digest; model: Digest; tokenizer: Digest }> {
  const files = new Map([
    ['model.onnx', Buffer.from(name)],
    ['tokenizer.json', Buffer.from('the same')],
  ]);
  const [model, tokenizer] = [...files.values()].map(digestOf) as [Digest, Digest];
  const line = (digest: string, file: string) => `${digest.slice('sha256:'.length)}  ${file}\n`;
  const sums = Buffer.from(line(model, 'model.onnx') + line(tokenizer, 'tokenizer.json'));
  return { digest: await putBundle(artifacts, new Map([...files, ['SHA256SUMS', sums]])), model, tokenizer };
}

const completed = (runId: string, digest: string, searchId: string | null = 's') =>
  newEvent('TrainingCompleted', { runId, package: digest, searchId } as TrainingCompleted);

const known = (...events: readonly NewEvent[]) => {
  const packages = new Packages();
  for (const [at, event] of events.entries()) packages.evolve(recorded(event, at));
  return packages;
};

const LATER = Date.now() + 2 * MIN_AGE_MS;

/** What is emitted when a run is asked for; it is folded too. */
async function deleted(packages: Packages, runId: string, time = LATER) {
  const request = newEvent('PackageDeletionRequested', { runId, reason: 'keep 1', requestedBy: 'tuner' });
  const emitted: NewEvent[] = [];
  const emit = async (...events: readonly NewEvent[]) => void emitted.push(...events);
  emitted.push(...(await deletePackage(recorded(request, 99, time), packages, emit, { artifacts })));
  for (const event of emitted) packages.evolve(recorded(event));
  return emitted.map(({ type, data }) => [type, 'reason' in data ? data.reason : '']);
}

const areThere = (...digests: readonly Digest[]) =>
  Promise.all(digests.map((digest) => artifacts.has(digest)));

test('the package of a trial is deleted, but for what other packages have too', async () => {
  const [one, two] = [await stored('one'), await stored('two')];
  const packages = known(completed('s-1', one.digest), completed('s-2', two.digest));
  expect(await deleted(packages, 's-1')).toEqual([['PackageDeleted', 'keep 1']]);
  expect(await areThere(one.digest, one.model)).toEqual([false, false]);
  expect(await areThere(two.digest, two.model, two.tokenizer)).toEqual([true, true, true]);
  expect(await deleted(packages, 's-1')).toEqual([]); // the same request again, after a crash
  expect(await deleted(packages, 's-2')).toEqual([['PackageDeleted', 'keep 1']]);
  expect(await areThere(two.digest, two.model, two.tokenizer)).toEqual([false, false, false]);
});

test('what was stored shortly before the request stays: its event may be on its way', async () => {
  const { digest, model } = await stored('one');
  expect(await deleted(known(completed('s-1', digest)), 's-1', Date.now())).toEqual([
    ['PackageDeleted', 'keep 1'],
  ]);
  expect(await areThere(digest, model)).toEqual([true, true]);
});

test('a package that somebody needs stays, and it is said who', async () => {
  const { digest } = await stored('one');
  const version = newEvent('VersionRegistered', {
    model: 'm',
    version: 'v1.0.0',
    package: digest,
  } as VersionRegistered);
  const baseline = { package: digest } as EvaluationCompleted['baseline'];
  const evaluation = newEvent('EvaluationCompleted', {
    ...({ evaluationId: 'e', package: 'sha256:other', baseline } as EvaluationCompleted),
  });
  const refusals: [string, NewEvent[]][] = [
    ['version v1.0.0 of m has it', [completed('s-1', digest), version]],
    ['evaluation e compares with it', [completed('s-1', digest), evaluation]],
    ['run r has the same', [completed('r', digest, null), completed('s-1', digest)]],
    ['run s-2 has the same', [completed('s-1', digest), completed('s-2', digest)]],
    ['s-1 is no trial of a search', [completed('s-1', digest, null)]],
  ];
  for (const [why, events] of refusals) {
    const reason = `the package of s-1 stays: ${why}`;
    expect(await deleted(known(...events), 's-1')).toEqual([['PackageDeletionRefused', reason]]);
  }
  expect(await deleted(known(completed('s-10', digest)), 's-1')).toEqual([
    ['PackageDeletionRefused', 'no run s-1 has a package; did you mean s-10?'],
  ]);
  expect(await areThere(digest)).toEqual([true]);
});

test('of trials with the same package, it goes with the last one', async () => {
  const { digest } = await stored('one');
  const packages = known(completed('s-1', digest), completed('s-2', digest));
  expect((await deleted(packages, 's-1'))[0]![0]).toBe('PackageDeletionRefused');
  expect((await deleted(packages, 's-2'))[0]![0]).toBe('PackageDeleted');
  expect(await areThere(digest)).toEqual([false]);
});

test('nothing goes while it is not known what another package has', async () => {
  const { digest } = await stored('one');
  const packages = known(completed('s-1', digest), completed('s-2', digestOf(Buffer.from('never stored'))));
  expect((await deleted(packages, 's-1'))[0]![0]).toBe('PackageDeletionRefused');
  expect(await areThere(digest)).toEqual([true]);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFolder } from '../../infra/artifacts/folder.ts';
import { digestOf, putBundle } from '../../kernel/bundle.ts';
import type { ArtifactStore, Digest } from '../../kernel/ports/artifacts.ts';
import { MIN_AGE_MS } from '../../kernel/ports/artifacts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type { TrainingCompleted, VersionRegistered } from '../../schemas/events.generated.ts';
import { recorded } from '../../schemas/testing.ts';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/folder.ts';
import { deleteExpired, Packages } from './service.ts';

let folder: TemporaryFolder;
let artifacts: ArtifactStore;
beforeEach(async () => {
  folder = await temporaryFolder('archive');
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

const expired = (version: string, digest: string) =>
  recorded(
    newEvent('VersionExpired', {
      ...{ model: 'm', version, package: digest, archivedAt: 0, reason: 'rule', policyVersion: 1 },
    }),
    9,
    Date.now() + 2 * MIN_AGE_MS,
  );

function known(versions: Readonly<Record<string, string>>): Packages {
  const packages = new Packages();
  for (const [version, digest] of Object.entries(versions)) {
    const about = { model: 'm', version, package: digest, runId: `run-${version}` };
    packages.evolve(
      recorded(newEvent('TrainingCompleted', about as Partial<TrainingCompleted> as TrainingCompleted)),
    );
    packages.evolve(recorded(newEvent('VersionRegistered', about as VersionRegistered)));
  }
  return packages;
}

const areThere = (...digests: readonly Digest[]) =>
  Promise.all(digests.map((digest) => artifacts.has(digest)));

test('the package of a version is deleted, but for what others have too, and once', async () => {
  const [a, b] = [await stored('a'), await stored('b')];
  const packages = known({ v1: a.digest, v2: b.digest });
  const first = expired('v1', a.digest);
  for (const _ of [1, 2]) {
    packages.evolve(first);
    expect(await deleteExpired(first, packages, artifacts)).toBeUndefined();
    expect(await areThere(a.digest, a.model, a.tokenizer)).toEqual([false, false, true]);
  }
  expect(await areThere(b.digest, b.model, b.tokenizer)).toEqual([true, true, true]);
  const second = expired('v2', b.digest);
  packages.evolve(second);
  await deleteExpired(second, packages, artifacts);
  expect(await areThere(b.digest, b.model, b.tokenizer)).toEqual([false, false, false]);
});

test('a package that another version has stays', async () => {
  const a = await stored('a');
  const packages = known({ v1: a.digest, v2: a.digest });
  const event = expired('v1', a.digest);
  packages.evolve(event);
  expect(await deleteExpired(event, packages, artifacts)).toBe('another version has the same');
  expect(await areThere(a.digest, a.model)).toEqual([true, true]);
});

test('where another package is damaged nothing is deleted: what is its own is not known', async () => {
  const [a, b] = [await stored('a'), await stored('b')];
  await artifacts.delete(b.digest, Number.POSITIVE_INFINITY);
  const packages = known({ v1: a.digest, v2: b.digest });
  const event = expired('v1', a.digest);
  packages.evolve(event);
  expect(await deleteExpired(event, packages, artifacts)).toMatch(/ARTIFACT_MISSING/);
  expect(await areThere(a.digest, a.model)).toEqual([true, true]);
});

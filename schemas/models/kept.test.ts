import { expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../catalogue.ts';
import type { ExperimentStarted, ReviewOpened, VersionRegistered } from '../events.generated.ts';
import { recorded } from '../testing.ts';
import { isKeepingFact, NOTHING_KEPT, retained, withKeeping } from './kept.ts';

const HOUR = 3_600_000;
const MODEL = 'm';
const about = (version: string) => ({
  ...{ model: MODEL, version, package: `package-${version}`, runId: 'r', datasetId: 'd', evaluationId: 'e' },
  ...{ reason: 'why', requestedBy: 'ada', policyVersion: 1 },
});
const registered = (version: string, digest = `package-${version}`) =>
  newEvent('VersionRegistered', {
    ...about(version),
    package: digest,
  } as Partial<VersionRegistered> as VersionRegistered);
const archived = (version: string) =>
  newEvent('VersionArchived', { model: MODEL, version, reason: 'why', policyVersion: 1 });
const promoted = (version: string, previous: string | null) =>
  newEvent('VersionPromoted', { ...about(version), previous });
const expired = (version: string) =>
  newEvent('VersionExpired', {
    ...{
      model: MODEL,
      version,
      package: `package-${version}`,
      archivedAt: 0,
      reason: 'why',
      policyVersion: 1,
    },
  });

/** Events an hour apart. */
const after = (...events: readonly NewEvent[]) =>
  events.reduce((keeping, event, at) => {
    const logged = { ...recorded(event, at, at * HOUR), sequence: at + 1 };
    return isKeepingFact(logged) ? withKeeping(keeping, logged) : keeping;
  }, NOTHING_KEPT);

/** v1 to v5 are archived in this order, v6 is in production after v5. */
const past: NewEvent[] = [
  ...['v1', 'v2', 'v3', 'v4', 'v5', 'v6'].map((version) => registered(version)),
  ...['v1', 'v2', 'v3', 'v4'].map(archived),
  promoted('v5', null),
  promoted('v6', 'v5'),
  archived('v5'),
];
const fates = (events: readonly NewEvent[], rule: { keepLast?: number; keepFor?: number }) =>
  Object.fromEntries(
    retained(after(...events), { keepLast: null, keepFor: null, ...rule }).map(
      ({ version, kept, expiresAt }) => [version, kept ?? expiresAt! / HOUR],
    ),
  );

test('without a rule all packages stay', () => {
  expect(new Set(Object.values(fates(past.slice(0, 10), {})))).toEqual(
    new Set(['the policy keeps all (retention)', 'it is not archived']),
  );
});

test('the last so many that were archived stay; production and the version before it in any case', () => {
  expect(fates(past, { keepLast: 2 })).toEqual({
    ...{ v1: 6, v2: 7, v5: 'a rollback restores it', v6: 'it is in production' },
    ...{ v3: 'it is one of the last 2 that were archived', v4: 'it is one of the last 2 that were archived' },
  });
});

test('for so long after it was archived; with both rules it goes when neither keeps it', () => {
  expect(fates(past, { keepFor: 100 * HOUR })).toMatchObject({ v1: 106, v4: 109 });
  expect(fates(past, { keepLast: 3, keepFor: 100 * HOUR })).toMatchObject({
    ...{ v1: 106, v2: 'it is one of the last 3 that were archived' },
  });
});

const deployment = { target: 'm/staging', deploymentId: 'dep', environment: 'staging' };

test.each<[why: string, event: NewEvent, kept: RegExp]>([
  [
    'an alias',
    newEvent('AliasesChanged', {
      ...{ model: MODEL, aliases: { champion: 'v1' }, changes: [], reason: 'why', requestedBy: 'ada' },
      policyVersion: 1,
    }),
    /the alias champion/,
  ],
  [
    'the tag keep',
    newEvent('VersionTagged', { model: MODEL, version: 'v1', tags: { keep: 'audit' }, requestedBy: 'ada' }),
    /the tag keep/,
  ],
  [
    'a deployment that is running',
    newEvent('DeploymentStarted', {
      ...{ ...about('v1'), ...deployment, previous: null, strategy: 'canary', stages: [5, 100] },
    }),
    /being deployed to staging/,
  ],
  [
    'another environment',
    newEvent('DeploymentCompleted', {
      ...{ ...about('v1'), ...deployment, previous: null, strategy: 'blue-green' },
    }),
    /answers in staging/,
  ],
  [
    'an experiment',
    newEvent('ExperimentStarted', {
      ...{ experimentId: 'x', model: MODEL },
      arms: [{ name: 'treatment', version: 'v1', share: 50 }],
    } as Partial<ExperimentStarted> as ExperimentStarted),
    /arm of the experiment x/,
  ],
  [
    'a review',
    newEvent('ReviewOpened', { model: MODEL, version: 'v1', reviewId: 'rev' } as ReviewOpened),
    /review rev of it is open/,
  ],
  ['a version with the same package', registered('v7', 'package-v1'), /v7 has the same package/],
])('%s keeps it', (_, event, kept) => {
  expect(fates(past, { keepLast: 0 })).toMatchObject({ v1: 6 });
  expect(fates([...past, event], { keepLast: 0 })).toMatchObject({ v1: expect.stringMatching(kept) });
});

test('what is deleted is not deleted again, nor counted among the last', () => {
  const [first] = retained(after(...past, expired('v1')), { keepLast: 2, keepFor: null });
  expect(first).toMatchObject({ isExpired: true, kept: null, expiresAt: past.length * HOUR });
  expect(fates([...past, expired('v4')], { keepLast: 2 })).toMatchObject({
    v1: 6,
    v2: expect.stringMatching(/last 2/),
  });
});

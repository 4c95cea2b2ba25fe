import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LoggedEvent, NewEvent } from '../../schemas/catalogue.ts';
import {
  NO_RELEASES,
  type Releases,
  releasedIn,
  withRelease,
} from '../../schemas/deployments/environments.ts';
import { targetOf } from '../../schemas/deployments/running.ts';
import { play } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import {
  abortion,
  deployment,
  MODEL,
  measured,
  promoted,
  ready,
  registered,
  retired,
  reviewDue,
  rolledBackTo,
  unreadable,
} from './fixtures.ts';
import { deployer, service } from './service.ts';

const VERSIONS = ['v1.0.0', 'v1.1.0', 'v1.2.0'];
const POLICIES = [
  'rollout: { strategy: canary, dwell: 1s, minimumSamples: 1 }',
  'rollout: { strategy: canary, stages: [10, 50], dwell: 1s, minimumSamples: 1 }',
  'rollout: { strategy: blue-green }',
  'rollout: { strategy: shadow, dwell: 1s, minimumSamples: 1 }',
  'rollout: { strategy: blue-green, requires: { staging: 1s } }',
];
/** As is what a policy of these histories requires: that a version has answered in staging for some milliseconds. */
const REQUIRED_MS = 5;
const version = fc.constantFrom(...VERSIONS);
const id = fc.constantFrom('d1', 'd2', 'd3');
const stage = fc.integer({ min: 1, max: 4 });
const good = { predictions: 1_000 };

/** Events of these histories are a millisecond apart: a stage has no least time. */
const policy = (file: string): NewEvent => {
  const { type, data } = policyChanged(MODEL, file);
  const { requires } = data.rollout;
  const least = Object.keys(requires).length > 0 ? { staging: REQUIRED_MS } : {};
  return { type, data: { ...data, rollout: { ...data.rollout, dwell: 0, requires: least } } };
};

/** A deployment as it should go, up to some stage that passes or fails. */
const walk: fc.Arbitrary<NewEvent[]> = fc
  .tuple(version, id, fc.integer({ min: 0, max: 5 }), fc.boolean())
  .map(([v, d, stages, isGood]) => [
    deployment(v, 'canary', d),
    ready(v, {}, d),
    ...Array.from({ length: stages }, (_, i) => [
      reviewDue(i + 1, 1, d),
      measured(i + 1, 1, isGood || i + 1 < stages ? good : { ...good, failures: 900 }, good, d),
    ]).flat(),
  ]);

/** The same event of another model, to another environment. */
function placed(event: NewEvent, model: string, environment: string): NewEvent {
  const named = (id: unknown) =>
    typeof id === 'string' ? { id: `${model}-${environment}-${id}` } : undefined;
  const data: Record<string, unknown> = { ...event.data, model };
  if ('environment' in data) Object.assign(data, { environment, target: targetOf(model, environment) });
  for (const key of ['deploymentId', 'measurementId'])
    if (key in data) data[key] = named(data[key])?.id ?? null;
  return Object.assign({}, event, { data });
}

/** What may come in any order: also what belongs to a deployment that has ended, or to none. */
const inputs: fc.Arbitrary<NewEvent[]> = fc
  .array(
    fc
      .tuple(
        fc.constantFrom('topics', 'flights'),
        fc.constantFrom('production', 'staging'),
        fc.oneof<fc.Arbitrary<NewEvent | NewEvent[]>[]>(
          fc
            .tuple(version, fc.constantFrom(null, 'canary', 'blue-green', 'immediate', 'shadow', 'odd'), id)
            .map(([v, how, d]) => deployment(v, how, d)),
          fc.tuple(version, id).map(([v, d]) => ready(v, {}, d)),
          fc.tuple(stage, id).map(([s, d]) => reviewDue(s, 1, d)),
          fc.tuple(stage, id).map(([s, d]) => measured(s, 1, good, good, d)),
          fc.tuple(stage, id).map(([s, d]) => measured(s, 1, { ...good, failures: 900 }, good, d)),
          fc.constantFrom(...POLICIES).map(policy),
          walk,
          fc.constantFrom<NewEvent>(
            abortion,
            retired,
            unreadable('v1.1.0'),
            promoted('v1.2.0'),
            rolledBackTo('v1.0.0', 'v1.2.0'),
          ),
        ),
      )
      .map(([model, environment, events]) =>
        [events].flat().map((event) => placed(event, model, environment)),
      ),
    { maxLength: 40 },
  )
  .map((events) => [
    ...['topics', 'flights'].flatMap((model) =>
      [...VERSIONS.map(registered), promoted('v1.0.0')].map((event) => placed(event, model, '')),
    ),
    ...events.flat(),
  ]);

/** The facts of one target. */
type Facts = readonly LoggedEvent<
  | 'DeploymentStarted'
  | 'TrafficShifted'
  | 'DeploymentCompleted'
  | 'DeploymentRolledBack'
  | 'DeploymentRefused'
>[];

const isOf = (target: string, event: LoggedEvent): event is Facts[number] =>
  'target' in event.data && event.data.target === target;

/** The deployer's own facts, as they follow from random events: all, and those of each target. */
const holds = (property: (ofTarget: Facts, all: readonly LoggedEvent[]) => void) =>
  fc.assert(
    fc.property(inputs, (events) => {
      const { log } = play(deployer, service, events);
      for (const model of ['topics', 'flights'])
        for (const environment of ['production', 'staging']) {
          const target = targetOf(model, environment);
          property(
            log.filter((event) => isOf(target, event)),
            log,
          );
        }
    }),
    { numRuns: 300 },
  );

test('at most one deployment runs in each environment of a model, and each ends once', () =>
  holds((log) => {
    let running: string | undefined;
    for (const event of log) {
      if (event.type === 'DeploymentStarted') {
        expect(running).toBeUndefined();
        running = event.data.deploymentId;
      } else if (event.type === 'DeploymentCompleted' || event.type === 'DeploymentRolledBack') {
        expect(event.data.deploymentId).toBe(running);
        running = undefined;
      }
    }
  }));

test('a share only grows while a deployment runs, to 100 % at most, where it completes', () =>
  holds((log) => {
    let share = 0;
    for (const event of log) {
      if (event.type === 'DeploymentStarted') share = 0;
      if (event.type === 'TrafficShifted') {
        expect(event.data.previousShare).toBe(share);
        expect(event.data.share).toBeLessThanOrEqual(100);
        expect(event.data.share).toBeGreaterThanOrEqual(share);
        share = event.data.share;
      }
      if (event.type === 'DeploymentCompleted')
        expect(share === 100 || event.data.strategy === 'shadow').toBe(true);
    }
  }));

test('a deployment that is rolled back names the version that was in production when it started', () =>
  holds((log) => {
    let previous: string | null | undefined;
    for (const event of log) {
      if (event.type === 'DeploymentStarted') ({ previous } = event.data);
      if (event.type === 'DeploymentRolledBack') expect(event.data.previous).toBe(previous);
    }
  }));

test('an abort or a failure leaves what answered before in its environment', () =>
  holds((facts) => {
    let releases: Releases = NO_RELEASES;
    for (const fact of facts) {
      if (fact.type === 'DeploymentCompleted') releases = withRelease(releases, fact);
      if (fact.type === 'DeploymentRolledBack' && fact.data.environment === 'staging')
        if (releases.size > 0) expect(releasedIn(releases, 'staging')?.version).toBe(fact.data.previous);
    }
  }));

test('at most one version is in staging, and a deployment there names the one it replaces, of that model alone', () =>
  holds((facts) => {
    let live: string | null = null;
    for (const { type, data } of facts) {
      if (data.environment !== 'staging') continue;
      if (type === 'DeploymentStarted') expect(data.previous).toBe(live);
      if (type === 'DeploymentCompleted') live = data.version;
    }
  }));

test('a refusal says why', () =>
  holds((facts) => {
    for (const { type, data } of facts)
      if (type === 'DeploymentRefused')
        expect([data.code !== '', data.reason.length > 10]).toEqual([true, true]);
  }));

test('random histories have deployments that complete, and that fail at a stage', () => {
  const seen = new Set<string>();
  holds((_, log) => {
    for (const { type } of log) seen.add(type);
  });
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'DeploymentCompleted',
      'StagePassed',
      'StageFailed',
      'DeploymentRefused',
      'MeasurementRequested',
    ]),
  );
});

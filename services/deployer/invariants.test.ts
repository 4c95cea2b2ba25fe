import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LoggedEvent, NewEvent } from '../../schemas/catalogue.ts';
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
];
const version = fc.constantFrom(...VERSIONS);
const id = fc.constantFrom('d1', 'd2', 'd3');
const stage = fc.integer({ min: 1, max: 4 });
const good = { predictions: 1_000 };

/** Events of these histories are a millisecond apart: a stage has no least time. */
const policy = (file: string): NewEvent => {
  const { type, data } = policyChanged(MODEL, file);
  return { type, data: { ...data, rollout: { ...data.rollout, dwell: 0 } } };
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

/** What may come in any order: also what belongs to a deployment that has ended, or to none. */
const inputs: fc.Arbitrary<NewEvent[]> = fc
  .array(
    fc.oneof<fc.Arbitrary<NewEvent | NewEvent[]>[]>(
      fc
        .tuple(version, fc.constantFrom(null, 'canary', 'blue-green', 'immediate', 'shadow'), id)
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
    { maxLength: 25 },
  )
  .map((events) => [...VERSIONS.map(registered), promoted('v1.0.0'), ...events.flat()]);

/** The deployer's own facts, as they follow from random events. */
const holds = (property: (facts: readonly LoggedEvent[]) => void) =>
  fc.assert(
    fc.property(inputs, (events) => property(play(deployer, service, events).log)),
    { numRuns: 300 },
  );

test('at most one deployment of a model runs at a time, and each ends once', () =>
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

test('random histories have deployments that complete, and that fail at a stage', () => {
  const seen = new Set<string>();
  holds((log) => {
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

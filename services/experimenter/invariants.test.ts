import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LoggedEvent, NewEvent } from '../../schemas/catalogue.ts';
import { EXPERIMENT_FACTS, type ExperimentFact, withExperiment } from '../../schemas/experiments/running.ts';
import { play } from '../../schemas/testing.ts';
import {
  arm,
  asked,
  BETTER,
  concluding,
  EARLY,
  measured,
  promoted,
  promoting,
  registered,
  retired,
  reviewDue,
  stopping,
  unmeasured,
  unreadable,
  WORSE,
} from './fixtures.ts';
import { experimenter, service } from './service.ts';

const VERSIONS = ['v1.0.0', 'v1.1.0', 'v1.2.0'];
const id = fc.constantFrom('e1', 'e2', 'e3');
const version = fc.constantFrom(...VERSIONS);
const review = fc.integer({ min: 1, max: 3 });
const rows = fc.constantFrom(BETTER, WORSE, EARLY, []);

const request = fc
  .tuple(id, version, version, fc.boolean(), fc.constantFrom(50, 40))
  .map(([experimentId, control, treatment, promotes, share]) =>
    asked({ experimentId, promotes, arms: [arm('control', control), arm('treatment', treatment, share)] }),
  );

/** An experiment as it should go. */
const walk: fc.Arbitrary<NewEvent[]> = fc
  .tuple(id, rows, fc.boolean(), fc.boolean())
  .map(([experimentId, counted, concludes, promotes]) => [
    asked({ experimentId, promotes }),
    reviewDue(1, concludes, experimentId),
    measured(1, counted, experimentId),
    promoting(null, experimentId),
  ]);

/** What may come in any order: also what belongs to an experiment that has ended, or to none. */
const inputs: fc.Arbitrary<NewEvent[]> = fc
  .array(
    fc.oneof<fc.Arbitrary<NewEvent | NewEvent[]>[]>(
      request,
      walk,
      id.map(stopping),
      id.map(concluding),
      fc.tuple(fc.constantFrom(null, 'treatment', 'other'), id).map(([named, e]) => promoting(named, e)),
      fc.tuple(review, fc.boolean(), id).map(([n, concludes, e]) => reviewDue(n, concludes, e)),
      fc.tuple(review, rows, id).map(([n, counted, e]) => measured(n, counted, e)),
      review.map(unmeasured),
      id.map(unreadable),
      version.map(promoted),
      fc.constant<NewEvent>(retired),
    ),
    { maxLength: 25 },
  )
  .map((events) => [...VERSIONS.map((v) => registered(v)), promoted('v1.0.0'), ...events.flat()]);

/** The experimenter's facts, as they follow from random events. */
const holds = (property: (log: readonly LoggedEvent[]) => void) =>
  fc.assert(
    fc.property(inputs, (events) => property(play(experimenter, service, events).log)),
    { numRuns: 200 },
  );

const TRANSITIONS: readonly string[] = EXPERIMENT_FACTS;
const isTransition = (event: LoggedEvent): event is LoggedEvent & ExperimentFact =>
  TRANSITIONS.includes(event.type);

test('an experiment of a name starts once at most, and ends once at most', () =>
  holds((log) => {
    const changes = new Map<string, string[]>();
    for (const event of log.filter(isTransition)) {
      const { experimentId } = event.data;
      changes.set(experimentId, [...(changes.get(experimentId) ?? []), event.type]);
    }
    for (const [first, ...others] of changes.values()) {
      expect(first).toBe('ExperimentStarted');
      expect(others.length).toBeLessThanOrEqual(1);
      expect(others).not.toContain('ExperimentStarted');
    }
  }));

test('an experiment that has ended is never routed, analysed or started again', () =>
  holds((log) => {
    const ended = new Set<string>();
    let running: ReturnType<typeof withExperiment> = [];
    for (const event of log) {
      if (event.type === 'ExperimentAnalysed') expect(ended.has(event.data.experimentId)).toBe(false);
      if (!isTransition(event)) continue;
      running = withExperiment(running, event);
      if (event.type !== 'ExperimentStarted') ended.add(event.data.experimentId);
      for (const { experimentId } of running) expect(ended.has(experimentId)).toBe(false);
    }
  }));

test('what runs has a control that is in production', () =>
  holds((log) => {
    let production: string | null = null;
    let running: ReturnType<typeof withExperiment> = [];
    for (const event of log) {
      if (isTransition(event)) running = withExperiment(running, event);
      if (event.type === 'ExperimentStarted') expect(event.data.arms[0]!.version).toBe(production);
      if (event.type === 'VersionPromoted') production = event.data.version;
      if (event.type === 'ModelRetired') production = null;
    }
    for (const { arms } of running) expect(arms[0]!.version).toBe(production);
  }));

test('what is deployed was concluded, and nothing is deployed by itself unless that is allowed', () =>
  holds((log) => {
    const concluded = new Map<string, string | null>();
    const promotes = new Map<string, boolean>();
    for (const { type, data } of log) {
      if (type === 'ExperimentStarted') promotes.set(data.experimentId, data.promotes);
      if (type === 'ExperimentConcluded') concluded.set(data.experimentId, data.winner);
      if (type !== 'ExperimentPromoted') continue;
      expect(concluded.has(data.experimentId)).toBe(true);
      if (data.requestedBy === 'experimenter') expect(promotes.get(data.experimentId)).toBe(true);
    }
  }));

test('random histories have experiments that are promoted, kept, stopped and refused', () => {
  const seen = new Set<string>();
  holds((log) => {
    for (const { type, data } of log) seen.add(type === 'ExperimentConcluded' ? data.verdict : type);
  });
  const wanted = [
    'PROMOTE',
    'KEEP',
    'INCONCLUSIVE',
    'ExperimentPromoted',
    'ExperimentStopped',
    'ExperimentRefused',
  ];
  expect([...seen]).toEqual(expect.arrayContaining(wanted));
});

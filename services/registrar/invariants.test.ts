import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import type { LoggedEvent, NewEvent } from '../../schemas/catalogue.ts';
import { play } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { evaluation, MODEL, promotion, retirement, rollback } from './fixtures.ts';
import { registrar, service } from './service.ts';

const decider = registrar;
const POLICIES: readonly NewEvent[] = [
  policyChanged(MODEL, 'promotion: { margin: 0.2 }'),
  policyChanged(MODEL, 'promotion: { metric: macroF1, gates: { accuracy: { minimum: 0.7 } } }'),
];
const version = fc.integer({ min: 0, max: 5 }).map((minor) => `v1.${minor}.0`);
const accuracy = fc.double({ min: 0.5, max: 1, noNaN: true });

/** Evaluations of a few runs, against any version or none, among what people ask for. */
const inputs: fc.Arbitrary<NewEvent[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 8 }), accuracy, version, accuracy)
        .map(([run, ours, rival, theirs]) => evaluation(run, ours, { version: rival, accuracy: theirs })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 8 }), accuracy)
        .map(([run, ours]) => evaluation(run, ours)),
    },
    { weight: 2, arbitrary: version.map(promotion) },
    { weight: 1, arbitrary: fc.constantFrom(...POLICIES) },
    { weight: 1, arbitrary: fc.constantFrom<NewEvent>(rollback, rollback, retirement) },
  ),
  { maxLength: 40 },
);

const holds = (property: (log: readonly LoggedEvent[]) => void) =>
  fc.assert(
    fc.property(inputs, (events) => property(play(decider, service, events).log)),
    { numRuns: 500 },
  );

test('random histories include second promotions and rollbacks', () => {
  const seen = new Set<string>();
  holds((log) => {
    for (const event of log)
      seen.add(
        event.type === 'VersionPromoted' ? `${event.type} ${event.data.previous !== null}` : event.type,
      );
  });
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'VersionPromoted true',
      'VersionRolledBack',
      'PromotionRefused',
      'EvaluationRequested',
      'ModelRetired',
    ]),
  );
});

test('at most one version is in production, and a promotion names the one it replaces', () =>
  holds((log) => {
    const live = new Set<string>();
    for (const event of log) {
      if (service.reactsTo.includes(event.type)) expect(live.size).toBeLessThanOrEqual(1);
      if (event.type === 'VersionPromoted') expect([...live]).toEqual([event.data.previous ?? []].flat());
      if (event.type === 'VersionPromoted' || event.type === 'VersionRolledBack')
        live.add(event.data.version);
      if (event.type === 'VersionArchived') live.delete(event.data.version);
    }
    expect(live.size).toBeLessThanOrEqual(1);
  }));

test('only evaluated and registered versions are promoted', () =>
  holds((log) => {
    const evaluated = new Set<string>();
    const registered = new Map<string, string>();
    for (const event of log) {
      if (event.type === 'EvaluationCompleted' && event.data.runId) evaluated.add(event.data.runId);
      if (event.type === 'VersionRegistered') {
        expect(evaluated).toContain(event.data.runId);
        registered.set(event.data.version, event.data.package);
      }
      if (event.type === 'VersionPromoted' || event.type === 'VersionRolledBack') {
        expect(registered.get(event.data.version)).toBe(event.data.package);
      }
    }
  }));

test('version numbers strictly increase, and a run is registered once', () =>
  holds((log) => {
    const facts = log.filter((event) => event.type === 'VersionRegistered');
    const minors = facts.map(({ data }) => Number(data.version.split('.')[1]));
    expect(minors).toEqual(minors.map((_, index) => index));
    expect(new Set(facts.map(({ data }) => data.runId)).size).toBe(facts.length);
  }));

test('a run is refused or promoted by the registrar at most once', () =>
  holds((log) => {
    const decided = log.filter(
      ({ type, data }) =>
        /Refused|Promoted/.test(type) && 'requestedBy' in data && data.requestedBy === 'registrar',
    );
    const runs = decided.map(({ data }) => ('runId' in data ? data.runId : null));
    expect(new Set(runs).size).toBe(runs.length);
  }));

test('folding the facts alone gives the state of the running service', () =>
  fc.assert(
    fc.property(inputs, (events) => {
      const { state, log } = play(decider, service, events);
      expect(log.reduce(decider.evolve, decider.initialState(mapsInMemory()))).toEqual(state);
    }),
  ));

test('every decision names the policy that was in force, and the same events give the same decisions', () =>
  fc.assert(
    fc.property(inputs, (events) => {
      const { log } = play(decider, service, events);
      let file = '';
      let inForce = 0;
      for (const { type, data } of log) {
        if (type === 'PolicyChanged' && data.file !== file) {
          inForce += 1;
          file = data.file;
        }
        if ('policyVersion' in data) expect(data.policyVersion).toBe(inForce);
      }
      expect(play(decider, service, events).log).toEqual(log);
    }),
  ));

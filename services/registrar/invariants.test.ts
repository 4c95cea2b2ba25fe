import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import { type LoggedEvent, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { AliasesChanged, ReviewRecorded } from '../../schemas/events.generated.ts';
import { needsReview, type PolicyInForce, withPolicy } from '../../schemas/models/policy.ts';
import { play } from '../../schemas/testing.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { evaluation, MODEL, promotion, retirement, rollback } from './fixtures.ts';
import { registrar, service } from './service.ts';

const decider = registrar;
const POLICIES: readonly NewEvent[] = [
  policyChanged(MODEL, 'promotion: { margin: 0.2 }'),
  policyChanged(MODEL, 'promotion: { metric: macroF1, gates: { accuracy: { minimum: 0.7 } } }'),
  policyChanged(MODEL, 'promotion: { gates: { accuracy: { ofBaseline: 0.95 }, sizeMb: { maximum: 500 } } }'),
  policyChanged(MODEL, 'review: { approvals: 2 }'),
  policyChanged(MODEL, 'review: { roles: { lead: { people: [ada, bob], approvals: 1 } } }'),
  policyChanged(MODEL, 'review: { approvals: 1 }\npromotion: { gates: { accuracy: { minimum: 0.6 } } }'),
];
const PEOPLE = ['ada', 'bob', 'grace'];
const MODELS = [MODEL, 'others'];
/** The same about another model. */
const about = <T extends NewEvent>(model: string, event: T): T => ({
  ...event,
  data: { ...event.data, model },
});
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
    { weight: 2, arbitrary: version.map((number) => promotion(number)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(version, version, fc.boolean())
        .map(([number, expected, force]) => promotion(number, { expected, force })),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(version, fc.constantFrom(...PEOPLE)).map(([number, requestedBy]) =>
        newEvent('ReviewRequested', {
          ...{ model: MODEL, version: number, reviewId: `of-${number}`, reviewers: [], deadline: null },
          ...{ notes: '', requestedBy },
        }),
      ),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          version,
          fc.integer({ min: 1, max: 8 }),
          fc.boolean(),
          fc.constantFrom(...PEOPLE),
          fc.constantFrom('approved', 'approved', 'changes_requested', 'comment'),
        )
        .map(([number, run, isAsked, requestedBy, outcome]) =>
          newEvent('ReviewGiven', {
            ...{ model: MODEL, outcome, comment: '', requestedBy },
            reviewId: isAsked ? `of-${number}` : `r${run}-review`,
          }),
        ),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.uniqueArray(fc.constantFrom('champion', 'challenger'), { minLength: 1 }),
          fc.option(version),
          fc.option(fc.oneof(version, fc.constant(''))),
        )
        .map(([names, number, expected]) =>
          newEvent('AliasesRequested', {
            ...{ model: MODEL, reason: 'why', requestedBy: 'ada' },
            changes: names.map((alias) => ({ alias, version: number, expected })),
          }),
        ),
    },
    {
      weight: 1,
      arbitrary: version.map((number) =>
        newEvent('VersionExpired', {
          ...{ model: MODEL, version: number, package: 'package', archivedAt: 0, reason: 'the rule' },
          policyVersion: 0,
        }),
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom(...POLICIES) },
    { weight: 1, arbitrary: fc.constantFrom<NewEvent>(rollback, rollback, retirement) },
  ),
  { maxLength: 40 },
);

/** The same for two models, mixed. */
const mixed = fc
  .array(
    fc.tuple(
      fc.constantFrom(...MODELS),
      inputs.map(([first]) => first),
    ),
    { maxLength: 60 },
  )
  .map((pairs) => pairs.flatMap(([model, event]) => (event ? [about(model, event)] : [])));

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
      'GatesEvaluated',
      'ReviewConcluded',
      'ReviewRefused',
      'AliasesChanged',
      'AliasesRefused',
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
        if ('policyVersion' in data && type !== 'VersionExpired') expect(data.policyVersion).toBe(inForce);
      }
      expect(play(decider, service, events).log).toEqual(log);
    }),
  ));

test('nothing is promoted without passing the gates, unless it is forced', () =>
  holds((log) => {
    let policy: PolicyInForce = DEFAULT_POLICY;
    let [gates, isForced]: [boolean | undefined, boolean] = [undefined, false];
    for (const event of log) {
      if (service.reactsTo.includes(event.type)) {
        gates = undefined;
        isForced = event.type === 'PromotionRequested' && event.data.force;
      }
      if (event.type === 'PolicyChanged') policy = withPolicy(policy, event.data);
      if (event.type === 'GatesEvaluated') gates = event.data.passed;
      if (event.type === 'VersionPromoted' && policy.promotion.gates.length > 0 && !isForced)
        expect(gates).toBe(true);
    }
  }));

test('nothing is promoted without the approvals of the policy, and nobody approves what they asked for', () =>
  holds((log) => {
    let policy: PolicyInForce = DEFAULT_POLICY;
    const asked = new Map<string, string>();
    const approvals = new Set<string>();
    for (const event of log) {
      if (event.type === 'PolicyChanged') policy = withPolicy(policy, event.data);
      if (event.type === 'ReviewOpened') asked.set(event.data.reviewId, event.data.requestedBy);
      if (event.type === 'ReviewRecorded' && event.data.outcome === 'approved') {
        expect(event.data.requestedBy).not.toBe(asked.get(event.data.reviewId));
        approvals.add(event.data.version);
      }
      if (event.type === 'VersionPromoted' && policy.review.approvals > 0)
        expect(approvals).toContain(event.data.version);
    }
  }));

function expectEnough({ approvals, roles }: PolicyInForce['review'], people: readonly string[]): void {
  expect(people.length).toBeGreaterThanOrEqual(approvals);
  for (const role of roles) {
    const own = people.filter((who) => role.people.includes(who));
    expect(own.length).toBeGreaterThanOrEqual(role.approvals);
  }
}

/** What a person said last, but for comments. */
function note(
  said: Map<string, Map<string, string>>,
  { reviewId, requestedBy, outcome }: ReviewRecorded,
): void {
  const opinions = said.get(reviewId) ?? new Map<string, string>();
  if (outcome !== 'comment') said.set(reviewId, opinions.set(requestedBy, outcome));
}

const approversIn = (opinions: ReadonlyMap<string, string> = new Map()): string[] =>
  [...opinions].flatMap(([who, what]) => (what === 'approved' ? [who] : []));

test('a review is approved by as many people as the policy says, and by those of its roles', () =>
  holds((log) => {
    let policy: PolicyInForce = DEFAULT_POLICY;
    const said = new Map<string, Map<string, string>>();
    const approved = new Set<string>();
    for (const event of log) {
      if (event.type === 'PolicyChanged') policy = withPolicy(policy, event.data);
      if (event.type === 'ReviewRecorded') note(said, event.data);
      if (event.type === 'ReviewConcluded' && event.data.outcome === 'approved') {
        const { reviewId, version } = event.data;
        const people = approversIn(said.get(reviewId));
        expectEnough(policy.review, people);
        approved.add(version);
      }
      if (event.type === 'VersionPromoted' && needsReview(policy.review))
        expect(approved).toContain(event.data.version);
    }
  }));

/** What was asked for has changed, from what was expected, and nothing else. */
function expectAsked(before: AliasesChanged['aliases'], { aliases, changes }: AliasesChanged): void {
  for (const { alias, version, expected } of changes) {
    if (expected !== null) expect(before[alias] ?? '').toBe(expected);
    expect(aliases[alias] ?? null).toBe(version);
  }
  const changed = new Set(changes.map(({ alias }) => alias));
  const others = Object.entries(before).filter(([alias]) => !changed.has(alias));
  expect(aliases).toMatchObject(Object.fromEntries(others));
}

test('aliases stand for versions that there are, and change only as those who asked expected', () =>
  holds((log) => {
    const versions = new Set<string>();
    let aliases: Readonly<Record<string, string>> = {};
    for (const { type, data } of log) {
      if (type === 'VersionRegistered') versions.add(data.version);
      if (type !== 'AliasesChanged') continue;
      expectAsked(aliases, data);
      for (const version of Object.values(data.aliases)) expect(versions).toContain(version);
      aliases = data.aliases;
    }
  }));

test('a version whose package was deleted never comes back', () =>
  holds((log) => {
    const gone = new Set<string>();
    let cause: LoggedEvent | undefined;
    for (const event of log) {
      if (service.reactsTo.includes(event.type)) cause = event;
      if (event.type === 'VersionExpired') gone.add(event.data.version);
      // what is evaluated just now has a package: the rule spares what is not archived
      if (
        event.type === 'VersionRolledBack' ||
        (event.type === 'VersionPromoted' && cause?.type !== 'EvaluationCompleted')
      )
        expect(gone).not.toContain(event.data.version);
    }
  }));

test('every refusal has a code and a reason', () =>
  holds((log) => {
    for (const { type, data } of log) {
      if (type.endsWith('Refused'))
        expect(data).toMatchObject({
          code: expect.stringMatching(/^[A-Z_]+$/),
          reason: expect.stringMatching(/\w{2}/),
        });
    }
  }));

test('a rollback restores exactly what was there: its package, its run, its dataset', () =>
  holds((log) => {
    const before = new Map<string, unknown>();
    for (const { type, data } of log) {
      if (type !== 'VersionPromoted' && type !== 'VersionRolledBack') continue;
      const { version, package: digest, runId, datasetId, evaluationId } = data;
      const origin = { digest, runId, datasetId, evaluationId };
      if (type === 'VersionRolledBack') expect(before.get(version)).toEqual(origin);
      else before.set(version, origin);
    }
  }));

test('two models beside each other are each decided as if it were alone', () =>
  fc.assert(
    fc.property(mixed, (events) => {
      const { log } = play(decider, service, events);
      for (const model of MODELS) {
        const alone = play(
          decider,
          service,
          events.filter(({ data }) => 'model' in data && data.model === model),
        ).log;
        const own = log.filter(({ data }) => 'model' in data && data.model === model);
        const told = (all: readonly LoggedEvent[]) =>
          all.map(
            ({ type, data }) => `${type} ${JSON.stringify(data).replaceAll(/1970-[^ ]+Z|reviewed-\d+/g, '')}`,
          );
        expect(told(own)).toEqual(told(alone));
      }
    }),
    { numRuns: 100 },
  ));

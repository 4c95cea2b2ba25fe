import { describe, expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec, recorded } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { evaluation, MODEL, promoted, promotion, registered } from './fixtures.ts';
import { registrar } from './service.ts';

const { given } = deciderSpec(registrar);
type Input = Parameters<ReturnType<typeof given>['when']>[0];

const two = policyChanged(
  MODEL,
  'review: { approvals: 2, deadline: 1h, roles: { lead: { people: [grace], approvals: 1 }, team: { people: [bob, ada] } } }',
);
const asked = (reviewers: string[] = [], requestedBy = 'ada', version = 'v1.1.0') =>
  newEvent('ReviewRequested', {
    ...{ model: MODEL, version, reviewId: 'r', reviewers, deadline: null, notes: 'look', requestedBy },
  });
const says = (requestedBy: string, outcome = 'approved', comment = '') =>
  newEvent('ReviewGiven', { model: MODEL, reviewId: 'r', outcome, comment, requestedBy });
const past: NewEvent[] = [two, registered(1, 0.8), promoted(1, null), evaluation(2, 0.9), registered(2, 0.9)];

/** What has happened after some requests, the registrar's own facts among it. */
function played(before: readonly NewEvent[], ...inputs: readonly Input[]): NewEvent[] {
  const events = [...before];
  for (const input of inputs) {
    const facts = given(...events)
      .when(input)
      .decide();
    events.push(input, ...facts);
  }
  return events;
}
const refused = (code: string, reason: RegExp) => ({
  type: 'ReviewRefused',
  data: { code, reason: expect.stringMatching(reason) },
});

describe('a review', () => {
  const open = played(past, asked());

  test('is concluded by the approvals and the roles that the policy asks for', () => {
    const byBob = played(open, says('bob'));
    expect(byBob.at(-1)).toMatchObject({ type: 'ReviewRecorded', data: { approvals: 1, roles: ['team'] } });
    given(...byBob)
      .when(says('grace'))
      .thenMatch(
        { type: 'ReviewRecorded', data: { approvals: 2, roles: ['lead'] } },
        { type: 'ReviewConcluded', data: { outcome: 'approved', reason: 'approved by bob, grace' } },
        { type: 'EvaluationRequested', data: { baseline: { version: 'v1.0.0' }, runId: 'r2' } },
      );
  });

  test('counts each person once, and what was said last', () =>
    given(...played(open, says('bob'), says('bob')))
      .when(says('bob', 'comment', 'hm'))
      .thenMatch({ type: 'ReviewRecorded', data: { approvals: 1 } }));

  test('ends when changes are requested, and takes no more opinions', () => {
    const ended = played(open, says('grace', 'changes_requested', 'too slow'));
    expect(ended.at(-1)).toMatchObject({ data: { outcome: 'changes_requested', reason: 'grace: too slow' } });
    given(...ended)
      .when(says('bob'))
      .thenMatch(refused('CONFLICT', /has ended \(changes_requested\)/));
  });

  test.each([
    ['of the one who asked', says('ada'), 'CONFLICT', /ada asked for this review/],
    [
      'of someone without a role',
      says('eve'),
      'CONFLICT',
      /eve has none of the roles of the policy \(lead, team\)/,
    ],
    ['of an unknown kind', says('bob', 'maybe'), 'INPUT_INVALID', /there is no outcome maybe/],
    [
      'of an unknown review',
      { ...says('bob'), data: { ...says('bob').data, reviewId: 'x' } },
      'NOT_FOUND',
      /no review x/,
    ],
  ] as const)('refuses an opinion %s', (_, opinion, code, reason) =>
    given(...open)
      .when(opinion)
      .thenMatch(refused(code, reason)),
  );

  test('takes opinions of those who are asked, where it names them', () =>
    given(...played(past, asked(['grace'])))
      .when(says('bob'))
      .thenMatch(refused('CONFLICT', /bob is not asked, grace are/)));

  test('is refused for a version that there is not, by oneself, and where one is open', () => {
    given(...past)
      .when(asked([], 'ada', 'v9.9.9'))
      .thenMatch(refused('NOT_FOUND', /there is no v9.9.9/));
    given(...past)
      .when(asked([], 'ada', 'v1.1'))
      .thenMatch(refused('NOT_FOUND', /did you mean 'v1\.1\.0'/));
    given(...past)
      .when(asked(['ada']))
      .thenMatch(refused('INPUT_INVALID', /ada cannot review/));
    given(...open)
      .when(asked())
      .thenMatch(refused('CONFLICT', /there is a review r already/));
  });

  test('becomes overdue at its deadline, which the policy sets', () => {
    const state = open.reduce(
      (models, event, index) => registrar.evolve(models, recorded(event, index)),
      registrar.initialState(mapsInMemory()),
    );
    const [timer] = registrar.timers!(state);
    expect(timer).toMatchObject({
      dueAt: 3_600_000 + past.length,
      event: { type: 'ReviewOverdue', data: { missing: '2 more, 1 of lead' } },
    });
    expect(registrar.timers!(registrar.evolve(state, recorded(timer!.event, 9)))).toEqual([]);
  });
});

describe('where the policy asks for a review', () => {
  const better = evaluation(2, 0.9, { version: 'v1.0.0', accuracy: 0.8 });

  test('a better version opens one, and is promoted by the evaluation after it', () => {
    const waiting = played([two, registered(1, 0.8), promoted(1, null)], better);
    expect(waiting.slice(-2)).toMatchObject([
      { type: 'VersionRegistered' },
      { type: 'ReviewOpened', data: { reviewId: 'r2-review', requestedBy: 'registrar', approvals: 2 } },
    ]);
    const opinion = (who: string) => ({ ...says(who), data: { ...says(who).data, reviewId: 'r2-review' } });
    const approved = played(waiting, opinion('bob'), opinion('grace'));
    given(...approved)
      .when(better)
      .thenMatch({ type: 'VersionPromoted' }, { type: 'VersionArchived' });
  });

  test('nobody promotes without one, not by force either', () => {
    for (const force of [false, true])
      given(...past)
        .when(promotion('v1.1.0', { force }))
        .thenMatch({
          type: 'PromotionRefused',
          data: { code: 'REVIEW_MISSING', reason: expect.stringMatching(/asks for 2 approvals, 1 of lead/) },
        });
    given(...played(past, asked(), says('bob'), says('grace')))
      .when(promotion('v1.1.0'))
      .thenMatch({ type: 'VersionPromoted' }, { type: 'VersionArchived' });
  });
});

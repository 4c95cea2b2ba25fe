import { expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec, play } from '../../schemas/testing.ts';
import { fails, promoted, serves } from './fixtures.ts';
import { monitor, service } from './service.ts';

const decider = monitor(1_000);
const { given } = deciderSpec(decider);

const asked = (given: Partial<NewEvent<'AlertSilenceRequested'>['data']> = {}) =>
  newEvent('AlertSilenceRequested', {
    monitorId: 'topics/serving',
    model: 'topics',
    kind: 'serving',
    until: 1_000,
    reason: 'a package is exchanged',
    requestedBy: 'ada',
    ...given,
  });
const ended = (number = 1) =>
  newEvent('SilenceEnded', {
    monitorId: 'topics/serving',
    silenceId: `topics/serving/silence/${number}`,
    model: 'topics',
    kind: 'serving',
    dueAt: 1_000,
  });
const alerts = (...inputs: readonly NewEvent[]) =>
  play(decider, service, inputs).log.flatMap(({ type, data }) =>
    type.startsWith('Alert') && type !== 'AlertSilenceRequested'
      ? [[type, 'silenceId' in data ? data.silenceId : undefined]]
      : [],
  );
const first = 'topics/serving/silence/1';

test('an alert in a silence is raised and resolved as ever, and names the silence', () =>
  expect(alerts(promoted('v1.0.0'), asked(), fails('one'), serves('one'), ended(), fails('one'))).toEqual([
    ['AlertSilenced', first],
    ['AlertRaised', first],
    ['AlertResolved', first],
    ['AlertRaised', null],
  ]));

test('people are told of an alert that outlasts its silence, once', () =>
  expect(alerts(promoted('v1.0.0'), asked(), fails('one'), ended(), serves('one'))).toEqual([
    ['AlertSilenced', first],
    ['AlertRaised', first],
    ['AlertUnsilenced', undefined],
    ['AlertResolved', null],
  ]));

test('an alert from before a silence is resolved in it without a word, and not told again', () =>
  expect(alerts(promoted('v1.0.0'), fails('one'), asked(), ended(), serves('one'))).toEqual([
    ['AlertRaised', null],
    ['AlertSilenced', first],
    ['AlertResolved', null],
  ]));

test('a silence takes the place of the one before', () => {
  const later = asked({ until: 5_000 });
  expect(alerts(promoted('v1.0.0'), asked(), later, fails('one'), ended(1))).toEqual([
    ['AlertSilenced', first],
    ['AlertSilenced', 'topics/serving/silence/2'],
    ['AlertRaised', 'topics/serving/silence/2'],
  ]);
  expect(alerts(promoted('v1.0.0'), asked(), fails('one'), later, ended(2)).at(-1)).toEqual([
    'AlertUnsilenced',
    undefined,
  ]);
});

test('the silence of one monitor leaves the others alone', () =>
  expect(
    alerts(promoted('v1.0.0'), asked({ monitorId: 'topics/drift', kind: 'drift' }), fails('one')),
  ).toEqual([
    ['AlertSilenced', 'topics/drift/silence/1'],
    ['AlertRaised', null],
  ]));

test.each([
  [{ until: 0 }, /must end later than now: 1970-01-01T00:00:00.000Z is over/],
  [{ until: 400 * 86_400_000 }, /a year at most/],
  [{ reason: '  ' }, /needs a reason/],
  [{ kind: 'serveng', monitorId: 'topics/serveng' }, /there is no monitor 'serveng': did you mean serving/],
  [{ monitorId: 'other/serving' }, /other\/serving is not the monitor serving of topics/],
])('%o is refused', (given_, reason) => {
  given(promoted('v1.0.0'))
    .when(asked(given_))
    .thenMatch({
      type: 'AlertSilenceRefused',
      data: { code: 'INPUT_INVALID', reason: expect.stringMatching(reason) },
    });
});

test('a silence has a timer until it ends', () => {
  const { state } = play(decider, service, [promoted('v1.0.0'), asked()]);
  expect(decider.timers?.(state).map(({ dueAt, event }) => [dueAt, event.type])).toContainEqual([
    1_000,
    'SilenceEnded',
  ]);
  const after = play(decider, service, [promoted('v1.0.0'), asked(), ended()]).state;
  expect(decider.timers?.(after).some(({ event }) => event.type === 'SilenceEnded')).toBe(false);
});

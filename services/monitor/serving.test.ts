import { describe, expect, test } from 'vitest';
import { PLAIN_ALERT } from '../../schemas/alerts/plain.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec, play } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import {
  ended,
  evaluated,
  fails,
  ofLength,
  promoted,
  retired,
  rolledBack,
  sealed,
  serves,
  times,
} from './fixtures.ts';
import { monitor, service } from './service.ts';

const decider = monitor(1_000);
const { given } = deciderSpec(decider);

/** The alerts that a history leads to. */
const alerts = (...inputs: readonly NewEvent[]) =>
  play(decider, service, inputs).log.filter(({ type }) => type.startsWith('Alert'));
const typesOf = (events: readonly NewEvent[]) => events.map(({ type }) => type);

test('an instance that cannot serve the version in production raises an alert that says what answers', () =>
  given(promoted('v1.0.0'))
    .when(fails('one'))
    .thenExactly({
      type: 'AlertRaised',
      data: {
        monitorId: 'topics/serving',
        alertId: 'topics/serving/1',
        model: 'topics',
        version: 'v1.0.0',
        cause: 'serving',
        reason: 'one cannot serve v1.0.0, v0.9.0 answers instead: it is torn',
        ...PLAIN_ALERT,
        severity: 'critical',
        policyVersion: 0,
      },
    }));

test('the alert is resolved when every instance serves the version, and raised again when one fails', () => {
  expect(typesOf(alerts(fails('one'), fails('two'), serves('one')))).toEqual(['AlertRaised']);
  expect(alerts(fails('one'), fails('two'), serves('one'), serves('two'), fails('two'))).toMatchObject([
    { type: 'AlertRaised' },
    { type: 'AlertResolved', data: { alertId: 'topics/serving/1', reason: 'v1.0.0 is served' } },
    { type: 'AlertRaised', data: { alertId: 'topics/serving/2' } },
  ]);
});

test('a later promotion does not resolve the alert, a report on it does, also for an instance that is gone', () => {
  const failing = [promoted('v1.0.0'), fails('one'), fails('gone'), promoted('v1.0.0')];
  expect(typesOf(alerts(...failing))).toEqual(['AlertRaised']);
  expect(typesOf(alerts(...failing, serves('one', 3)))).toEqual(['AlertRaised', 'AlertResolved']);
});

test('a late report on an earlier decision does not resolve the alert', () => {
  expect(typesOf(alerts(fails('one', 3), serves('two', 2)))).toEqual(['AlertRaised']);
});

test('an instance that serves the version raises no alert', () => {
  given(promoted('v1.0.0')).when(serves('one')).thenNothing();
});

test('a retired model has no alert, and is not measured', () => {
  const long = (index: number) => ofLength(index, 200);
  const windows = policyChanged('topics', 'drift: { window: 40 }');
  const drifting = [windows, sealed, evaluated, promoted('v1.0.0'), ...times(40, long), fails('one')];
  const after = alerts(...drifting, retired, ended('one'), ...times(80, long, 40));
  expect(after.map(({ type, data }) => [type, 'reason' in data && data.reason])).toEqual([
    ['AlertRaised', expect.stringMatching(/^textLength/)],
    ['AlertRaised', expect.stringMatching(/torn/)],
    ['AlertResolved', 'topics is retired'],
    ['AlertResolved', 'topics is retired'],
  ]);
});

describe('the guard of production', () => {
  const tripped = (version: string, previous: string | null) =>
    newEvent('GuardTripped', {
      target: 'topics/production',
      model: 'topics',
      environment: 'production',
      version,
      previous,
      measurementId: 'm',
      predictions: 200,
      failures: 50,
      errorRate: 0.25,
      p95Ms: 20,
      code: previous === null ? 'RESTORED_BEFORE' : 'ROLLED_BACK',
      reason: `${version} fails`,
      policyVersion: 0,
    });
  const first = [promoted('v1.0.0'), promoted('v1.1.0'), tripped('v1.1.0', 'v1.0.0')];

  test('raises an alert that outlasts its own rollback, and that a later decision resolves', () => {
    const restored = [...first, rolledBack('v1.0.0', 'v1.1.0', 'guard')];
    expect(alerts(...restored)).toMatchObject([
      { type: 'AlertRaised', data: { monitorId: 'topics/guard', cause: 'guard', reason: 'v1.1.0 fails' } },
    ]);
    expect(typesOf(alerts(...restored, promoted('v1.2.0')))).toEqual(['AlertRaised', 'AlertResolved']);
  });

  test('raises another one when the version that came back is no better', () =>
    expect(alerts(...first, rolledBack('v1.0.0', 'v1.1.0', 'guard'), tripped('v1.0.0', null))).toMatchObject([
      { type: 'AlertRaised', data: { alertId: 'topics/guard/1' } },
      { type: 'AlertResolved', data: { alertId: 'topics/guard/1' } },
      { type: 'AlertRaised', data: { alertId: 'topics/guard/2', reason: 'v1.0.0 fails' } },
    ]));
});

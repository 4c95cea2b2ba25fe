import { describe, expect, test } from 'vitest';
import { deciderSpec } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { degraded, guardMeasured, MODEL, promoted, registered, rolledBackTo } from './fixtures.ts';
import { deployer } from './service.ts';

const { given } = deciderSpec(deployer);
const production = [registered('v1.0.0'), promoted('v1.0.0'), registered('v1.1.0'), promoted('v1.1.0')];
const suspected = [...production, degraded('v1.1.0')];
const failing = guardMeasured({ failures: 50 });

const tripped = (code: string, previous: string | null, reason: RegExp) => ({
  type: 'GuardTripped',
  data: { code, previous, reason: expect.stringMatching(reason), measurementId: 's1-guard' },
});

describe('what a predictor sees', () => {
  test('is measured over the log, once', () => {
    given(...production)
      .when(degraded('v1.1.0'))
      .thenMatch({
        type: 'MeasurementRequested',
        data: {
          measurementId: 's1-guard',
          query: 'deployments/guard',
          parameters: { model: MODEL, version: 'v1.1.0', since: '1000' },
        },
      });
    given(...suspected)
      .when(degraded('v1.1.0', 's2'))
      .thenNothing();
  });

  test('of a version that is not in production is not measured', () =>
    given(...production)
      .when(degraded('v1.0.0'))
      .thenNothing());
});

describe('a version in production out of its bounds', () => {
  test('is rolled back, with the numbers', () =>
    given(...suspected)
      .when(failing)
      .thenMatch(tripped('ROLLED_BACK', 'v1.0.0', /^50 of 200 predictions failed, 25\.0%? ?.*limit/), {
        type: 'RollbackRequested',
        data: { from: 'v1.1.0', to: null, requestedBy: 'guard' },
      }));

  test('is rolled back for its latency', () =>
    given(...suspected)
      .when(guardMeasured({ p95Ms: 900 }))
      .thenMatch(
        tripped('ROLLED_BACK', 'v1.0.0', /p95 latency of 200 predictions is 900 ms \(limit 500 ms\)/),
        {
          type: 'RollbackRequested',
        },
      ));

  test('goes on where no version was before it', () =>
    given(registered('v1.0.0'), promoted('v1.0.0'), degraded('v1.0.0'))
      .when(failing)
      .thenMatch(tripped('NO_VERSION_BEFORE', null, /goes on answering/)));

  test('goes on where the guard has brought it back: it is hardly the cause', () => {
    const [, third] = [registered('v1.2.0'), promoted('v1.2.0')];
    const back = [...production, third, rolledBackTo('v1.1.0', 'v1.2.0', 'guard'), degraded('v1.1.0')];
    given(...back)
      .when(failing)
      .thenMatch(tripped('RESTORED_BEFORE', null, /brought back by the guard, and is no better/));
    given(...production, third, rolledBackTo('v1.1.0', 'v1.2.0', 'ada'), degraded('v1.1.0'))
      .when(failing)
      .thenMatch({ type: 'GuardTripped', data: { code: 'ROLLED_BACK' } }, { type: 'RollbackRequested' });
  });

  test('is decided on once, until something else is in production', () => {
    const decided = given(...suspected)
      .when(failing)
      .decide();
    given(...suspected, failing, ...decided)
      .when(degraded('v1.1.0', 's2'))
      .thenNothing();
  });
});

describe('nothing is rolled back', () => {
  test.each([
    ['when all is within bounds', guardMeasured()],
    ['at the limits', guardMeasured({ failures: 20, p95Ms: 500 })],
    ['with too few predictions', guardMeasured({ predictions: 90, failures: 80, timed: 10, p95Ms: 900 })],
    ['by another measurement', guardMeasured({ failures: 200 }, 's9')],
  ])('%s', (_, numbers) =>
    given(...suspected)
      .when(numbers)
      .thenNothing(),
  );

  test('when the policy guards neither', () =>
    given(policyChanged(MODEL, 'guard: { errorRate: null, p95Ms: null }'), ...suspected)
      .when(guardMeasured({ failures: 200, p95Ms: 900 }))
      .thenNothing());

  test('when another version went into production meanwhile', () =>
    given(...suspected, promoted('v1.0.0'))
      .when(failing)
      .thenNothing());
});

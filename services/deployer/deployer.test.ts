import { describe, expect, test } from 'vitest';
import { deciderSpec } from '../../schemas/testing.ts';
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
  unreadable,
} from './fixtures.ts';
import { deployer } from './service.ts';

const { given } = deciderSpec(deployer);
const production = [registered('v1.0.0'), promoted('v1.0.0'), registered('v1.1.0')];
// the clock of these tests counts events: a stage of no least time passes at once
const POLICY = 'rollout: { strategy: canary, stages: [10, 50], dwell: 1s, minimumSamples: 100 }';
const canary = [...production, policyChanged(MODEL, POLICY)];

const started = (strategy: string, stages: number[], policyVersion = 1) => ({
  type: 'DeploymentStarted',
  data: { version: 'v1.1.0', previous: 'v1.0.0', package: 'package-v1.1.0', strategy, stages, policyVersion },
});
const refused = (code: string, reason: RegExp) => ({
  type: 'DeploymentRefused',
  data: { code, reason: expect.stringMatching(reason) },
});
const back = (code: string, reason: RegExp) => ({
  type: 'DeploymentRolledBack',
  data: { version: 'v1.1.0', previous: 'v1.0.0', code, reason: expect.stringMatching(reason) },
});

describe('a deployment that is asked for', () => {
  test('starts as the policy of the model says', () =>
    given(...canary)
      .when(deployment('v1.1.0'))
      .thenMatch(started('canary', [10, 50, 100])));

  test('or as the request says, in all the stages of a policy that names none', () => {
    given(...production)
      .when(deployment('v1.1.0', 'canary'))
      .thenMatch(started('canary', [5, 10, 25, 50, 100], 0));
    given(...production)
      .when(deployment('v1.1.0', 'blue-green'))
      .thenMatch(started('blue-green', [100], 0));
    given(...production)
      .when(deployment('v1.1.0', 'shadow'))
      .thenMatch(started('shadow', [], 0));
  });

  test('takes over at once where nothing is in production, or nothing else was asked for', () => {
    const shifted = { type: 'TrafficShifted', data: { stage: 1, share: 100, previousShare: 0 } };
    const completed = { type: 'DeploymentCompleted', data: { version: 'v1.1.0', strategy: 'immediate' } };
    given(registered('v1.1.0'))
      .when(deployment('v1.1.0', 'canary'))
      .thenMatch({ type: 'DeploymentStarted', data: { previous: null } }, shifted, completed);
    given(...production)
      .when(deployment('v1.1.0'))
      .thenMatch(started('immediate', [100], 0), shifted, completed);
  });

  test.each([
    [
      'of a version that there is not',
      [],
      deployment('v1.1.1'),
      'NOT_FOUND',
      /no v1\.1\.1 .*did you mean 'v1\.[01]\.[01]'/,
    ],
    ['of the version in production', [], deployment('v1.0.0'), 'CONFLICT', /is in production already/],
    [
      'by a strategy that there is not',
      [],
      deployment('v1.1.0', 'yellow'),
      'INPUT_INVALID',
      /immediate, blue-green/,
    ],
    ['of a retired model', [retired], deployment('v1.1.0'), 'CONFLICT', /is retired: promote/],
    [
      'while another runs',
      [deploymentStarted()],
      deployment('v1.1.0', 'canary', 'd2'),
      'CONFLICT',
      /deploy abort/,
    ],
  ] as const)('%s is refused', (_, earlier, request, code, reason) =>
    given(...production, ...earlier)
      .when(request)
      .thenMatch(refused(code, reason)),
  );
});

function deploymentStarted() {
  const [event] = given(...canary)
    .when(deployment('v1.1.0'))
    .decide();
  return event!;
}
function shifted() {
  const [event] = given(...canary, deploymentStarted())
    .when(ready('v1.1.0'))
    .decide();
  return event!;
}
const loading = [...canary, deploymentStarted()];
const first = [...loading, shifted()];

describe('the candidate', () => {
  test('gets its first share when a predictor has it loaded and warm', () =>
    given(...loading)
      .when(ready('v1.1.0'))
      .thenMatch({ type: 'TrafficShifted', data: { stage: 1, share: 10, previousShare: 0 } }));

  test('gets it once, however many predictors there are', () =>
    given(...first)
      .when(ready('v1.1.0'))
      .thenNothing());

  test.each([
    [
      'is too large',
      ready('v1.1.0', { bytes: 600 * 1024 * 1024 }),
      'VALIDATION_FAILED',
      /600 MB, and 500 MB are allowed/,
    ],
    [
      'is too slow',
      ready('v1.1.0', { p95Ms: 140 }),
      'VALIDATION_FAILED',
      /140\.0 ms, and 100 ms are allowed/,
    ],
    ['cannot be read', unreadable('v1.1.0'), 'PACKAGE_INVALID', /host-1: it is torn/],
  ] as const)('gets nothing when it %s', (_, event, code, reason) =>
    given(...loading)
      .when(event)
      .thenMatch(back(code, reason)),
  );

  test('is taken back when its package goes while it has traffic', () =>
    given(...first)
      .when(unreadable('v1.1.0'))
      .thenMatch(back('PACKAGE_INVALID', /torn/)));
});

describe('a review', () => {
  const due = [...first, reviewDue(1, 1)];
  const answered = { predictions: 2_000, labelled: 500, correct: 400 };

  test('asks for the numbers of the stage', () =>
    given(...due)
      .when(reviewDue(1, 1))
      .thenMatch({
        type: 'MeasurementRequested',
        data: {
          measurementId: 'd1-stage-1-review-1',
          query: 'deployments/arms',
          parameters: { deploymentId: 'd1', stage: '1' },
        },
      }));

  test('lets the stage go on before its time, and with too few predictions', () => {
    given(...due)
      .when(measured(1, 1, answered, answered))
      .thenNothing();
    given(...due)
      .when(measured(1, 1, { predictions: 50 }, answered))
      .thenNothing();
  });

  test('fails a stage that has had its time without a decision', () => {
    const { type, data } = policyChanged(MODEL, `${POLICY.slice(0, -2)}, maximumDwell: 1s }`);
    const rule = { ...data.rollout, dwell: 0, maximumDwell: 0 };
    const hurried = [
      ...production,
      { type, data: { ...data, rollout: rule } },
      deploymentStarted(),
      shifted(),
    ];
    given(...hurried, reviewDue(1, 1))
      .when(measured(1, 1, { predictions: 50 }, answered))
      .thenMatch({ type: 'StageFailed' }, back('STAGE_FAILED', /^no decision in time; 50 predictions/));
    given(...hurried, reviewDue(1, 1))
      .when(measured(1, 1, answered, answered))
      .thenMatch({ type: 'StagePassed' }, { type: 'TrafficShifted' });
  });

  test('of another stage counts for nothing', () =>
    given(...due)
      .when(measured(2, 1, { ...answered, failures: 1_000 }, answered))
      .thenNothing());

  test.each([
    ['fails too often', { ...answered, failures: 200 }, /error/],
    ['is slow', { ...answered, latencyMs: 40 }, /latency|p95/],
    ['is wrong too often', { ...answered, correct: 250 }, /accuracy/],
    ['answers something else', { ...answered, labels: [1_900, 100] }, /label/],
  ])('rolls back a candidate that %s, at any time', (_, candidate, reason) =>
    given(...due)
      .when(measured(1, 1, candidate, answered))
      .thenMatch({ type: 'StageFailed', data: { stage: 1, share: 10 } }, back('STAGE_FAILED', reason)),
  );
});

describe('a deployment ends with the version before in production', () => {
  test('when somebody aborts it', () =>
    given(...first)
      .when(abortion)
      .thenMatch({ type: 'DeploymentRolledBack', data: { code: 'ABORTED', requestedBy: 'bob' } }));

  test('when something else goes into production, or the model is retired', () => {
    given(...first, registered('v1.2.0'))
      .when(promoted('v1.2.0'))
      .thenMatch(back('SUPERSEDED', /v1\.2\.0 went into/));
    given(...first)
      .when(retired)
      .thenMatch(back('SUPERSEDED', /was retired/));
  });

  test('and an abort of nothing is refused', () =>
    given(...production)
      .when(abortion)
      .thenMatch(refused('NOT_FOUND', /nothing of topics is being deployed/)));
});

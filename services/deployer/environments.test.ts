import { describe, expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { targetOf } from '../../schemas/deployments/running.ts';
import { deciderSpec } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { deployment, MODEL, promoted, ready, registered, retired, unreadable } from './fixtures.ts';
import { deployer } from './service.ts';

const { given } = deciderSpec(deployer);
const production = [registered('v1.0.0'), promoted('v1.0.0'), registered('v1.1.0')];
const to = (environment: string, version: string, strategy: string | null = null, id = 'd1') => {
  const { type, data } = deployment(version, strategy, id);
  return { type, data: { ...data, environment, target: targetOf(MODEL, environment) } };
};
const refused = (code: string, reason: RegExp) => ({
  type: 'DeploymentRefused',
  data: { code, reason: expect.stringMatching(reason) },
});
type Input = Parameters<ReturnType<typeof given>['when']>[0];

/** What has happened after some requests and reports, the deployer's own facts among it. */
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
const staged = played(production, to('staging', 'v1.1.0'), ready('v1.1.0'), ready('v1.1.0'));

describe('another environment', () => {
  test('gets a version that is loaded and validated first, also the first one there', () => {
    given(...production)
      .when(to('staging', 'v1.1.0', 'immediate'))
      .thenMatch({
        type: 'DeploymentStarted',
        data: { environment: 'staging', previous: null, strategy: 'blue-green' },
      });
    expect(staged.map(({ type }) => type).slice(-5)).toEqual([
      'DeploymentStarted',
      'CandidateReady',
      'TrafficShifted',
      'CandidateReady',
      'DeploymentCompleted',
    ]);
  });

  test('has a deployment of its own beside one to production', () =>
    given(...played(production, to('staging', 'v1.1.0')))
      .when(deployment('v1.1.0', 'canary', 'd2'))
      .thenMatch({ type: 'DeploymentStarted', data: { environment: 'production', previous: 'v1.0.0' } }));

  test('keeps its deployment when something else goes into production, not when the model is retired', () => {
    const running = played(production, to('staging', 'v1.1.0'));
    given(...running)
      .when(promoted('v1.1.0'))
      .thenNothing();
    given(...running)
      .when(retired)
      .thenMatch({ type: 'DeploymentRolledBack', data: { environment: 'staging', code: 'SUPERSEDED' } });
  });

  test('is refused what it has, and a name that is none', () => {
    given(...staged)
      .when(to('staging', 'v1.1.0', null, 'd2'))
      .thenMatch(refused('CONFLICT', /^v1\.1\.0 of topics is in staging already$/));
    given(...production)
      .when(to('Test Lab', 'v1.1.0'))
      .thenMatch(refused('INPUT_INVALID', /'Test Lab' is no name of an environment/));
  });
});

describe('a policy that requires staging', () => {
  const policy = (ms: number): NewEvent => {
    const { type, data } = policyChanged(MODEL, 'rollout: { requires: { staging: 1h } }');
    return { type, data: { ...data, rollout: { ...data.rollout, requires: { staging: ms } } } };
  };

  test('a version that has not answered long enough in staging is refused', () => {
    given(...production, policy(3_600_000))
      .when(deployment('v1.1.0', 'canary', 'd2'))
      .thenMatch(
        refused(
          'CONFLICT',
          /requires 1 h in staging, .* for 0 s; deploy it there first: epochlog deploy v1\.1\.0/,
        ),
      );
    given(...staged, policy(3_600_000))
      .when(deployment('v1.1.0', 'canary', 'd2'))
      .thenMatch(refused('CONFLICT', /ask again in/));
  });

  test('one that has is deployed, and so is one that was in production before', () => {
    given(...staged, policy(1), registered('v1.2.0'), registered('v1.3.0'))
      .when(deployment('v1.1.0', 'canary', 'd2'))
      .thenMatch({ type: 'DeploymentStarted' });
    given(...production, promoted('v1.1.0'), policy(3_600_000))
      .when(deployment('v1.0.0', 'canary', 'd2'))
      .thenMatch({ type: 'DeploymentStarted' });
  });
});

describe('a version with all the traffic', () => {
  const shifted = played(production, deployment('v1.1.0', 'blue-green'), ready('v1.1.0'));

  test('is not promoted before its package is found whole', () => {
    expect(shifted.at(-1)).toMatchObject({ type: 'TrafficShifted', data: { share: 100 } });
    given(...shifted)
      .when(ready('v1.1.0'))
      .thenMatch({ type: 'DeploymentCompleted' });
    given(...shifted)
      .when(unreadable('v1.1.0'))
      .thenMatch({ type: 'DeploymentRolledBack', data: { code: 'PACKAGE_INVALID', previous: 'v1.0.0' } });
  });

  test('is promoted before another deployment may begin', () => {
    const completed = played(shifted, ready('v1.1.0'));
    given(...completed, registered('v1.2.0'))
      .when(deployment('v1.2.0', 'canary', 'd2'))
      .thenMatch(refused('CONFLICT', /v1\.1\.0 has all the traffic and is being promoted: ask again/));
    given(...completed, registered('v1.2.0'), promoted('v1.1.0'))
      .when(deployment('v1.2.0', 'canary', 'd2'))
      .thenMatch({ type: 'DeploymentStarted' });
  });
});

test('the limits of validation are those of the policy', () => {
  const strict = [...production, policyChanged(MODEL, 'rollout: { maximumMb: 1, maximumP95Ms: 5 }')];
  const loading = played(strict, deployment('v1.1.0', 'blue-green'));
  for (const [report, reason] of [
    [ready('v1.1.0', { bytes: 2 * 1024 * 1024 }), /2 MB, and 1 MB are allowed/],
    [ready('v1.1.0', { p95Ms: 6 }), /6\.0 ms, and 5 ms are allowed/],
  ] as const)
    given(...loading)
      .when(report)
      .thenMatch({
        type: 'DeploymentRolledBack',
        data: { code: 'VALIDATION_FAILED', reason: expect.stringMatching(reason) },
      });
});

describe('the gates of an environment', () => {
  const gated = policyChanged(
    MODEL,
    'promotion: { gates: { sizeMb: { maximum: 5, targets: [production] } } }',
  );
  const evaluated = (passed: boolean, target = 'production') =>
    newEvent('GatesEvaluated', {
      ...{ model: MODEL, version: 'v1.1.0', target, passed, evaluationId: 'e', baseline: null },
      checks: [
        {
          ...{ metric: 'sizeMb', rule: 'maximum', value: 6, comparison: '<=', threshold: 5, baseline: null },
          ...{ unit: 'MB', level: 'critical', passed, reason: 'sizeMb of 6 MB is above the maximum' },
        },
      ],
      requestedBy: 'ada',
      policyVersion: 1,
    });
  const asked = deployment('v1.1.0', null);

  test('must have been evaluated and passed before a version is deployed there', () => {
    given(...production, gated)
      .when(asked)
      .thenMatch(refused('CONFLICT', /was not held against them: epochlog gate v1.1.0/));
    given(...production, gated, evaluated(true, 'staging'), evaluated(false))
      .when(asked)
      .thenMatch(refused('CONFLICT', /does not pass the gates of production: sizeMb of 6 MB is above/));
    given(...production, gated, evaluated(false), evaluated(true))
      .when(asked)
      .thenMatch({ type: 'DeploymentStarted' }, {}, {});
  });

  test('guard that one only, and not against what was there before', () => {
    given(...production, gated)
      .when(to('staging', 'v1.1.0'))
      .thenMatch({ type: 'DeploymentStarted' });
    given(...production, promoted('v1.1.0'), promoted('v1.0.0'), gated)
      .when(asked)
      .thenMatch({ type: 'DeploymentStarted' }, {}, {});
  });
});

import { describe, expect, test } from 'vitest';
import { newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { archived, evaluation, MODEL, promoted, registered, rollback } from './fixtures.ts';
import { registrar } from './service.ts';

const { given } = deciderSpec(registrar);
const first = [registered(1, 0.8), promoted(1, null)];
const second = [...first, registered(2, 0.9), promoted(2, 'v1.0.0'), archived('v1.0.0')];

describe('where the policy deploys by stages', () => {
  const staged = policyChanged(MODEL, 'rollout: { strategy: canary }');
  const better = evaluation(2, 0.9, { version: 'v1.0.0', accuracy: 0.8 });
  const approval = given(...first, staged)
    .when(better)
    .decide();
  const ended = {
    target: `${MODEL}/production`,
    deploymentId: 'r2-deployment',
    model: MODEL,
    environment: 'production',
    version: 'v1.1.0',
    previous: 'v1.0.0',
    requestedBy: 'registrar',
    policyVersion: 1,
  };
  const completed = (strategy: string) =>
    newEvent('DeploymentCompleted', { ...ended, strategy, reason: 'it stood' });

  test('a better version is approved, and its deployment asked for', () => {
    expect(approval).toMatchObject([
      { type: 'VersionRegistered' },
      {
        type: 'VersionApproved',
        data: { version: 'v1.1.0', deploymentId: 'r2-deployment', policyVersion: 1 },
      },
      {
        type: 'DeploymentRequested',
        data: { version: 'v1.1.0', deploymentId: 'r2-deployment', strategy: null },
      },
    ]);
    given(...first, staged, ...approval)
      .when(better)
      .thenNothing();
  });

  test('where staging is required it goes there first, whatever the strategy', () => {
    const required = policyChanged(MODEL, 'rollout: { requires: { staging: 1h } }');
    const asked = {
      type: 'DeploymentRequested',
      data: { environment: 'staging', target: `${MODEL}/staging` },
    };
    given(...first, required)
      .when(better)
      .thenMatch({ type: 'VersionRegistered' }, { type: 'VersionApproved' }, asked);
    given(required)
      .when(evaluation(1, 0.8))
      .thenMatch({ type: 'VersionRegistered' }, { type: 'VersionApproved' }, asked);
  });

  test('the first version has nothing to be compared with', () =>
    given(staged)
      .when(evaluation(1, 0.8))
      .thenMatch({ type: 'VersionRegistered' }, { type: 'VersionPromoted' }));

  test('it is promoted when it has all the traffic, once', () => {
    const end = completed('canary');
    given(...first, staged, ...approval)
      .when(end)
      .thenMatch(
        {
          type: 'VersionPromoted',
          data: { version: 'v1.1.0', previous: 'v1.0.0', reason: 'canary: it stood' },
        },
        { type: 'VersionArchived', data: { version: 'v1.0.0' } },
      );
    given(...second)
      .when(end)
      .thenNothing();
  });

  test('or archived when it did not stand its deployment', () =>
    given(...first, staged, ...approval)
      .when(newEvent('DeploymentRolledBack', { ...ended, code: 'STAGE_FAILED', reason: 'too slow' }))
      .thenMatch(
        {
          type: 'PromotionRefused',
          data: { version: 'v1.1.0', runId: 'r2', code: 'STAGE_FAILED', reason: 'too slow' },
        },
        { type: 'VersionArchived', data: { version: 'v1.1.0' } },
      ));

  test('a version that somebody only compares as a shadow stays what it was', () => {
    given(...first, registered(2, 0.9))
      .when(completed('shadow'))
      .thenNothing();
    given(...first, registered(2, 0.9))
      .when(newEvent('DeploymentRolledBack', { ...ended, code: 'ABORTED', reason: 'enough' }))
      .thenNothing();
  });
});

describe('a rollback', () => {
  const started = newEvent('DeploymentStarted', {
    target: `${MODEL}/production`,
    deploymentId: 'd1',
    model: MODEL,
    environment: 'production',
    version: 'v1.2.0',
    package: 'p',
    previous: 'v1.1.0',
    strategy: 'canary',
    stages: [10, 100],
    reason: 'try it',
    requestedBy: 'ada',
    policyVersion: 0,
  });
  const asked = (given: Partial<typeof rollback.data>) =>
    newEvent('RollbackRequested', { ...rollback.data, ...given });
  const third = [...second, registered(3, 0.95)];

  test('while a version is being deployed ends that, and production stays as it is', () =>
    given(...third, started)
      .when(rollback)
      .thenMatch(
        { type: 'RollbackEndedDeployment', data: { deploymentId: 'd1', version: 'v1.1.0' } },
        { type: 'DeploymentAbortRequested', data: { environment: 'production', reason: 'why' } },
      ));

  test('to a version goes back to it, also then; so does one of the guard', () => {
    for (const request of [asked({ to: 'v1.0.0' }), asked({ from: 'v1.1.0' })])
      given(...third, started)
        .when(request)
        .thenMatch(
          { type: 'VersionRolledBack', data: { version: 'v1.0.0', from: 'v1.1.0' } },
          { type: 'VersionArchived' },
        );
  });

  test('to a version that was never there, or from one that is not, is refused', () => {
    const refused = (code: string, reason: RegExp) => ({
      type: 'PromotionRefused',
      data: { code, reason: expect.stringMatching(reason) },
    });
    given(...third)
      .when(asked({ to: 'v1.2.0' }))
      .thenMatch(refused('NOT_FOUND', /v1\.2\.0 is none of the versions .* before v1\.1\.0: v1\.0\.0/));
    given(...third)
      .when(asked({ to: 'v1.0' }))
      .thenMatch(refused('NOT_FOUND', /there is no v1\.0; registered: .*, did you mean 'v1\.0\.0'\?/));
    given(...third)
      .when(asked({ from: 'v1.0.0' }))
      .thenMatch(refused('CONFLICT', /v1\.0\.0 is not in production any more, v1\.1\.0 is/));
  });
});

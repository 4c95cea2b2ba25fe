import { describe, expect, test } from 'vitest';
import { newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { archived, evaluation, MODEL, promoted, registered } from './fixtures.ts';
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

import { describe, expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import {
  archived,
  evaluation,
  MODEL,
  promoted,
  promotion,
  registered,
  retired,
  retirement,
  rollback,
  rolledBack,
} from './fixtures.ts';
import { registrar } from './service.ts';

const { given } = deciderSpec(registrar);
const first = [registered(1, 0.8), promoted(1, null)];
const second = [...first, registered(2, 0.9), promoted(2, 'v1.0.0'), archived('v1.0.0')];

describe('an evaluated run', () => {
  test('is promoted without a rival as the first version', () =>
    given()
      .when(evaluation(1, 0.8))
      .thenExactly(registered(1, 0.8), promoted(1, null, 'the first version has no rival', 'registrar')));

  test('replaces the version in production when its paired losses are lower by more than 2 standard errors', () => {
    const reason =
      'accuracy 81.10 % against 80.00 % of v1.0.0 on the same 1000 samples (paired logLoss better by 2.2 standard errors on all, more than 2 is asked for; paired p 0.010)';
    given(...first)
      .when(evaluation(2, 0.811, { version: 'v1.0.0', accuracy: 0.8 }))
      .thenExactly(
        registered(2, 0.811),
        promoted(2, 'v1.0.0', reason, 'registrar'),
        archived('v1.0.0', 'replaced by v1.1.0'),
      );
  });

  test('is refused when it is better by less, and the reason gives both numbers', () => {
    const reason =
      'accuracy 80.90 % against 80.00 % of v1.0.0 on the same 1000 samples (paired logLoss better by 1.8 standard errors on all, more than 2 is asked for; paired p 0.50)';
    given(...first)
      .when(evaluation(2, 0.809, { version: 'v1.0.0', accuracy: 0.8 }))
      .thenMatch(
        registered(2, 0.809),
        { type: 'PromotionRefused', data: { version: 'v1.1.0', runId: 'r2', code: 'NOT_BETTER', reason } },
        archived('v1.1.0', reason),
      );
  });

  test.each([
    [
      'its log loss is lower on the recent samples alone',
      [-0.001, -0.001],
      [-0.02, -0.02],
      'VersionPromoted',
    ],
    ['its accuracy is significantly worse', [0.02, -0.02], null, 'PromotionRefused'],
    [
      'its log loss is significantly worse on the recent samples',
      [-0.02, -0.02],
      [0, 0.02],
      'PromotionRefused',
    ],
    ['its accuracy is worse, but by chance', [0.009, -0.02], null, 'VersionPromoted'],
    ['both are as good', [0, 0], [0, 0], 'PromotionRefused'],
  ] as const)('beside the other, where %s', (_, all, recent, type) => {
    const { data } = evaluation(2, 0.81, { version: 'v1.0.0', accuracy: 0.8 });
    const paired = (means: readonly [number, number] | null) =>
      ['accuracy', 'logLoss'].flatMap((metric, at) =>
        means ? [{ metric, mean: means[at]!, standardError: 0.005, pValue: 0.5 }] : [],
      );
    const baseline = { ...data.baseline!, paired: paired(all), pairedRecent: paired(recent) };
    given(...first)
      .when(newEvent('EvaluationCompleted', { ...data, baseline }))
      .thenMatch({}, { type }, {});
  });

  test('that nobody compared sample by sample is refused, unless the policy asks for the margin alone', () => {
    const { data } = evaluation(2, 0.9, { version: 'v1.0.0', accuracy: 0.8 });
    const alone = newEvent('EvaluationCompleted', { ...data, baseline: { ...data.baseline!, paired: [] } });
    const reason = expect.stringContaining('no losses were compared sample by sample');
    given(...first)
      .when(alone)
      .thenMatch({}, { type: 'PromotionRefused', data: { reason } }, {});
    given(...first, policyChanged(MODEL, 'promotion: { standardErrors: null, margin: 0.002 }'))
      .when(alone)
      .thenMatch({}, { type: 'VersionPromoted' }, {});
  });

  test.each([
    [0.802, 'VersionPromoted'],
    [0.8019, 'PromotionRefused'],
  ])('with an accuracy of %d against 0.8 and a margin of 0.002 alone: %s', (accuracy, type) => {
    const reason = `accuracy ${(100 * accuracy).toFixed(2)} % against 80.00 % of v1.0.0 on the same 1000 samples (a gain of 0.20 points is asked for; paired p 0.50)`;
    given(...first, policyChanged(MODEL, 'promotion: { standardErrors: null, margin: 0.002 }'))
      .when(evaluation(2, accuracy, { version: 'v1.0.0', accuracy: 0.8 }))
      .thenMatch({}, { type, data: { reason } }, {});
  });

  test('is evaluated again when the production version has changed since', () => {
    const again = {
      type: 'EvaluationRequested',
      data: {
        evaluationId: 'r3-against-v1.1.0',
        runId: 'r3',
        package: 'package-3',
        datasetId: 'd3',
        baseline: { version: 'v1.1.0', package: 'package-2' },
      },
    };
    given(...second)
      .when(evaluation(3, 0.95, { version: 'v1.0.0', accuracy: 0.8 }))
      .thenMatch(registered(3, 0.95), again);
    given(...second)
      .when(evaluation(3, 0.95))
      .thenMatch(registered(3, 0.95), again);
  });

  test('is then decided on, without a second registration', () =>
    given(...second, registered(3, 0.95))
      .when(evaluation(3, 0.95, { version: 'v1.1.0', accuracy: 0.9 }))
      .thenMatch(
        { type: 'VersionPromoted', data: { version: 'v1.2.0' } },
        archived('v1.1.0', 'replaced by v1.2.0'),
      ));

  test('is decided on once', () => {
    given(...first)
      .when(evaluation(1, 0.8))
      .thenNothing();
    given(...first, registered(2, 0.7), archived('v1.1.0'))
      .when(evaluation(2, 0.9, { version: 'v1.0.0', accuracy: 0.8 }))
      .thenNothing();
  });

  test('is not held to the largest class where its probabilities are better than the shares of the classes', () =>
    given().when(evaluation(1, 0.6)).thenMatch(registered(1, 0.6), { type: 'VersionPromoted' }));

  test('must beat the largest class in one of both, even without a rival', () => {
    const { type, data } = evaluation(1, 0.6);
    given()
      .when({ type, data: { ...data, metrics: { ...data.metrics, logLoss: 0.68 } } })
      .thenMatch(
        { type: 'VersionRegistered' },
        {
          type: 'PromotionRefused',
          data: {
            code: 'BELOW_FLOOR',
            reason:
              'its accuracy of 60.00 % does not exceed 60.00 %, nor is its log loss of 0.68000 below 0.67301: to answer with the largest class would be as good',
          },
        },
        { type: 'VersionArchived', data: { version: 'v1.0.0' } },
      );
  });

  test('is registered only, where its training asked for no promotion', () => {
    const held = newEvent('TrainingPlanned', {
      change: null,
      ...{
        model: MODEL,
        planId: 't2',
        cause: 'requested',
        reason: 'to look at',
        samples: 0,
        samplesAtLast: 0,
      },
      ...{
        datasetId: 'd2',
        runId: 'r2',
        engine: 'linear',
        params: {},
        seed: 1,
        policyVersion: 0,
        fromVersion: null,
        seeds: {},
        checkpointEvery: null,
        keepBest: null,
        reuse: false,
      },
      promote: false,
    });
    const better = evaluation(2, 0.9, { version: 'v1.0.0', accuracy: 0.8 });
    given(...first, held)
      .when(better)
      .thenExactly(registered(2, 0.9));
    given(...first, held, registered(2, 0.9))
      .when(better)
      .thenNothing();
    given(...first, held, registered(2, 0.9))
      .when(promotion('v1.1.0'))
      .thenMatch({ type: 'VersionPromoted', data: { version: 'v1.1.0' } }, {});
  });

  test('is compared by the metric and the margin of the policy, whose version the decision names', () => {
    const strict = policyChanged(MODEL, 'promotion: { metric: macroF1, margin: 0.05 }');
    given(...first, strict)
      .when(evaluation(2, 0.84, { version: 'v1.0.0', accuracy: 0.8 }))
      .thenMatch(
        { type: 'VersionRegistered', data: { primaryMetric: 'macroF1', policyVersion: 1 } },
        {
          type: 'PromotionRefused',
          data: { reason: expect.stringContaining('macroF1 83.00 %'), policyVersion: 1 },
        },
        { type: 'VersionArchived', data: { policyVersion: 1 } },
      );
  });

  test('passes every gate of the policy, or is refused with each that it fails', () => {
    const gates =
      'promotion: { gates: { accuracy: { minimum: 0.81 }, calibrationError: { maximum: 0.01 } } }';
    const reason =
      'its accuracy of 80.00 % is below the minimum of 81.00 %, and its calibrationError of 2.00 % is above the maximum of 1.00 %';
    given(policyChanged(MODEL, gates))
      .when(evaluation(1, 0.8))
      .thenMatch(
        {},
        { type: 'GatesEvaluated', data: { passed: false } },
        { type: 'PromotionRefused', data: { code: 'GATE_FAILED', reason, policyVersion: 1 } },
        {},
      );
    given(policyChanged(MODEL, 'promotion: { gates: { accuracy: { minimum: 0.8 } } }'))
      .when(evaluation(1, 0.8))
      .thenMatch({}, { data: { passed: true } }, { type: 'VersionPromoted', data: { policyVersion: 1 } });
    given(policyChanged(MODEL, 'promotion: { beatsConstant: false }'))
      .when(evaluation(1, 0.6))
      .thenMatch({}, { type: 'VersionPromoted' });
  });

  test('is significantly better, where the policy asks for that', () => {
    const { type, data } = evaluation(2, 0.9, { version: 'v1.0.0', accuracy: 0.8 });
    const paired = (pValue: number) => ({
      type,
      data: {
        ...data,
        baseline: {
          ...data.baseline!,
          paired: [{ metric: 'accuracy', mean: -0.1, standardError: 0.04, pValue }],
        },
      },
    });
    const strict = policyChanged(MODEL, 'promotion: { significance: 0.05 }');
    const summary = /paired p 0.060, below 0.05 is asked for/;
    given(...first, strict)
      .when(paired(0.06))
      .thenMatch({}, { data: { code: 'NOT_BETTER', reason: expect.stringMatching(summary) } }, {});
    given(...first, strict)
      .when(paired(0.04))
      .thenMatch({}, { type: 'VersionPromoted' }, {});
  });

  test('of numbers is better when its error is lower by the margin, as a fraction', () => {
    const { data } = evaluation(2, 0);
    const measured = (rmse: number, r2 = 0.5) => ({
      ...data,
      metrics: { rmse, r2 },
      primaryMetric: 'rmse',
      perClass: [],
    });
    const against = (own: number, rival: number, r2?: number) =>
      newEvent('EvaluationCompleted', {
        ...measured(own, r2),
        baseline: {
          version: 'v1.0.0',
          package: 'package-1',
          metrics: measured(rival).metrics,
          paired: [{ metric: 'rmse', mean: -1, standardError: 0.5, pValue: 0.0228 }],
          pairedRecent: [],
          operational: {},
        },
      });
    const byMargin = policyChanged(MODEL, 'promotion: { standardErrors: null, margin: 0.002 }');
    const asked = 'lower is better; a gain of 0.20 % is asked for; paired p 0.023';
    given(...first, byMargin)
      .when(against(9.98, 10))
      .thenMatch(
        { type: 'VersionRegistered', data: { primaryMetric: 'rmse' } },
        {
          type: 'VersionPromoted',
          data: { reason: `rmse 9.9800 against 10.000 of v1.0.0 on the same 1000 samples (${asked})` },
        },
        {},
      );
    const refused = (code: string) => ({ type: 'PromotionRefused', data: { code } });
    given(...first, byMargin)
      .when(against(9.981, 10))
      .thenMatch({}, refused('NOT_BETTER'), {});
    given(...first, byMargin)
      .when(against(11, 10))
      .thenMatch({}, refused('NOT_BETTER'), {});
    given(...first, byMargin)
      .when(against(9, 10, 0))
      .thenMatch({}, refused('BELOW_FLOOR'), {});
  });

  test('on given papers registers no version', () => {
    const { type, data } = evaluation(1, 0.8);
    given()
      .when({ type, data: { ...data, runId: null, modelHash: null } })
      .thenNothing();
  });
});

test('a policy counts from its event on, and the same file twice is one version', () => {
  const strict = policyChanged(MODEL, 'promotion: { margin: 0.5 }');
  const lenient = policyChanged(MODEL, 'promotion: { margin: 0 }');
  const decided = (...policies: NewEvent[]) =>
    given(...first, ...policies)
      .when(evaluation(2, 0.9, { version: 'v1.0.0', accuracy: 0.8 }))
      .decide()[1];
  expect(decided(strict)).toMatchObject({ type: 'PromotionRefused', data: { policyVersion: 1 } });
  expect(decided(strict, strict, lenient)).toMatchObject({
    type: 'VersionPromoted',
    data: { policyVersion: 2 },
  });
  expect(decided(lenient, strict, policyChanged('others', 'promotion: { margin: 0 }'))).toMatchObject({
    type: 'PromotionRefused',
    data: { policyVersion: 2 },
  });
});

describe('a user', () => {
  test('may promote an archived version', () =>
    given(...second)
      .when(promotion('v1.0.0'))
      .thenExactly(promoted(1, 'v1.1.0'), archived('v1.1.0', 'replaced by v1.0.0')));

  test('gets the list of versions when the version is unknown', () => {
    const refused = (reason: string) => ({
      type: 'PromotionRefused',
      data: { version: 'v9.0.0', code: 'NOT_FOUND', reason, requestedBy: 'ada' },
    });
    given(...second)
      .when(promotion('v9.0.0'))
      .thenMatch(refused("there is no v9.0.0; registered: v1.0.0, v1.1.0, did you mean 'v1.0.0'?"));
    given().when(promotion('v9.0.0')).thenMatch(refused('there is no v9.0.0; registered: none'));
  });

  test('is told what is meant by a version that is written short', () =>
    given(...second)
      .when(promotion('v1.1'))
      .thenMatch({
        type: 'PromotionRefused',
        data: { code: 'NOT_FOUND', reason: expect.stringMatching(/there is no v1\.1; .*mean 'v1\.1\.0'\?/) },
      }));

  test('gets a conflict when the version is in production already', () =>
    given(...second)
      .when(promotion('v1.1.0'))
      .thenMatch({ type: 'PromotionRefused', data: { code: 'CONFLICT' } }));
});

describe('a rollback', () => {
  test('restores the previous version', () =>
    given(...second)
      .when(rollback)
      .thenExactly(rolledBack(1, 'v1.1.0'), archived('v1.1.0', 'rolled back to v1.0.0: why')));

  test.each([
    ['no version', [], 'none', 'no version is in production'],
    ['a single version', first, 'v1.0.0', 'no version was in production before v1.0.0'],
    [
      'another rollback',
      [...second, rolledBack(1, 'v1.1.0')],
      'v1.0.0',
      'no version was in production before v1.0.0',
    ],
  ])('has nothing to go back to after %s', (_, past, version, why) =>
    given(...past)
      .when(rollback)
      .thenExactly({
        type: 'PromotionRefused',
        data: {
          model: MODEL,
          version,
          runId: null,
          code: 'CONFLICT',
          reason: `nothing to go back to: ${why}`,
          requestedBy: 'ada',
          policyVersion: 0,
        },
      }),
  );
});

describe('a model', () => {
  const after = [...second, retired('v1.1.0'), archived('v1.1.0')];

  test('is retired with the version in production', () =>
    given(...second)
      .when(retirement)
      .thenExactly(retired('v1.1.0'), archived('v1.1.0', 'topics is retired: why')));

  test('without a version, or retired already, is not', () => {
    const refused = (code: string) => ({ type: 'RetirementRefused', data: { model: MODEL, code } });
    given().when(retirement).thenMatch(refused('NOT_FOUND'));
    given(...after)
      .when(retirement)
      .thenMatch(refused('CONFLICT'));
  });

  test('that is retired promotes no version automatically, and has no rollback target', () => {
    given(...after)
      .when(evaluation(3, 0.99))
      .thenMatch(
        registered(3, 0.99),
        { type: 'PromotionRefused', data: { code: 'CONFLICT', reason: 'topics is retired' } },
        { type: 'VersionArchived' },
      );
    given(...after)
      .when(rollback)
      .thenMatch({ type: 'PromotionRefused', data: { code: 'CONFLICT' } });
  });

  test('that is retired returns when one of its versions is promoted on request', () => {
    given(...after)
      .when(promotion('v1.0.0'))
      .thenExactly(promoted(1, null));
    given(...after, promoted(1, null))
      .when(evaluation(3, 0.99, { version: 'v1.0.0', accuracy: 0.8 }))
      .thenMatch(registered(3, 0.99), { type: 'VersionPromoted' }, {});
  });
});

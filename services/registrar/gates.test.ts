import { describe, expect, test } from 'vitest';
import { type Evidence, evidenceOf } from '../../ml/gates/evidence.ts';
import { evaluateGates, faultOf } from '../../ml/gates/gates.ts';
import type { NewEvent } from '../../schemas/catalogue.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { guardOf } from '../../schemas/models/policy.ts';
import { deciderSpec } from '../../schemas/testing.ts';
import { parsePolicy } from '../../tasks/policies/policy.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { archived, evaluation, MODEL, promoted, promotion, registered } from './fixtures.ts';
import { registrar } from './service.ts';

const { given } = deciderSpec(registrar);

const promotionOf = (gates: string) =>
  parsePolicy('p.yaml', `promotion: { beatsConstant: false, gates: { ${gates} } }`, 'classification')
    .promotion;

const measured = (values: Evidence['values'], baseline: Evidence['values'] = {}): Evidence => ({
  evaluationId: 'e1',
  values,
  shares: [],
  baseline: { version: 'v1.0.0', values: baseline },
});

const checked = (gates: string, evidence: Evidence | undefined, rival: string | undefined = 'v1.0.0') =>
  evaluateGates(evidence, guardOf(promotionOf(gates), 'production'), rival);

describe('a gate', () => {
  test.each([
    [
      'accuracy: { minimum: 0.8 }',
      { accuracy: 0.8 },
      {},
      true,
      'accuracy of 80.00 % is not below the minimum of 80.00 %',
    ],
    [
      'accuracy: { ofBaseline: 0.95 }',
      { accuracy: 0.77 },
      { accuracy: 0.8 },
      true,
      /which follows from 80.00 % of v1.0.0/,
    ],
    [
      'accuracy: { ofBaseline: 0.95 }',
      { accuracy: 0.75 },
      { accuracy: 0.8 },
      false,
      /75.00 % is below 76.00 %/,
    ],
    ['logLoss: { ofBaseline: 0.5 }', { logLoss: 1.1 }, { logLoss: 0.5 }, false, /1.1000 is above 1.0000/],
    ['p95Ms: { regression: 10 }', { p95Ms: 25 }, { p95Ms: 15 }, true, /25.0 ms is not above 25.0 ms/],
    [
      'p95Ms: { regression: 10 }',
      { p95Ms: 25.1 },
      { p95Ms: 15 },
      false,
      /25.1 ms is above 25.0 ms, which follows from 15.0 ms/,
    ],
    [
      'sizeMb: { maximum: 500 }',
      { sizeMb: 501 },
      {},
      false,
      'sizeMb of 501 MB is above the maximum of 500 MB',
    ],
    ['memoryMb: { maximum: 1000 }', {}, {}, false, 'memoryMb was not measured'],
    ['driftKl: { maximum: 0.2 }', { driftKl: 0.19 }, {}, true, /driftKl of 0.19000 is not above/],
    [
      'recency.accuracy: { minimum: 0.7 }',
      { 'recency.accuracy': 0.69 },
      {},
      false,
      /recency.accuracy of 69.00 % is below/,
    ],
    [
      'fairness.parity.region: { maximum: 0.1 }',
      { 'fairness.parity.region': 0.2 },
      {},
      false,
      /0.20000 is above the maximum of 0.10000/,
    ],
  ])('%s of %j beside %j: %s', (gates, values, baseline, passed, reason) => {
    const { checks, ...verdict } = checked(gates, measured(values, baseline));
    expect(verdict.passed).toBe(passed);
    expect(checks).toMatchObject([{ passed, reason: expect.stringMatching(reason) }]);
  });

  test('that compares fails where the version in production was not measured beside it, and passes without one', () => {
    const gates = 'accuracy: { ofBaseline: 0.95 }';
    const evidence = measured({ accuracy: 0.8 }, { accuracy: 0.8 });
    const [check] = checked(gates, evidence, 'v1.1.0').checks;
    expect(check).toMatchObject({ passed: false, threshold: null, reason: /not measured beside v1.1.0/ });
    expect(evaluateGates(evidence, guardOf(promotionOf(gates), 'production'), undefined).passed).toBe(true);
  });

  test('that only warns keeps nothing out, and one of another environment does not count', () => {
    const gates =
      'accuracy: [{ minimum: 0.9, level: warning }, { minimum: 0.95, targets: [staging] }, { minimum: 0.7 }]';
    const verdict = checked(gates, measured({ accuracy: 0.8 }));
    expect(verdict.passed).toBe(true);
    expect(verdict.checks.map(({ passed, level }) => [passed, level])).toEqual([
      [false, 'warning'],
      [true, 'critical'],
    ]);
    expect(faultOf(verdict)).toBeUndefined();
    const staging = evaluateGates(
      measured({ accuracy: 0.8 }),
      guardOf(promotionOf(gates), 'staging'),
      'v1.0.0',
    );
    expect(faultOf(staging)?.reason).toMatch(/its accuracy of 80.00 % is below the minimum of 95.00 %/);
  });

  test('of what is never measured is refused with the nearest name', () => {
    expect(() => promotionOf('sizeMB: { maximum: 5 }')).toThrow(/did you mean sizeMb/);
    expect(() => promotionOf('accuracy: {}')).toThrow(/needs a minimum or a maximum, or ofBaseline/);
  });
});

describe('the gates of a version', () => {
  const strict = policyChanged(MODEL, 'promotion: { gates: { accuracy: { minimum: 0.85 } } }');
  const asked = (version: string, target = 'production') =>
    newEvent('GatesRequested', { model: MODEL, version, target, requestedBy: 'ada' });
  const past: NewEvent[] = [evaluation(1, 0.8), registered(1, 0.8), archived('v1.0.0')];

  test('are evaluated for whoever asks, by the policy that is in force then', () => {
    given(...past, strict)
      .when(asked('v1.0.0', 'staging'))
      .thenMatch({
        type: 'GatesEvaluated',
        data: {
          ...{ version: 'v1.0.0', target: 'staging', passed: false, evaluationId: 'e1', policyVersion: 1 },
          checks: [
            { rule: 'constant', passed: true },
            { metric: 'accuracy', value: 0.8, threshold: 0.85 },
          ],
        },
      });
    given(...past)
      .when(asked('v1.9.0'))
      .thenMatch({ type: 'GatesRefused', data: { code: 'NOT_FOUND' } });
  });

  test('hold for who promotes by hand too, unless it is forced, which the fact says', () => {
    given(...past, strict)
      .when(promotion('v1.0.0'))
      .thenMatch(
        { type: 'GatesEvaluated', data: { passed: false } },
        { type: 'PromotionRefused', data: { code: 'GATE_FAILED', reason: expect.stringMatching(/--force/) } },
      );
    given(...past, strict)
      .when(promotion('v1.0.0', { force: true }))
      .thenMatch({}, { type: 'VersionPromoted', data: { reason: expect.stringMatching(/^why \(forced: /) } });
  });

  test('that compare make the registrar ask for a new evaluation, where production has changed', () => {
    const relative = policyChanged(MODEL, 'promotion: { gates: { accuracy: { ofBaseline: 0.95 } } }');
    given(relative, registered(1, 0.8), promoted(1, null))
      .when(evaluation(2, 0.7))
      .thenMatch({ type: 'VersionRegistered' }, { type: 'EvaluationRequested' });
  });
});

test('of two who expect the same version in production one is followed, and the other learns who was first', () => {
  const past = [registered(1, 0.8), promoted(1, null), registered(2, 0.9), registered(3, 0.9)];
  given(...past)
    .when(promotion('v1.1.0', { expected: 'v1.0.0' }))
    .thenMatch({ type: 'VersionPromoted' }, { type: 'VersionArchived' });
  given(...past, promoted(2, 'v1.0.0', 'fewer complaints', 'grace'))
    .when(promotion('v1.2.0', { expected: 'v1.0.0' }))
    .thenMatch({
      type: 'PromotionRefused',
      data: {
        code: 'CONFLICT',
        reason: expect.stringMatching(
          /v1.0.0 is not in production any more: grace put v1.1.0 there at 1970.*because: fewer complaints/,
        ),
      },
    });
});

test('a suite of an evaluation is a measure of its own', () => {
  const { data } = evaluation(1, 0.8);
  const suites = [{ suite: 'recency', weight: 0.2, samples: 50, score: 0.66 }];
  expect(evidenceOf({ ...data, suites }).values).toMatchObject({ accuracy: 0.8, 'recency.accuracy': 0.66 });
});

describe('beside what is in production a candidate stays out', () => {
  const policy = policyChanged(
    MODEL,
    `promotion:
  gates:
    sizeMb: { maximum: 500 }
    memoryMb: { maximum: 1000 }
    p95Ms: { maximum: 100, regression: 10 }
    recency.accuracy: { ofBaseline: 0.95, minimum: 0.7 }
    fairness.region.demographicParity: { maximum: 0.1 }`,
  );
  const past = [policy, registered(1, 0.8), promoted(1, null)];
  const good = { sizeMb: 12, p95Ms: 95, memoryMb: 200, 'recency.accuracy': 0.82 };
  const fair = { ...good, 'fairness.region.demographicParity': 0.05 };

  /** Better by so much, with so many costs of its own beside those of production. */
  function candidate(accuracy: number, own: Readonly<Record<string, number>> = {}) {
    const { data } = evaluation(2, accuracy, { version: 'v1.0.0', accuracy: 0.8 });
    const baseline = { ...data.baseline!, operational: { ...fair, 'recency.accuracy': 0.8 } };
    return newEvent('EvaluationCompleted', { ...data, operational: { ...fair, ...own }, baseline });
  }
  const decided = (event: ReturnType<typeof candidate>) =>
    given(...past)
      .when(event)
      .decide()
      .find(({ type }) => type === 'PromotionRefused' || type === 'VersionPromoted');

  test('but one that is better, and keeps every bound', () =>
    expect(decided(candidate(0.85))).toMatchObject({ type: 'VersionPromoted' }));

  test.each([
    ['worse', candidate(0.75), 'NOT_BETTER', /75\.00 % against 80\.00 % .*significantly worse by accuracy/],
    [
      'better, but by chance',
      candidate(0.809),
      'NOT_BETTER',
      /better by 1\.8 standard errors .* more than 2/,
    ],
    [
      'too slow',
      candidate(0.9, { p95Ms: 103 }),
      'GATE_FAILED',
      /p95Ms of 103 ms is above the maximum of 100/,
    ],
    ['too large', candidate(0.9, { sizeMb: 501 }), 'GATE_FAILED', /sizeMb of 501 MB is above the maximum/],
    ['too large in memory', candidate(0.9, { memoryMb: 1100 }), 'GATE_FAILED', /memoryMb of .* is above/],
    [
      'unfair',
      candidate(0.9, { 'fairness.region.demographicParity': 0.2 }),
      'GATE_FAILED',
      /fairness\.region\.demographicParity of 0\.20000 is above the maximum of 0\.10000/,
    ],
    [
      'worse on recent data',
      candidate(0.9, { 'recency.accuracy': 0.75 }),
      'GATE_FAILED',
      /recency\.accuracy of 75\.00 % is below 76\.00 %, which follows from 80\.00 % of v1\.0\.0/,
    ],
  ] as const)('that is %s, for that reason alone', (_, event, code, reason) => {
    const fact = decided(event);
    expect(fact).toMatchObject({
      type: 'PromotionRefused',
      data: { code, reason: expect.stringMatching(reason) },
    });
    expect(JSON.stringify(fact)).not.toMatch(/, and its /);
  });
});

import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, parsePolicy } from '../../tasks/policies/policy.ts';
import { measured } from './fixtures.ts';
import { agreementOf, deltasOf, doubt, judge } from './judge.ts';

const { contributions } = DEFAULT_POLICY;

describe('labels are doubted', () => {
  test.each([
    [0.06, 481, true],
    [0.38, 40, false], // chance explains it
    [0.38, 4_000, true],
    [0.8, 481, false],
  ])(
    'of which the baseline gives %d of %d records, where it has 0.81 on its own: %s',
    (share, records, isDoubted) => {
      const agreement = agreementOf(measured({ accuracy: share }, null, records), 0.81)!;
      expect(agreement.low).toBeLessThan(share);
      const refusal = doubt(agreement, contributions);
      expect(refusal !== undefined).toBe(isDoubted);
      if (isDoubted)
        expect(refusal).toMatchObject({ code: 'LABELS_DOUBTFUL', reason: /flipped or shuffled/ });
    },
  );

  test('not of numbers', () => expect(agreementOf(measured({ rmse: 3 }, null), 0)).toBeNull());
});

test('the gain of each metric is above 0 where it is better, with an interval where samples were compared', () => {
  const both = measured(
    { accuracy: 0.83, logLoss: 0.6, rocAuc: 0.9 },
    { accuracy: 0.8, logLoss: 0.5, rocAuc: 0.88 },
  );
  const [accuracy, logLoss, rocAuc] = deltasOf(both);
  expect(accuracy?.improvement).toBeCloseTo(0.03);
  expect(accuracy?.low).toBeCloseTo(0.03 - 1.96 * 0.01);
  expect(logLoss?.improvement).toBeCloseTo(-0.1);
  expect(rocAuc).toMatchObject({ low: null, high: null });
});

test('the policy says how much a contribution must gain', () => {
  const both = measured({ accuracy: 0.81 }, { accuracy: 0.8 });
  expect(judge(both, DEFAULT_POLICY).refusal).toBeUndefined();
  const strict = parsePolicy('p', 'contributions: { minimumImprovement: 0.02 }', 'classification');
  expect(judge(both, strict).refusal).toMatchObject({
    code: 'NOT_BETTER',
    reason: /\+1.00 points .* gain of 0.02/,
  });
  expect(judge(measured({ macroF1: 1 }, null), DEFAULT_POLICY).refusal?.code).toBe('METRIC_MISSING');
});

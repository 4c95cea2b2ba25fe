import { describe, expect, test } from 'vitest';
import type { EvaluationCompleted } from '../../../schemas/events.generated.ts';
import { DEFAULT_POLICY } from '../../../tasks/policies/policy.ts';
import type { Comparison } from './comparison.ts';
import { comparisonMarkdown } from './markdown.ts';
import { comparisonPage } from './page.ts';
import { testsOf, verdictOn } from './verdict.ts';

const promotion = { ...DEFAULT_POLICY.promotion, standardErrors: null, margin: 0.002 };

/** Of two versions that differ on `better` + `worse` of the samples, and agree on the rest, 80 % of it right. */
function evaluation(better: number, worse: number, samples = 1_000): EvaluationCompleted {
  const both = Math.round(0.8 * (samples - better - worse));
  const mean = (worse - better) / samples;
  const squares = better + worse;
  const standardError = Math.sqrt((squares - samples * mean ** 2) / (samples - 1) / samples);
  const costs = { sizeMb: 10, p95Ms: 12 };
  return {
    ...{ evaluationId: 'e', model: 'topics', version: 'v1.1.0', runId: null, package: 'p', modelHash: null },
    ...{ datasetId: 'd', data: null, samples, primaryMetric: 'accuracy', standardErrors: {}, perClass: [] },
    ...{
      confusion: [],
      coverage: [],
      reference: [],
      seconds: 1,
      inTraining: null,
      trainingIncluded: false,
      unknownTarget: 0,
      unreadable: 0,
      firstFault: null,
    },
    ...{ lower: {}, upper: {}, report: null, suites: [], operational: costs },
    metrics: { accuracy: (both + better) / samples, macroF1: 0.7 },
    baseline: {
      ...{ version: 'v1.0.0', package: 'q', operational: costs },
      metrics: { accuracy: (both + worse) / samples, macroF1: 0.69 },
      paired: [{ metric: 'accuracy', mean, standardError, pValue: 0.5 }],
      pairedRecent: [],
    },
  };
}

describe('a candidate', () => {
  test.each([
    ['is better, and chance does not explain it', 90, 40, 'PROMOTE', /\+5.00 points better.*McNemar p/],
    ['is better by chance', 12, 8, 'INCONCLUSIVE', /chance may explain it/],
    ['is worse', 30, 80, 'REJECT', /it is worse/],
    ['is as good, for sure', 0, 0, 'REJECT', /not better by enough/],
  ])('that %s', (_, better, worse, outcome, reason) => {
    const verdict = verdictOn(evaluation(better, worse), promotion, []);
    expect(verdict).toMatchObject({ outcome });
    expect(verdict.reasons[0]).toMatch(reason);
  });

  test('that fails a gate is rejected for that, however much better it is', () =>
    expect(verdictOn(evaluation(90, 40), promotion, ['too slow'])).toEqual({
      outcome: 'REJECT',
      reasons: ['too slow'],
    }));

  test('whose samples are too few is told how many it takes', () => {
    const [, advice = ''] = verdictOn(evaluation(12, 8), promotion, []).reasons;
    const samples = Number(/about (\d+) samples/.exec(advice)?.[1]);
    // (1.96 + 0.84)² · 0.02 / 0.004²
    expect(samples).toBeCloseTo(9811, -2);
  });
});

describe('by the default policy a candidate', () => {
  test.each([
    [
      'whose loss is lower by 4.4 standard errors',
      90,
      40,
      'PROMOTE',
      /paired accuracy better by 4.4 standard/,
    ],
    ['of 0.9 standard errors', 12, 8, 'INCONCLUSIVE', /chance may explain it/],
    ['that is worse', 30, 80, 'REJECT', /worse by accuracy: .* -4.8 standard/],
    ['that answers the same', 0, 0, 'REJECT', /not better/],
  ])('%s', (_, better, worse, outcome, reason) => {
    const verdict = verdictOn(evaluation(better, worse), DEFAULT_POLICY.promotion, []);
    expect(verdict).toMatchObject({ outcome });
    expect(verdict.reasons[0]).toMatch(reason);
  });

  test('is told how many samples it takes', () =>
    // 1,000 · ((2 + 0.84) / 0.89)²
    expect(verdictOn(evaluation(12, 8), DEFAULT_POLICY.promotion, []).reasons[1]).toMatch(
      /about 10\d{3} samples/,
    ));

  test('that is better, but by less than the margin which is asked for too, is not promoted', () => {
    const asked = { ...DEFAULT_POLICY.promotion, margin: 0.06 };
    expect(verdictOn(evaluation(90, 40), asked, []).outcome).toBe('INCONCLUSIVE');
  });
});

test('a comparison is told in Markdown, and as a page that loads nothing', () => {
  const measured = evaluation(90, 40);
  const comparison: Comparison = {
    ...{
      model: 'topics',
      baseline: 'v1.0.0',
      candidate: 'v1.1.0',
      source: 'march.csv',
      evaluation: measured,
    },
    ...{ tests: testsOf(measured), gates: [], verdict: verdictOn(measured, promotion, []) },
  };
  expect(comparisonMarkdown(comparison)).toContain(
    '| accuracy | 73.60 % | 78.60 % | +5.00 points | better |',
  );
  const page = comparisonPage({ ...comparison, source: '<script>' });
  expect(page.match(/<svg /g)).toHaveLength(2);
  expect(page).not.toMatch(/<script|src=|href=/);
});

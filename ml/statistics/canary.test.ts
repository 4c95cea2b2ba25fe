import { describe, expect, test } from 'vitest';
import { type Behaviour, PRODUCTION, simulateRollout } from '../../test/harness/canary-rollouts.ts';
import { seededRandom } from '../random.ts';
import { type CanaryCheck, judgeCanary } from './canary.ts';
import { CANARY_LIMITS } from './canary-limits.ts';
import type { ArmCounts } from './canary-measures.ts';
import { EMPTY_SKETCH, sketchOf } from './latency-sketch.ts';

const NOTHING: ArmCounts = {
  requests: 0,
  errors: 0,
  latency: EMPTY_SKETCH,
  labels: {},
  confidence: { count: 0, sum: 0, squares: 0 },
  outcomes: { successes: 0, trials: 0 },
};

/** An arm of so many answers of 10 to 20 ms, half of them a, with a confidence of 0.7 or 0.9. */
function arm(answers: number, changes: Partial<ArmCounts> = {}): ArmCounts {
  return {
    requests: answers,
    errors: 0,
    latency: sketchOf(Array.from({ length: answers }, (_, at) => 10 + (10 * at) / answers)),
    labels: { a: answers / 2, b: answers / 2 },
    confidence: { count: answers, sum: 0.8 * answers, squares: 0.65 * answers },
    outcomes: { successes: 0, trials: 0 },
    ...changes,
  };
}

const checked = (
  name: CanaryCheck['check'],
  canary: ArmCounts,
  production = arm(2000),
  limits = CANARY_LIMITS,
) => judgeCanary(canary, production, limits).checks.find(({ check }) => check === name)!;

describe('judgeCanary', () => {
  test('passes a canary that is like production', () => {
    const { verdict, checks, significance } = judgeCanary(arm(400), arm(2000));
    expect(verdict).toBe('pass');
    expect(checks.map(({ check, reason }) => `${check} ${reason}`)).toEqual([
      'errors within',
      'latency within',
      'labels within',
      'confidence within',
      'accuracy no-data',
    ]);
    expect(significance).toBeCloseTo(0.002, 15);
  });

  test('holds while either arm has too few samples, also without any', () => {
    expect(judgeCanary(arm(100), arm(2000)).verdict).toBe('hold');
    expect(judgeCanary(arm(400), arm(100)).verdict).toBe('hold');
    expect(judgeCanary(NOTHING, arm(2000)).verdict).toBe('hold');
    expect(checked('errors', NOTHING, NOTHING)).toMatchObject({ reason: 'too-few', canary: null, pValue: 1 });
  });

  test('a production without errors leaves room for some', () => {
    expect(checked('errors', arm(400, { errors: 1 }))).toMatchObject({ limit: 0.005, verdict: 'pass' });
    expect(checked('errors', arm(400, { errors: 3 }))).toMatchObject({ reason: 'unsure', verdict: 'hold' });
    expect(checked('errors', arm(400, { errors: 20 }))).toMatchObject({ reason: 'worse', verdict: 'fail' });
  });

  test('a canary that fails every request needs few of them', () => {
    const { verdict, checks } = judgeCanary({ ...NOTHING, requests: 5, errors: 5 }, arm(100));
    expect(verdict).toBe('fail');
    expect(checks.filter(({ verdict }) => verdict === 'fail').map(({ check }) => check)).toEqual(['errors']);
  });

  test('a slower canary fails, one that is slower by less than the limit or the floor does not', () => {
    const slower = (by: number) =>
      arm(400, { latency: sketchOf(Array.from({ length: 400 }, (_, at) => by * (10 + at / 40))) });
    expect(checked('latency', slower(1.5))).toMatchObject({
      verdict: 'fail',
      samples: { canary: 400, production: 2000 },
    });
    expect(checked('latency', slower(1.1))).toMatchObject({ verdict: 'pass' });
    const quick = (median: number) => arm(400, { latency: sketchOf(new Array(400).fill(median)) });
    expect(checked('latency', quick(0.6), quick(0.1))).toMatchObject({ verdict: 'pass' });
  });

  test('other labels fail, also one that production never gives', () => {
    expect(checked('labels', arm(400, { labels: { a: 380, b: 20 } })).verdict).toBe('fail');
    expect(checked('labels', arm(400, { labels: { c: 400 } })).verdict).toBe('fail');
    expect(checked('labels', arm(400, { labels: { a: 215, b: 185 } })).verdict).toBe('pass');
  });

  test('another confidence fails, also one that does not vary', () => {
    const confidence = (mean: number) =>
      arm(400, { confidence: { count: 400, sum: 400 * mean, squares: 400 * mean ** 2 } });
    expect(checked('confidence', confidence(0.65)).verdict).toBe('fail');
    expect(checked('confidence', confidence(0.95), confidence(0.8)).verdict).toBe('fail');
    expect(checked('confidence', confidence(0.8), confidence(0.8)).verdict).toBe('pass');
  });

  test('accuracy is judged by the outcomes there are, and waited for only if asked', () => {
    const right = (successes: number, trials: number) => arm(400, { outcomes: { successes, trials } });
    const production = arm(2000, { outcomes: { successes: 800, trials: 1000 } });
    expect(checked('accuracy', right(60, 120), production)).toMatchObject({ verdict: 'fail', canary: 0.5 });
    expect(checked('accuracy', right(7, 10), production)).toMatchObject({
      verdict: 'pass',
      reason: 'unsure',
    });
    const waiting = { ...CANARY_LIMITS, minimumOutcomes: 50 };
    expect(checked('accuracy', right(7, 10), production, waiting)).toMatchObject({ reason: 'too-few' });
    expect(checked('accuracy', right(44, 60), production, waiting)).toMatchObject({
      verdict: 'hold',
      reason: 'unsure',
    });
    expect(checked('accuracy', right(48, 60), production, waiting).limit).toBeCloseTo(0.78, 12);
  });

  test('a model of numbers has neither labels nor confidence', () => {
    const numbers = { labels: {}, confidence: NOTHING.confidence };
    const { verdict, checks } = judgeCanary(arm(400, numbers), arm(2000, numbers));
    expect(verdict).toBe('pass');
    expect(checks.filter(({ reason }) => reason === 'no-data')).toHaveLength(3);
  });

  test.each([
    arm(400, { errors: 401 }),
    arm(400, { requests: Number.NaN }),
    arm(400, { labels: { a: -1 } }),
    arm(400, { outcomes: { successes: 2, trials: 1 } }),
  ])('refuses counts that cannot be', (broken) => {
    expect(() => judgeCanary(broken, arm(400))).toThrow(expect.objectContaining({ code: 'count' }));
  });
});

describe('whole rollouts, looked at after every batch (test/bench/canaries.ts has 1,000 of each)', () => {
  const rollouts = (count: number, changes: Partial<Behaviour>) => {
    const random = seededRandom(7);
    const canary = { ...PRODUCTION, ...changes };
    return Array.from({ length: count }, () => simulateRollout(canary, random, { batch: 250 }).verdict);
  };

  test('an equal canary is hardly ever rolled back', () => {
    const verdicts = rollouts(10, {});
    expect(verdicts.filter((verdict) => verdict === 'fail').length).toBeLessThanOrEqual(1);
    expect(verdicts.filter((verdict) => verdict === 'pass').length).toBeGreaterThanOrEqual(9);
  });

  test.each([
    ['fails more', { errorRate: 0.06 }],
    ['is slower', { latency: 30 }],
    ['gives other labels', { labels: [0.1, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.03, 0.11, 0.11] }],
    ['is less accurate', { accuracy: 0.6 }],
  ])('one that %s always is', (_, changes) => {
    expect(new Set(rollouts(3, changes))).toEqual(new Set(['fail']));
  });
});

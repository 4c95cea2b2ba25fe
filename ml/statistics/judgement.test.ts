import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { judge } from './judgement.ts';
import { pairedDifference } from './paired.ts';

const losses = (metric: string, z: number) => ({ metric, mean: -z, standardError: 1 });

test.each([
  [
    'the log loss decides where there is one',
    [losses('accuracy', 0), losses('logLoss', 2.1)],
    'accuracy',
    true,
  ],
  ['exactly as many standard errors are not more', [losses('logLoss', 2)], 'accuracy', false],
  ['the metric may not be worse', [losses('accuracy', -2.1), losses('logLoss', 3)], 'accuracy', false],
  [
    'accuracy stands for a metric without losses',
    [losses('accuracy', -3), losses('logLoss', 3)],
    'macroF1',
    false,
  ],
  ['of numbers the loss of the metric decides', [losses('rmse', 0), losses('mae', 3)], 'mae', true],
  ['what no sample tells apart is as good', [{ metric: 'rmse', mean: 0, standardError: 0 }], 'rmse', false],
  [
    'what every sample tells apart alike is better',
    [{ metric: 'rmse', mean: -1, standardError: 0 }],
    'rmse',
    true,
  ],
])('%s', (_, paired, metric, isBetter) => expect(judge([paired], metric, 2)?.isBetter).toBe(isBetter));

test('better on one part is enough, and worse on one is too much', () => {
  const parts = (all: number, recent: number) =>
    judge([[losses('logLoss', all)], [losses('logLoss', recent)]], 'accuracy', 2);
  expect(parts(0, 2.5)).toMatchObject({ isBetter: true, parts: [{ ahead: 0 }, { ahead: 2.5 }] });
  expect(parts(2.5, -1)?.isBetter).toBe(true);
  expect(parts(2.5, -2.5)).toMatchObject({ isBetter: false, parts: [{ worse: [] }, { worse: ['logLoss'] }] });
  expect(judge([[], []], 'accuracy', 2)).toBeUndefined();
});

test('a model that is as good wins in at most 5 % of the cases', () => {
  const random = seededRandom(7);
  const trials = 2_000;
  let wins = 0;
  for (let trial = 0; trial < trials; trial++) {
    const [own, other] = [0, 1].map(() => Float64Array.from({ length: 200 }, () => -Math.log(random()))) as [
      Float64Array,
      Float64Array,
    ];
    const of = (from: number) => [
      { metric: 'logLoss', ...pairedDifference(own.subarray(from), other.subarray(from)) },
    ];
    wins += Number(judge([of(0), of(150)], 'logLoss', 2)!.isBetter);
  }
  expect(wins / trials).toBeLessThan(0.05 + 2 * Math.sqrt((0.05 * 0.95) / trials));
  expect(wins).toBeGreaterThan(0.02 * trials);
});

import { expect, test } from 'vitest';
import { measuredBy } from './measured.ts';

const evaluation = (metric: string, own: number, rival: number) => {
  const paired = [{ metric, mean: -0.04, standardError: 0.01, pValue: 0.001 }];
  return {
    samples: 100,
    metrics: { [metric]: own },
    primaryMetric: metric,
    baseline: {
      version: 'v1.0.0',
      package: '',
      metrics: { [metric]: rival },
      paired,
      pairedRecent: [],
      operational: {},
    },
  };
};

test('the interval of a difference of accuracies has the error of the paired losses', () => {
  const measured = measuredBy(evaluation('accuracy', 0.84, 0.8), null);
  expect(measured).toMatchObject({ samples: 100, value: 0.84, rival: { version: 'v1.0.0', value: 0.8 } });
  expect(measured?.interval?.[0]).toBeCloseTo(0.04 - 0.0196);
  expect(measured?.interval?.[1]).toBeCloseTo(0.04 + 0.0196);
});

test('that of errors is of a difference of roots', () => {
  const { difference, interval } = measuredBy(evaluation('rmse', 2, 3), null)!;
  expect(difference).toBe(-1);
  expect(interval?.[1]).toBeCloseTo(-1 + 0.0196 / 5);
});

test('without a rival there is no difference; without the metric there is nothing', () => {
  const alone = { ...evaluation('accuracy', 0.84, 0.8), baseline: null };
  expect(measuredBy(alone, null)).toMatchObject({ rival: null, difference: null, interval: null });
  expect(measuredBy(alone, 'macroF1')).toBeNull();
});

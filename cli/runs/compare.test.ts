import { expect, test } from 'vitest';
import { summaryOf } from './compare.ts';

const run = (runId: string, metrics: Record<string, number>) => ({ runId, metrics });
const runs = [
  run('a', { accuracy: 0.7, logLoss: 0.9 }),
  run('b', { accuracy: 0.8, logLoss: 0.8 }),
  run('c', { accuracy: 0.9, odd: 1 }),
];

test('a metric of several runs has its mean, deviation and range, and the best run by its direction', () => {
  expect(summaryOf('accuracy', runs)).toEqual({
    ...{ mean: expect.closeTo(0.8, 12), std: expect.closeTo(0.1, 12) },
    ...{ min: 0.7, max: 0.9, best: 'c' },
  });
  expect(summaryOf('logLoss', runs)).toMatchObject({ best: 'b', min: 0.8 });
});

test('of one run there is no deviation, of a metric that is not known no best run, nor where two are as good, of none nothing', () => {
  expect(summaryOf('accuracy', [...runs, run('d', { accuracy: 0.9 })])).toMatchObject({
    max: 0.9,
    best: null,
  });
  expect(summaryOf('odd', runs)).toEqual({ mean: 1, std: null, min: 1, max: 1, best: null });
  expect(summaryOf('odd', [...runs, run('d', { odd: 0 })], 'lower')).toMatchObject({ best: 'd' });
  expect(summaryOf('rmse', runs)).toBeUndefined();
});

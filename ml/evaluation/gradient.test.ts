import { expect, test } from 'vitest';
import { softmaxRows } from '../calibration/temperature.ts';
import { logLoss } from '../metrics/probabilistic.ts';
import { outputGradient } from './gradient.ts';

const LABELS = ['a', 'b', 'c'];
const examples = ['b', 'a'].map((target) => ({ instance: {}, target }));

test('it is the slope of the log loss in each logit', () => {
  const logits = Float64Array.of(0.3, -0.2, 1, 2, 0.5, -1);
  const lossOf = (values: Float64Array) =>
    logLoss(softmaxRows({ rows: 2, columns: 3, values }), Int32Array.of(1, 0));
  const scores = softmaxRows({ rows: 2, columns: 3, values: logits });
  const gradient = outputGradient({ name: 't', type: 'classification', labels: LABELS }, scores, examples);
  for (const [at, slope] of gradient.entries()) {
    const moved = (by: number) => lossOf(logits.map((logit, other) => (other === at ? logit + by : logit)));
    expect(slope).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 8);
  }
});

test('of a number it is twice the error, by the samples', () => {
  const scores = { rows: 2, columns: 1, values: Float64Array.of(3, 5) };
  const numbers = [1, 9].map((target) => ({ instance: {}, target }));
  expect([...outputGradient({ name: 't', type: 'regression' }, scores, numbers)]).toEqual([2, -4]);
});

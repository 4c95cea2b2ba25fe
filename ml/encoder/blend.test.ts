import { expect, test } from 'vitest';
import { softmaxRows } from '../calibration/temperature.ts';
import { argmaxRows } from '../matrix.ts';
import { logLoss } from '../metrics/probabilistic.ts';
import { seededRandom } from '../random.ts';
import { blended, fitBlend, fitThreshold, isSure, logProbabilities, topsOf } from './blend.ts';

const random = seededRandom(5);
const rows = 400;
const labels = Int32Array.from({ length: rows }, () => Math.floor(3 * random()));
/** Margins that tell the class, with so much noise. */
const margins = (noise: number) => ({
  rows,
  columns: 3,
  values: Float64Array.from({ length: 3 * rows }, (_, at) => {
    const isRight = at % 3 === labels[Math.floor(at / 3)];
    return (isRight ? 2 : 0) + noise * (random() + random() + random() - 1.5);
  }),
});
const [good, bad] = [logProbabilities(margins(2), 1), logProbabilities(margins(4), 1)];

test('probabilities are those of a softmax at a temperature', () => {
  const some = margins(3);
  const logs = logProbabilities(some, 1.7);
  for (const [at, value] of softmaxRows(some, 1.7).values.entries()) {
    expect(Math.exp(logs.values[at]!)).toBeCloseTo(value, 12);
  }
});

test('two models with different errors are better together, the better one with the larger share', () => {
  const { share, temperature } = fitBlend(good, bad, labels);
  expect(share).toBeGreaterThan(0.5);
  expect(share).toBeLessThan(1);
  const loss = (share: number) => logLoss(softmaxRows(blended(good, bad, share), temperature), labels);
  expect(loss(share)).toBeLessThan(Math.min(loss(0), loss(1)));
  expect(fitBlend(bad, good, labels).share).toBeCloseTo(1 - share, 10);
});

test('without samples it is the usual share', () => {
  const none = { rows: 0, columns: 3, values: new Float64Array() };
  expect(fitBlend(none, none, new Int32Array())).toEqual({ share: 0.55, temperature: 1 });
});

test('a cascade asks the second model no more than it needs to be as good as the blend', () => {
  const { share, temperature } = fitBlend(good, bad, labels);
  const both = logProbabilities(blended(good, bad, share), temperature);
  const tops = topsOf(good);
  const at = (threshold: number) => {
    const values = both.values.map((value, index) =>
      isSure(tops[Math.floor(index / 3)]!, threshold) ? good.values[index]! : value,
    );
    const scores = { ...both, values };
    const chosen = argmaxRows(scores);
    return {
      right: labels.filter((label, row) => label === chosen[row]).length,
      loss: logLoss(softmaxRows(scores, 1), labels),
    };
  };
  const thresholds = [0.01, 0.05].map((tolerance) => {
    const isAsGood = (threshold: number) =>
      at(threshold).right >= at(2).right && at(threshold).loss <= (1 + tolerance) * at(2).loss;
    const threshold = fitThreshold(good, both, labels, tolerance);
    expect(threshold).toBeGreaterThan(0.5);
    expect(isAsGood(threshold)).toBe(true);
    expect(isAsGood(threshold - 0.01)).toBe(false);
    return threshold;
  });
  expect(thresholds[1]).toBeLessThan(thresholds[0]!);
  expect(fitThreshold(both, good, labels, 0.01)).toBe(0.5); // the first is the better one
  expect(fitThreshold(good, good, new Int32Array(), 0.01)).toBe(2);
});

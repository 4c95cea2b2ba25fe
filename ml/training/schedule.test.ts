import { expect, test } from 'vitest';
import { isBetter, NO_EPOCH } from './early-stopping.ts';
import { learningRateAt, NO_PLATEAU, plateauAfter } from './schedule.ts';

/** Twelve steps of Transformers 4.30.2 with a warm-up of 4 steps, 10 in all, in units of 1e-5. */
const TRANSFORMERS = {
  constant: [0, 0.5, 1, 1.5, 2, 2, 2, 2, 2, 2, 2],
  linear: [0, 0.5, 1, 1.5, 2, 5 / 3, 4 / 3, 1, 2 / 3, 1 / 3, 0],
  cosine: [0, 0.5, 1, 1.5, 2, 1.866025403784439, 1.5, 1, 0.5, 0.1339745962155613, 0],
} as const;

test.each(Object.entries(TRANSFORMERS))('%s is that of Transformers', (kind, rates) => {
  const schedule = { learningRate: 2, schedule: kind as keyof typeof TRANSFORMERS, warmupSteps: 4 };
  for (const [step, rate] of rates.entries())
    expect(learningRateAt(schedule, step, 10)).toBeCloseTo(rate, 12);
});

test('plateau falls when those of PyTorch fall', () => {
  const values = [1, 0.9, 0.895, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.7, 0.8, 0.9];
  const rule = { monitor: 'loss', mode: 'min', patience: 1, minDelta: 0.01 } as const;
  const schedule = { learningRate: 1, schedule: 'plateau', warmupSteps: 0 } as const;
  let [best, plateau] = [NO_EPOCH, NO_PLATEAU];
  const rates = values.map((value, index) => {
    const better = isBetter(rule, value, best);
    if (better) best = { epoch: index + 1, value };
    plateau = plateauAfter(plateau, better);
    return learningRateAt(schedule, 0, 1, plateau);
  });
  // ReduceLROnPlateau(patience=1, threshold=0.01, threshold_mode='abs') of PyTorch 1.13.1
  const expected = [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001, 0.001, 0.0001];
  for (const [at, rate] of rates.entries()) expect(rate).toBeCloseTo(expected[at]!, 12);
});

test('without steps after the warm-up the rate is what it rose to', () => {
  const schedule = { learningRate: 2, schedule: 'linear', warmupSteps: 0 } as const;
  expect(learningRateAt(schedule, 0, 0)).toBe(2);
});

import { expect, test } from 'vitest';
import { epochCompleted } from './epoch.ts';

const usage = { seconds: 4, cpuSeconds: 6, rssBytes: 2 ** 30 };
const report = { epoch: 2, trainLoss: 0.5, validation: { logLoss: 0.6 } };

test('an epoch says what it took, and estimates energy from a stated power alone', () => {
  const { data } = epochCompleted('r', { ...report, samples: 1_000, learningRate: 0.01 }, usage, {
    watts: 90,
    gramsPerKwh: 400,
  });
  expect(data).toEqual({
    runId: 'r',
    ...report,
    ...{
      seconds: 4,
      samplesPerSecond: 250,
      cpuPercent: 150,
      rssBytes: 2 ** 30,
      device: null,
      deviceBytes: null,
    },
    ...{ learningRate: 0.01, gradientNorm: null },
    energy: { watts: 90, wattHours: 0.1, gramsPerKwh: 400, co2Grams: 0.04 }, // 90 W for 4 s are 360 J
  });
});

test('without a power figure there is no estimate, without a count no rate', () => {
  expect(epochCompleted('r', report, usage, {}).data).toMatchObject({ energy: null, samplesPerSecond: null });
  expect(epochCompleted('r', report, usage, { watts: 90 }).data.energy).toMatchObject({ co2Grams: null });
  expect(epochCompleted('r', report, { ...usage, seconds: 0 }, {}).data.cpuPercent).toBeNull();
});

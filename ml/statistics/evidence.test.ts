import { describe, expect, test } from 'vitest';
import { randomBinomial, seededRandom } from '../random.ts';
import { anytimePValue, frequencyEvidence, mixEvidence } from './evidence.ts';

const of = (successes: number, trials: number) => ({ successes, trials });
const SIGNIFICANT = Math.log(20);

/** Of so many rollouts with an error rate in both arms, the share in which evidence ever reached 1/0.05. */
function everSignificant(rollouts: number, canaryRate: number, productionRate: number): number {
  const random = seededRandom(3);
  let significant = 0;
  for (let rollout = 0; rollout < rollouts; rollout++) {
    const [canary, production] = [of(0, 0), of(0, 0)];
    for (let look = 0; look < 60; look++) {
      const arrived = randomBinomial(100, 0.2, random);
      canary.trials += arrived;
      production.trials += 100 - arrived;
      canary.successes += randomBinomial(arrived, canaryRate, random);
      production.successes += randomBinomial(100 - arrived, productionRate, random);
      if (frequencyEvidence(canary, production) >= SIGNIFICANT) {
        significant++;
        break;
      }
    }
  }
  return significant / rollouts;
}

describe('frequencyEvidence', () => {
  test.each([0.01, 0.2])(
    'after 60 looks, errors that are equally frequent (%d) hardly ever look worse',
    (rate) => {
      expect(everSignificant(150, rate, rate)).toBeLessThan(0.05);
    },
  );

  test('errors that are five times as frequent do', () => {
    expect(everSignificant(100, 0.1, 0.02)).toBe(1);
  });

  test('is never a bet on fewer, and needs few events where all are in the canary', () => {
    expect(frequencyEvidence(of(0, 100), of(0, 900))).toBeLessThan(0);
    expect(frequencyEvidence(of(0, 100), of(90, 900))).toBeLessThan(0);
    expect(frequencyEvidence(of(5, 5), of(0, 95))).toBeGreaterThan(SIGNIFICANT);
  });

  test('is exact: over all outcomes under the null its mean is at most 1', () => {
    const [n, m] = [12, 24];
    for (const rate of [0.01, 0.1, 0.4, 0.7]) {
      let mean = 0;
      for (let k = 0; k <= n; k++) {
        for (let j = 0; j <= m; j++) {
          const probability = choose(n, k) * choose(m, j) * rate ** (k + j) * (1 - rate) ** (n + m - k - j);
          mean += probability * Math.exp(frequencyEvidence(of(k, n), of(j, m)));
        }
      }
      expect(mean).toBeLessThan(1 + 1e-12);
    }
  });
});

describe('mixEvidence', () => {
  test('of the same labels is against a difference, of others for it', () => {
    expect(mixEvidence([50, 30, 20], [500, 300, 200])).toBeLessThan(0);
    expect(mixEvidence([90, 5, 5], [500, 300, 200])).toBeGreaterThan(SIGNIFICANT);
  });

  test('after 40 looks, labels that are alike hardly ever differ', () => {
    const random = seededRandom(8);
    let significant = 0;
    for (let rollout = 0; rollout < 80; rollout++) {
      const [canary, production] = [
        [0, 0, 0],
        [0, 0, 0],
      ];
      for (let look = 0; look < 40; look++) {
        for (const [label, frequency] of [60, 30, 10].entries()) {
          canary[label]! += randomBinomial(frequency, 0.1, random);
          production[label]! += randomBinomial(frequency, 0.9, random);
        }
        if (mixEvidence(canary, production) >= SIGNIFICANT) {
          significant++;
          break;
        }
      }
    }
    expect(significant / 80).toBeLessThan(0.05);
  });

  test('refuses what it cannot compare', () => {
    expect(() => mixEvidence([0, 0], [1, 2])).toThrow(expect.objectContaining({ code: 'empty' }));
    expect(() => mixEvidence([1], [1, 2])).toThrow(expect.objectContaining({ code: 'shape' }));
  });
});

test('a p-value that is valid at any time is 1 by the e-value', () => {
  expect(anytimePValue(Math.log(200))).toBeCloseTo(0.005, 15);
  expect(anytimePValue(-3)).toBe(1);
});

const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);

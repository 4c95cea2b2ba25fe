import { expect, test } from 'vitest';
import { fitIsotonic, isotonicValue } from '../../../ml/calibration/isotonic.ts';
import { fitPlatt, plattProbability } from '../../../ml/calibration/platt.ts';
import { seededRandom } from '../../../ml/random.ts';
import { ask } from './ask.ts';

const random = seededRandom(21);
const CASES = Array.from({ length: 12 }, (_, at) => {
  const scores = Array.from({ length: 20 + 40 * at }, () => {
    const score = 8 * (random() - 0.5);
    return at % 3 === 0 ? Math.round(score) : score; // with ties
  });
  const labels = scores.map((score) => Number(random() < 1 / (1 + Math.exp(1 - score))));
  return { scores, labels, asked: Array.from({ length: 50 }, () => 12 * (random() - 0.5)) };
});

test('Platt scaling and isotonic regression are those of scikit-learn', async () => {
  const said = await ask<{ platt: number[]; isotonic: number[] }[]>('calibration.py', CASES);
  for (const [at, { scores, labels, asked }] of CASES.entries()) {
    const [rows, { platt, isotonic }] = [Float64Array.from(scores), said[at]!];
    const sigmoid = fitPlatt(rows, labels);
    const stepwise = fitIsotonic(rows, labels);
    for (const [place, score] of asked.entries()) {
      // its solver stops a little earlier
      expect(Math.abs(plattProbability(sigmoid, score) - platt[place]!)).toBeLessThan(1e-5);
      expect(Math.abs(isotonicValue(stepwise, score) - isotonic[place]!)).toBeLessThan(1e-9);
    }
  }
});

import { expect, test } from 'vitest';
import { chiSquareGoodnessOfFit, chiSquareTwoSample } from '../../ml/statistics/chi-square.ts';
import { placeOf, trafficOf } from './traffic.ts';

const KEYS = Array.from({ length: 20_000 }, (_, i) => `user-${i}`);
const BINS = 20;
const binsOf = (places: readonly number[]): number[] => {
  const counts = new Array<number>(BINS).fill(0);
  for (const place of places) counts[Math.floor((place / 100) * BINS)]! += 1;
  return counts;
};

test('a key is always answered by the same variant, also when the share has grown', () => {
  for (const key of KEYS.slice(0, 2_000)) {
    const [small, again, large] = [5, 5, 25].map(
      (share) => trafficOf({ deploymentId: 'd', stage: 1, share }, key).variant,
    );
    expect(again).toBe(small);
    if (small === 'candidate') expect(large).toBe('candidate');
  }
});

test('keys are uniform, and a share is what it says', () => {
  const places = KEYS.map((key) => placeOf('d', key));
  expect(chiSquareGoodnessOfFit(new Array(BINS).fill(1), binsOf(places)).pValue).toBeGreaterThan(0.001);
  const candidates = places.filter((place) => place < 5).length;
  expect(chiSquareGoodnessOfFit([5, 95], [candidates, KEYS.length - candidates]).pValue).toBeGreaterThan(
    0.001,
  );
});

test('two deployments take their shares independently of each other', () => {
  const inFirst = KEYS.filter((key) => placeOf('first', key) < 50).map((key) => placeOf('second', key));
  const notIn = KEYS.filter((key) => placeOf('first', key) >= 50).map((key) => placeOf('second', key));
  expect(chiSquareTwoSample(binsOf(inFirst), binsOf(notIn)).pValue).toBeGreaterThan(0.001);
});

test('nothing is answered by the candidate at 0 %, and everything at 100 %', () => {
  const variants = (share: number) =>
    new Set(KEYS.map((key) => trafficOf({ deploymentId: 'd', stage: 1, share }, key).variant));
  expect(variants(0)).toEqual(new Set(['production']));
  expect(variants(100)).toEqual(new Set(['candidate']));
});

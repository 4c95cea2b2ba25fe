import { describe, expect, test } from 'vitest';
import { momentsUnderNoDrift, type Term, tailUnderNoDrift } from './chance.ts';
import { chiSquareTerm, hellingerTerm, jensenShannonTerm, sumOver } from './distance.ts';
import { psiTerm } from './psi.ts';

const TERMS = [psiTerm, jensenShannonTerm, hellingerTerm, chiSquareTerm];

/** Every way to deal the pooled counts, with the number of deals of single observations that give it. */
function* deals(pools: readonly number[], window: number): Generator<{ actual: number[]; ways: number }> {
  const [pool, ...rest] = pools;
  if (pool === undefined) {
    if (window === 0) yield { actual: [], ways: 1 };
    return;
  }
  for (let count = 0; count <= Math.min(pool, window); count++) {
    for (const { actual, ways } of deals(rest, window - count)) {
      yield { actual: [count, ...actual], ways: ways * choose(pool, count) };
    }
  }
}

const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);

function enumerated(term: Term, reference: readonly number[], actual: readonly number[]) {
  const pools = reference.map((count, bin) => count + actual[bin]!);
  const size = actual.reduce((sum, count) => sum + count);
  let [ways, sum, squares] = [0, 0, 0];
  for (const deal of deals(pools, size)) {
    const rest = pools.map((pool, bin) => pool - deal.actual[bin]!);
    const value = sumOver(term, rest, deal.actual);
    ways += deal.ways;
    sum += deal.ways * value;
    squares += deal.ways * value ** 2;
  }
  return { mean: sum / ways, variance: squares / ways - (sum / ways) ** 2 };
}

describe('momentsUnderNoDrift', () => {
  test.each([
    [
      [8, 2, 5],
      [3, 3, 1],
    ],
    [
      [5, 5, 1, 0],
      [2, 2, 2, 1],
    ],
    [
      [10, 0],
      [3, 4],
    ],
    [
      [1, 1, 1, 1, 1],
      [1, 1, 1, 1, 1],
    ],
  ])('of %j and %j are those of every deal of the pooled observations', (reference, actual) => {
    const moments = momentsUnderNoDrift(reference, actual, TERMS);
    for (const [i, term] of TERMS.entries()) {
      const { mean, variance } = enumerated(term, reference, actual);
      expect(moments[i]!.mean).toBeCloseTo(mean, 10);
      expect(moments[i]!.variance).toBeCloseTo(variance, 10);
    }
  });

  test('lose nothing where not every count is summed', () => {
    // the mean of chi-square given the margins: N / (N - 1) (B - 1); Haldane (1940) for its variance in the limit: 2 (B - 1)
    const [moments] = momentsUnderNoDrift(
      [40_000, 20_000, 90_000],
      [20_000, 10_000, 45_000],
      [chiSquareTerm],
    );
    expect(moments!.mean).toBeCloseTo((225_000 / 224_999) * 2, 9);
    expect(moments!.variance).toBeCloseTo(4, 2);
  });
});

test('tailUnderNoDrift without variance is certain', () => {
  expect(tailUnderNoDrift(0, { mean: 0, variance: 0 })).toBe(1);
  expect(tailUnderNoDrift(1, { mean: 0, variance: 0 })).toBe(0);
});

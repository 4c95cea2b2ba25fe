import { InvalidInput } from '../errors.ts';
import { pairs, total } from './counts.ts';
import { normalTail } from './distributions.ts';

export interface MannWhitney {
  /** pairs in which the treatment is above the control, ties by half */
  readonly u: number;
  readonly z: number;
  /** two-sided */
  readonly pValue: number;
  /** P(treatment > control) + ½ P(equal), u by all pairs: 0.5 where neither tends to be above */
  readonly superiority: number;
  /** of `superiority` (DeLong, DeLong and Clarke-Pearson 1988) */
  readonly standardError: number;
}

/**
 * The Mann–Whitney U test: whether values of the treatment tend to be above those of the control. The normal
 * approximation with correction for ties and continuity, as SciPy's `mannwhitneyu(method='asymptotic')`; trust it from
 * about eight values in each. Where all values are equal z is 0 and p is 1.
 *
 * @throws InvalidInput `empty` when one has no values, `value` when one is NaN
 */
export function mannWhitney(control: ArrayLike<number>, treatment: ArrayLike<number>): MannWhitney {
  const [a, b] = [countsOf(control), countsOf(treatment)];
  const values = [...new Set([...a.keys(), ...b.keys()])].sort((x, y) => x - y);
  return mannWhitneyOfCounts(
    values.map((value) => a.get(value) ?? 0),
    values.map((value) => b.get(value) ?? 0),
  );
}

/**
 * The same of values that were counted in ordered bins, such as those of a sketch: values of a bin are equal.
 *
 * @param control counts of the bins, in ascending order
 * @param treatment counts of the same bins
 * @throws InvalidInput `empty`, `count`, `shape`
 */
export function mannWhitneyOfCounts(control: readonly number[], treatment: readonly number[]): MannWhitney {
  const [n, m] = [total(control), total(treatment)];
  const cells = pairs(control, treatment);
  let [a, b, u, ties, squaresA, squaresB] = [0, 0, 0, 0, 0, 0]; // a and b: values below the bin
  for (const [c, t] of cells) {
    const below = a + c / 2; // of the control, for each of the treatment's values here
    const above = m - b - t / 2;
    u += t * below;
    squaresB += t * (below / n) ** 2;
    squaresA += c * (above / m) ** 2;
    ties += (c + t) ** 3 - (c + t);
    a += c;
    b += t;
  }
  const superiority = u / (n * m);
  const spread = (squares: number, count: number) =>
    count < 2 ? 0 : Math.max(squares - count * superiority ** 2, 0) / (count - 1) / count;
  const standardError = Math.sqrt(spread(squaresA, n) + spread(squaresB, m));
  const all = n + m;
  const variance = ((n * m) / 12) * (all + 1 - ties / (all * (all - 1)));
  if (!(variance > 0)) return { u, z: 0, pValue: 1, superiority, standardError };
  const size = Math.max(Math.abs(u - (n * m) / 2) - 0.5, -0.5) / Math.sqrt(variance);
  return {
    u,
    z: Math.sign(superiority - 0.5) * size,
    pValue: Math.min(2 * normalTail(size), 1),
    superiority,
    standardError,
  };
}

function countsOf(values: ArrayLike<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of Array.from(values)) {
    if (Number.isNaN(value)) throw new InvalidInput('value', 'NaN has no rank');
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

import { InvalidInput } from '../errors.ts';
import { normalTail } from './distributions.ts';

export interface MannWhitney {
  /** pairs in which the treatment is above the control, ties by half */
  readonly u: number;
  readonly z: number;
  /** two-sided */
  readonly pValue: number;
  /** P(treatment > control) + ½ P(equal), u by all pairs: 0.5 where neither tends to be above */
  readonly superiority: number;
}

/**
 * The Mann–Whitney U test: whether values of the treatment tend to be above those of the control. The normal
 * approximation with correction for ties and continuity, as SciPy's `mannwhitneyu(method='asymptotic')`; trust it from
 * about eight values in each. Where all values are equal z is 0 and p is 1.
 *
 * @throws InvalidInput `empty` when one has no values, `value` when one is NaN
 */
export function mannWhitney(control: ArrayLike<number>, treatment: ArrayLike<number>): MannWhitney {
  const [n, m] = [control.length, treatment.length];
  if (n === 0 || m === 0) throw new InvalidInput('empty', `cannot compare ${n} values with ${m}`);
  const { rankSum, ties } = ranked(control, treatment);
  const total = n + m;
  const u = rankSum - (m * (m + 1)) / 2;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  const distance = Math.abs(u - (n * m) / 2) - 0.5;
  const superiority = u / (n * m);
  if (!(variance > 0)) return { u, z: 0, pValue: 1, superiority };
  const size = Math.max(distance, -0.5) / Math.sqrt(variance);
  return {
    u,
    z: Math.sign(superiority - 0.5) * size,
    pValue: Math.min(2 * normalTail(size), 1),
    superiority,
  };
}

/** The sum of the treatment's ranks from 1, ties at their mean rank; and Σ (t³ − t) over groups of t equal values. */
function ranked(control: ArrayLike<number>, treatment: ArrayLike<number>): { rankSum: number; ties: number } {
  const [a, b] = [Float64Array.from(control).sort(), Float64Array.from(treatment).sort()];
  let [i, j, below, rankSum, ties] = [0, 0, 0, 0, 0];
  while (i < a.length || j < b.length) {
    const value = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    if (Number.isNaN(value)) throw new InvalidInput('value', 'NaN has no rank');
    const [fromControl, fromTreatment] = [runOf(a, i, value), runOf(b, j, value)];
    const equal = fromControl + fromTreatment;
    rankSum += fromTreatment * (below + (equal + 1) / 2);
    ties += equal ** 3 - equal;
    below += equal;
    i += fromControl;
    j += fromTreatment;
  }
  return { rankSum, ties };
}

function runOf(sorted: Float64Array, from: number, value: number): number {
  let at = from;
  while (at < sorted.length && sorted[at] === value) at++;
  return at - from;
}

import { momentsUnderNoDrift, tailUnderNoDrift } from './chance.ts';
import { chiSquareTerm, hellingerTerm, jensenShannonTerm, sumOver } from './distance.ts';
import { kolmogorovSmirnovTest, orderedBins, wassersteinTest } from './ordered.ts';
import { psiTerm } from './psi.ts';

/** Two histograms of the same bins. Beyond the bins that `edges` or `categories` name come those of unknown and missing values. */
export interface ComparedBins {
  /** of numbers; empty for categories */
  readonly edges: readonly number[];
  readonly reference: readonly number[];
  readonly actual: readonly number[];
}

export interface Compared {
  readonly distance: string;
  readonly value: number;
  /** its mean when nothing drifts, or the root of the mean of its square */
  readonly expected: number;
  /** the probability of a value at least as large when nothing drifts */
  readonly pValue: number;
}

const same = (sum: number) => sum;
const root = (sum: number) => Math.sqrt(Math.max(sum, 0));

/** Distances that are a sum over bins, or its root. */
const DIVERGENCES = [
  { distance: 'psi', term: psiTerm, of: same },
  { distance: 'jensenShannon', term: jensenShannonTerm, of: root },
  { distance: 'hellinger', term: hellingerTerm, of: root },
  { distance: 'chiSquare', term: chiSquareTerm, of: same },
] as const;

/** Those of numbers alone: they need an order. */
const ORDERED = [
  { distance: 'kolmogorovSmirnov', test: kolmogorovSmirnovTest },
  { distance: 'wasserstein', test: wassersteinTest },
] as const;

/**
 * Every distance between two histograms, with what chance makes of it. Kolmogorov and Smirnov's and Wasserstein's compare numbers
 * that are there; the others count missing values too.
 *
 * @throws InvalidInput `shape`, `empty`, `count`
 */
export function compareHistograms({ edges, reference, actual }: ComparedBins): Compared[] {
  const moments = momentsUnderNoDrift(
    reference,
    actual,
    DIVERGENCES.map(({ term }) => term),
  );
  const divergences = DIVERGENCES.map(({ distance, term, of }, i) => {
    const sum = sumOver(term, reference, actual);
    const { [i]: under } = moments;
    return { distance, value: of(sum), expected: of(under!.mean), pValue: tailUnderNoDrift(sum, under!) };
  });
  const bins = edges.length - 1;
  const ordered = orderedBins(edges, reference.slice(0, bins), actual.slice(0, bins));
  const isOrdered = bins > 0 && [ordered.reference, ordered.actual].every((of) => of.some((n) => n > 0));
  return isOrdered
    ? [...divergences, ...ORDERED.map(({ distance, test }) => ({ distance, ...test(ordered) }))]
    : divergences;
}

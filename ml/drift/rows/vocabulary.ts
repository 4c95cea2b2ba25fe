import { type Random, shuffle } from '../../random.ts';
import { tailUnderNoDrift } from '../chance.ts';
import { psiTerm } from '../psi.ts';
import { SKETCH_BITS } from './sketch.ts';

/** Permutations of the texts that mean and variance are estimated from. */
const DEALS = 200;

export interface VocabularyTest {
  /** of the shares that the words of each bit have */
  readonly psi: number;
  /** its mean when nothing drifts */
  readonly expected: number;
  /** the probability of an index at least this large when nothing drifts */
  readonly pValue: number;
}

/**
 * How much the frequencies of words differ between two sets of texts: the population stability index over the bits of their
 * sketches. Words of one text come together, so that chance is told by texts and not by words: mean and variance are those of 200
 * random deals of all texts to the two sets, and the tail is that of a gamma distribution with both.
 *
 * @param reference the bits of each text
 * @param actual likewise
 */
export function vocabularyTest(
  reference: readonly Int32Array[],
  actual: readonly Int32Array[],
  random: Random,
): VocabularyTest {
  const texts = [...actual, ...reference];
  const all = countsOf(texts, texts.length);
  const value = distance(all, countsOf(texts, actual.length));
  const dealt = Array.from({ length: DEALS }, () =>
    distance(all, countsOf(shuffle(texts, random), actual.length)),
  );
  const mean = dealt.reduce((sum, one) => sum + one, 0) / DEALS;
  const variance = dealt.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (DEALS - 1);
  return { psi: value, expected: mean, pValue: tailUnderNoDrift(value, { mean, variance }) };
}

/** Texts with each bit, of the first `count`. */
function countsOf(texts: readonly Int32Array[], count: number): Float64Array {
  const counts = new Float64Array(SKETCH_BITS);
  for (let text = 0; text < count; text++) {
    const bits = texts[text]!;
    for (let at = 0; at < bits.length; at++) counts[bits[at]!]! += 1;
  }
  return counts;
}

/** As `psi`, of the counts of the one and of both together. */
function distance(all: Float64Array, actual: Float64Array): number {
  let [n, m] = [0, 0];
  for (let bit = 0; bit < SKETCH_BITS; bit++) {
    m += actual[bit]!;
    n += all[bit]! - actual[bit]!;
  }
  let sum = 0;
  for (let bit = 0; bit < SKETCH_BITS; bit++) sum += psiTerm(all[bit]! - actual[bit]!, actual[bit]!, n, m);
  return sum;
}

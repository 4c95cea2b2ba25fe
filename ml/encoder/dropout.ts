import { seededRandom } from '../random.ts';

/** Values of 16 bits, of which a 32-bit number makes two. */
const VALUES = 2 ** 16;

/**
 * Factors of dropout: 0 with a probability of `rate` (as near as 1/65,536), else what makes up for the zeros. They follow
 * from the seed alone, so a run that computes them again, or resumes, has the same.
 *
 * @param rate from 0, below 1
 */
export function dropoutFactors(rate: number, seed: number, factors: Float32Array): Float32Array {
  const random = seededRandom(seed);
  const dropped = Math.round(rate * VALUES);
  const kept = VALUES / (VALUES - dropped);
  for (let at = 0; at < factors.length; at += 2) {
    const bits = random() * VALUES; // 16 bits before the point, and 16 after it
    const high = Math.floor(bits);
    factors[at] = high < dropped ? 0 : kept;
    factors[at + 1] = (bits - high) * VALUES < dropped ? 0 : kept; // beyond an odd end it is ignored
  }
  return factors;
}

import { seededRandom } from '../random.ts';
import type { Dense } from './weights.ts';

const DEVIATION = 0.02; // of BERT's new layers (initializer_range)

/** A layer of scores to begin with: normal numbers by Box and Muller (1958), and no bias. */
export function initialHead(hidden: number, scores: number, seed: number): Dense {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return {
    weight: Float32Array.from({ length: hidden * scores }, () => DEVIATION * normal()),
    bias: new Float32Array(scores),
  };
}

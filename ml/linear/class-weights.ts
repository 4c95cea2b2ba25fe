import { didYouMean } from '../../kernel/nearest.ts';
import { InvalidInput } from '../errors.ts';

/** Factors of the cost of an error for one class: on its own examples, and on those against it. */
export interface SideCosts {
  readonly example: number;
  readonly against: number;
}

export const EQUAL_COSTS: SideCosts = { example: 1, against: 1 };

const ENTRY = /^(.+)=([^=]+)$/;

/**
 * How much an error on an example of each label counts: 1, `balanced` (samples / (labels that occur · samples of the
 * label), as scikit-learn's), or what a list of `label=weight` says; 1 for a label that it does not name.
 *
 * @param classes the label of each sample
 * @throws InvalidInput `parameter` for a label that is not there, with the nearest one, or a weight that is not positive
 */
export function classWeightsOf(
  given: 'none' | 'balanced' | readonly string[],
  labels: readonly string[],
  classes: Int32Array,
): Float64Array {
  const weights = new Float64Array(labels.length).fill(1);
  if (given === 'none') return weights;
  if (given === 'balanced') {
    const counts = new Float64Array(labels.length);
    for (const label of classes) counts[label]! += 1;
    const occurring = counts.filter((count) => count > 0).length;
    return weights.map((_, k) => (counts[k]! > 0 ? classes.length / (occurring * counts[k]!) : 1));
  }
  const seen = new Set<string>();
  for (const entry of given) {
    const [, label = '', text = ''] = ENTRY.exec(entry) ?? [];
    const weight = Number(text);
    if (label === '' || !(weight > 0) || !Number.isFinite(weight)) {
      throw refused(`takes label=weight with a weight above 0, such as "${labels[0]}=3", not '${entry}'`);
    }
    const at = labels.indexOf(label);
    if (at < 0) throw refused(`names '${label}', which is no label${didYouMean(label, labels)}`);
    if (seen.has(label)) throw refused(`names '${label}' twice`);
    seen.add(label);
    weights[at] = weight;
  }
  return weights;
}

/**
 * What the weights of labels mean for one-vs-rest machines, as LIBLINEAR takes them: those of a label's own examples.
 * The rest is a mixture and keeps 1; of two labels it is the other one, with its weight.
 */
export const sideCosts = (weights: Float64Array): SideCosts[] =>
  Array.from(weights, (example, k) => ({ example, against: weights.length === 2 ? weights[1 - k]! : 1 }));

const refused = (reason: string) => new InvalidInput('parameter', `classWeights ${reason}`);

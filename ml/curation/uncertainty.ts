import { InvalidInput } from '../errors.ts';
import type { DenseMatrix } from '../matrix.ts';
import type { LearningProblem } from '../problem.ts';

/** How uncertain an answer is: by all probabilities, by the two highest, or by the highest alone. */
export const UNCERTAINTIES = ['entropy', 'margin', 'confidence'] as const;
export type Uncertainty = (typeof UNCERTAINTIES)[number];

/** Whether a text from outside names one. */
export const isUncertainty = (name: string): name is Uncertainty =>
  (UNCERTAINTIES as readonly string[]).includes(name);

/**
 * How uncertain a classifier is of each row, from 0 to 1 (Settles 2009, uncertainty sampling). Of several labels: of the
 * decision on a label that it is least sure of.
 *
 * @param scores N × K probabilities
 * @throws InvalidInput `problem` for a model that answers with a number
 */
export function uncertaintiesOf(
  { type }: LearningProblem,
  { rows, columns, values }: DenseMatrix,
  measure: Uncertainty,
): Float64Array {
  if (type === 'regression')
    throw new InvalidInput('problem', 'a model that answers with a number does not say how certain it is');
  return Float64Array.from({ length: rows }, (_, row) => {
    const own = values.subarray(row * columns, (row + 1) * columns);
    if (type === 'classification') return MEASURES[measure](own);
    return Math.max(...Array.from(own, (yes) => MEASURES[measure](Float64Array.of(yes, 1 - yes))));
  });
}

type Probabilities = Float32Array | Float64Array;

const MEASURES: Readonly<Record<Uncertainty, (probabilities: Probabilities) => number>> = {
  entropy(probabilities) {
    let sum = 0;
    for (const p of probabilities) if (p > 0) sum -= p * Math.log(p);
    return sum / Math.log(probabilities.length);
  },
  margin(probabilities) {
    let [first, second] = [0, 0];
    for (const p of probabilities) {
      if (p > first) [first, second] = [p, first];
      else if (p > second) second = p;
    }
    return 1 - (first - second);
  },
  confidence(probabilities) {
    const classes = probabilities.length;
    return (1 - Math.max(...probabilities)) / (1 - 1 / classes);
  },
};

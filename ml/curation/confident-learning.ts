import { InvalidInput } from '../errors.ts';
import type { DenseMatrix } from '../matrix.ts';

/** A sample whose label may be wrong. */
export interface Suspect {
  readonly row: number;
  /** the class that it may be instead */
  readonly suggested: number;
  /** probability of its own class, by a model that did not learn from it */
  readonly own: number;
  /** that of the class suggested */
  readonly confidence: number;
}

/** A sample is suspected only when its own class is less probable than this. */
const UNLIKELY = 0.5;

/**
 * Confident learning (Northcutt, Jiang and Chuang 2021): a sample counts as one of another class when the probability of that
 * class is at least its mean over the samples that are labelled so; of several such classes it is the most probable one. A
 * sample that counts as one of another class, and whose own class has less than one half, is suspected.
 *
 * @param probabilities samples × classes, each row by a model that did not learn from the sample
 * @param labels the class of each sample
 * @param isAlso whether a sample is known to be of a class too: that class is not suggested for it
 * @returns the least probable own class first
 * @throws InvalidInput `shape`
 */
export function suspectedLabels(
  { rows, columns, values }: DenseMatrix,
  labels: ArrayLike<number>,
  isAlso: (row: number, column: number) => boolean = () => false,
): Suspect[] {
  if (labels.length !== rows)
    throw new InvalidInput('shape', `${rows} rows need as many labels, not ${labels.length}`);
  const thresholds = thresholdsOf({ rows, columns, values }, labels);
  const suspects: Suspect[] = [];
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!;
    const own = values[row * columns + label]!;
    if (own >= UNLIKELY) continue;
    let counted = -1;
    let confidence = 0;
    for (let column = 0; column < columns; column++) {
      const probability = values[row * columns + column]!;
      if (probability < thresholds[column]! || probability <= confidence) continue;
      counted = column;
      confidence = probability;
    }
    if (counted >= 0 && counted !== label && !isAlso(row, counted))
      suspects.push({ row, suggested: counted, own, confidence });
  }
  return suspects.sort((a, b) => a.own - b.own || a.row - b.row);
}

/** Of each class its mean probability over the samples that are labelled so; of one without samples beyond reach. */
function thresholdsOf({ rows, columns, values }: DenseMatrix, labels: ArrayLike<number>): Float64Array {
  const [sums, counts] = [new Float64Array(columns), new Float64Array(columns)];
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!;
    sums[label]! += values[row * columns + label]!;
    counts[label]! += 1;
  }
  return sums.map((sum, column) => (counts[column] === 0 ? Number.POSITIVE_INFINITY : sum / counts[column]!));
}

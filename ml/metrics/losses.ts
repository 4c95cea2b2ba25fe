import { argmaxRows, type DenseMatrix } from '../matrix.ts';

/** 0 where the class that is answered, as a rule the most probable one, is the right one, else 1. */
export function zeroOneLosses(
  probabilities: DenseMatrix,
  actual: Int32Array,
  predicted: Int32Array = argmaxRows(probabilities),
): Float64Array {
  return Float64Array.from(actual, (label, row) => (predicted[row] === label ? 0 : 1));
}

/**
 * −ln p(right class) of each sample, with p kept off 0 by the machine epsilon of its type, so that one certain mistake
 * does not make it infinite.
 */
export function logLosses({ columns, values }: DenseMatrix, actual: Int32Array): Float64Array {
  const smallest = values instanceof Float32Array ? 2 ** -23 : Number.EPSILON;
  return Float64Array.from(
    actual,
    (label, row) => -Math.log(Math.max(values[row * columns + label]!, smallest)),
  );
}

import type { SparseMatrix } from '../matrix.ts';

/** Rows of a sparse matrix without the columns that none of them has: `values[row * used.length + at]` of column `used[at]`. */
export interface Batch {
  readonly rows: Int32Array;
  /** ascending */
  readonly used: Int32Array;
  readonly values: Float32Array;
}

/** The rows of a matrix in batches of so many; the last may be smaller. */
export function* batchesOf(
  features: SparseMatrix,
  order: Int32Array,
  size: number,
): Generator<Batch, undefined> {
  const places = new Int32Array(features.columns).fill(-1);
  for (let start = 0; start < order.length; start += size) {
    yield batchOf(features, order.subarray(start, start + size), places);
  }
}

/** @param places by column −1, before and after */
function batchOf({ offsets, indices, values }: SparseMatrix, rows: Int32Array, places: Int32Array): Batch {
  const seen: number[] = [];
  for (const row of rows) {
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
      const column = indices[at]!;
      if (places[column]! >= 0) continue;
      places[column] = 0;
      seen.push(column);
    }
  }
  const used = seen.length > 0 ? Int32Array.from(seen).sort() : Int32Array.of(0); // no tensor is of no columns
  for (let at = 0; at < used.length; at++) places[used[at]!] = at;
  const dense = new Float32Array(rows.length * used.length);
  for (let row = 0; row < rows.length; row++) {
    const first = row * used.length;
    for (let at = offsets[rows[row]!]!; at < offsets[rows[row]! + 1]!; at++) {
      dense[first + places[indices[at]!]!]! += values[at]!;
    }
  }
  for (const column of used) places[column] = -1;
  return { rows, used, values: dense };
}

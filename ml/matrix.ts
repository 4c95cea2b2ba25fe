/** A dense matrix, row by row: element (i, j) is `values[i * columns + j]`. */
export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array | Float64Array;
}

/** A sparse vector: `values[k]` stands at `indices[k]`, everything else is zero. */
export interface SparseVector {
  readonly indices: Int32Array;
  readonly values: Float32Array;
}

/** Compressed sparse rows: row i is the entries from `offsets[i]` up to `offsets[i + 1]`. */
export interface SparseMatrix extends SparseVector {
  readonly rows: number;
  readonly columns: number;
  readonly offsets: Int32Array;
}

export function sparseRow(matrix: SparseMatrix, row: number): SparseVector {
  const [start, end] = [matrix.offsets[row], matrix.offsets[row + 1]];
  return { indices: matrix.indices.subarray(start, end), values: matrix.values.subarray(start, end) };
}

/** The column of the largest value of each row; the first one on a tie. */
export function argmaxRows({ rows, columns, values }: DenseMatrix): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => {
    const start = row * columns;
    let best = start;
    for (let at = start + 1; at < start + columns; at++) if (values[at]! > values[best]!) best = at;
    return best - start;
  });
}

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

/** Matrices of the same rows as one, each times its weight: its columns come after those of the ones before it. */
export function besideEachOther(
  parts: readonly SparseMatrix[],
  weights: readonly { readonly weight: number }[],
): SparseMatrix {
  const [first, ...more] = parts;
  if (first && more.length === 0 && weights[0]!.weight === 1) return first;
  const rows = first?.rows ?? 0;
  const entries = parts.reduce((sum, { indices }) => sum + indices.length, 0);
  const offsets = new Int32Array(rows + 1);
  const indices = new Int32Array(entries);
  const values = new Float32Array(entries);
  let end = 0;
  for (let row = 0; row < rows; row++) {
    let columns = 0;
    for (const [at, part] of parts.entries()) {
      const { weight } = weights[at]!;
      for (let entry = part.offsets[row]!; entry < part.offsets[row + 1]!; entry++) {
        indices[end] = columns + part.indices[entry]!;
        values[end++] = weight * part.values[entry]!;
      }
      columns += part.columns;
    }
    offsets[row + 1] = end;
  }
  return { rows, columns: parts.reduce((sum, { columns }) => sum + columns, 0), offsets, indices, values };
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

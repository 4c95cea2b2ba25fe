import type { SparseMatrix } from '../../ml/matrix.ts';

/** Rows as a sparse matrix: what is not 0. */
export function sparseMatrix(rows: readonly (readonly number[])[]): SparseMatrix {
  const entries = rows.map((row) => [...row.entries()].filter(([, value]) => value !== 0));
  const offsets = [0];
  for (const row of entries) offsets.push(offsets.at(-1)! + row.length);
  return {
    rows: rows.length,
    columns: rows[0]!.length,
    offsets: Int32Array.from(offsets),
    indices: Int32Array.from(entries.flat(), ([index]) => index),
    values: Float32Array.from(entries.flat(), ([, value]) => value),
  };
}

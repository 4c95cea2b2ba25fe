import type { SparseMatrix } from '../matrix.ts';

/**
 * Adds row · weights to `sums`: one sum per score. Weights lie column by column, the scores of a column side by side. Each
 * sum adds up in the order of the row's entries, so it is the same number however many scores there are. Eight scores at a
 * time, and then two, stay in registers: a third of the time of a loop over them.
 *
 * @param sums as many as scores; what is in them is added to
 */
export function addProducts(
  { offsets, indices, values }: SparseMatrix,
  row: number,
  weights: Float32Array,
  sums: Float64Array,
): void {
  const scores = sums.length;
  const start = offsets[row]!;
  const end = offsets[row + 1]!;
  let k = 0;
  for (; k + 8 <= scores; k += 8) {
    let s0 = sums[k]!;
    let s1 = sums[k + 1]!;
    let s2 = sums[k + 2]!;
    let s3 = sums[k + 3]!;
    let s4 = sums[k + 4]!;
    let s5 = sums[k + 5]!;
    let s6 = sums[k + 6]!;
    let s7 = sums[k + 7]!;
    for (let at = start; at < end; at++) {
      const value = values[at]!;
      const base = indices[at]! * scores + k;
      s0 += value * weights[base]!;
      s1 += value * weights[base + 1]!;
      s2 += value * weights[base + 2]!;
      s3 += value * weights[base + 3]!;
      s4 += value * weights[base + 4]!;
      s5 += value * weights[base + 5]!;
      s6 += value * weights[base + 6]!;
      s7 += value * weights[base + 7]!;
    }
    sums[k] = s0;
    sums[k + 1] = s1;
    sums[k + 2] = s2;
    sums[k + 3] = s3;
    sums[k + 4] = s4;
    sums[k + 5] = s5;
    sums[k + 6] = s6;
    sums[k + 7] = s7;
  }
  for (; k + 2 <= scores; k += 2) {
    let s0 = sums[k]!;
    let s1 = sums[k + 1]!;
    for (let at = start; at < end; at++) {
      const value = values[at]!;
      const base = indices[at]! * scores + k;
      s0 += value * weights[base]!;
      s1 += value * weights[base + 1]!;
    }
    sums[k] = s0;
    sums[k + 1] = s1;
  }
  if (k === scores) return;
  let sum = sums[k]!;
  for (let at = start; at < end; at++) sum += values[at]! * weights[indices[at]! * scores + k]!;
  sums[k] = sum;
}

/** Adds each entry of a row times `steps` to the weights of its column: one step per score. */
export function moveWeights(
  { offsets, indices, values }: SparseMatrix,
  row: number,
  weights: Float32Array,
  steps: Float64Array,
): void {
  const scores = steps.length;
  const start = offsets[row]!;
  const end = offsets[row + 1]!;
  let k = 0;
  for (; k + 8 <= scores; k += 8) {
    const s0 = steps[k]!;
    const s1 = steps[k + 1]!;
    const s2 = steps[k + 2]!;
    const s3 = steps[k + 3]!;
    const s4 = steps[k + 4]!;
    const s5 = steps[k + 5]!;
    const s6 = steps[k + 6]!;
    const s7 = steps[k + 7]!;
    for (let at = start; at < end; at++) {
      const value = values[at]!;
      const base = indices[at]! * scores + k;
      weights[base]! += value * s0;
      weights[base + 1]! += value * s1;
      weights[base + 2]! += value * s2;
      weights[base + 3]! += value * s3;
      weights[base + 4]! += value * s4;
      weights[base + 5]! += value * s5;
      weights[base + 6]! += value * s6;
      weights[base + 7]! += value * s7;
    }
  }
  for (; k < scores; k++) {
    const step = steps[k]!;
    if (step === 0) continue;
    for (let at = start; at < end; at++) weights[indices[at]! * scores + k]! += values[at]! * step;
  }
}

import type { Tensor } from '../adapters/adapter.ts';

/** `TOKEN_INPUTS` of a batch: as many columns as the longest text has tokens, and `least` at least. */
export function tokenInputs(rows: readonly (readonly number[])[], least = 1): Record<string, Tensor> {
  const tokens = Math.max(least, ...rows.map(({ length }) => length));
  const dims = [rows.length, tokens];
  const ids = new BigInt64Array(rows.length * tokens);
  const mask = new BigInt64Array(rows.length * tokens);
  for (const [row, own] of rows.entries()) {
    for (const [at, id] of own.entries()) ids[row * tokens + at] = BigInt(id);
    mask.fill(1n, row * tokens, row * tokens + own.length);
  }
  return { input_ids: { dims, data: ids }, attention_mask: { dims, data: mask } };
}

/** `TOKEN_INPUTS` of so many texts that are not read. */
export const noTokens = (rows: number): Record<string, Tensor> =>
  tokenInputs(Array<number[]>(rows).fill([]), 0);

import type { Tensor } from '../adapters/adapter.ts';

/** `TOKEN_INPUTS` of a batch: as many columns as the longest text has tokens. */
export function tokenInputs(rows: readonly (readonly number[])[]): Record<string, Tensor> {
  const tokens = Math.max(1, ...rows.map(({ length }) => length));
  const dims = [rows.length, tokens];
  const ids = new BigInt64Array(rows.length * tokens);
  const mask = new BigInt64Array(rows.length * tokens);
  for (const [row, own] of rows.entries()) {
    for (const [at, id] of own.entries()) ids[row * tokens + at] = BigInt(id);
    mask.fill(1n, row * tokens, row * tokens + own.length);
  }
  return { input_ids: { dims, data: ids }, attention_mask: { dims, data: mask } };
}

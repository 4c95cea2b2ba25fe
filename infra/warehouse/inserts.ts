/** Bytes of rows that are inserted as one block: in memory it takes several times that in each table and view it reaches. */
const MAX_BLOCK_BYTES = 16_000_000;

/** Some rows of an insert, from one index of its bytes (of JSON: characters) to another. */
export interface Block {
  from: number;
  to: number;
  /** deduplication token */
  token: string;
}

/**
 * Rows in blocks of at most `limit` bytes, or of one row that is larger; `ends` says where each row ends. One block keeps the
 * token, several get `token/0`, `token/1`, … Rows of the same sizes always give the same blocks: after an error the same
 * rows under the same token are inserted where they are missing, and nowhere twice.
 */
export function blocksOf(ends: readonly number[], token: string, limit = MAX_BLOCK_BYTES): Block[] {
  const starts = [0];
  let last = 0;
  for (const end of ends) {
    if (last > starts.at(-1)! && end - starts.at(-1)! > limit) starts.push(last);
    last = end;
  }
  return starts.map((from, index) => ({
    from,
    to: starts[index + 1] ?? last,
    token: starts.length === 1 ? token : `${token}/${index}`,
  }));
}

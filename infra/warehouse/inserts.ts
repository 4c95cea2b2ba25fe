/** A row in a format of ClickHouse in which rows may follow each other: a line of JSON, or bytes. */
export type EncodedRow = string | Uint8Array;

/** Bytes of rows that are inserted as one block: in memory it takes several times that in each table and view it reaches. */
const MAX_BLOCK_BYTES = 16_000_000;

/**
 * Rows in blocks of at most `limit` bytes (of a JSON line: characters), or of one row that is larger. One block keeps the
 * token, several get `token/0`, `token/1`, … Rows of the same sizes always give the same blocks: after an error the same
 * rows under the same token are inserted where they are missing, and nowhere twice.
 */
export function blocksOf(
  rows: readonly EncodedRow[],
  token: string,
  limit = MAX_BLOCK_BYTES,
): [rows: readonly EncodedRow[], token: string][] {
  const starts = [0];
  let size = 0;
  rows.forEach((row, index) => {
    if (size > 0 && size + row.length > limit) {
      starts.push(index);
      size = 0;
    }
    size += row.length;
  });
  return starts.map((start, index) => [
    rows.slice(start, starts[index + 1]),
    starts.length === 1 ? token : `${token}/${index}`,
  ]);
}

import { seededRandom } from '../../ml/random.ts';

/** Rows of a reference, and cells of all together: an event must fit into the log. */
const MAX_ROWS = 500;
const MAX_CELLS = 10_000;

/**
 * Which of some rows are sampled, each as likely as another (reservoir sampling, Vitter 1985, algorithm R): of each place in the
 * sample the row that is there in the end.
 *
 * @param columns cells of a row
 */
export function sampledRows(count: number, columns: number, seed: number): Int32Array {
  const size = Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_CELLS / Math.max(1, columns))));
  const random = seededRandom(seed);
  const rows = Int32Array.from({ length: Math.min(size, count) }, (_, row) => row);
  for (let row = size; row < count; row++) {
    const at = Math.floor(random() * (row + 1));
    if (at < size) rows[at] = row;
  }
  return rows;
}

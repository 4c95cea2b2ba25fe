import { type ColumnKind, MAX_BINS, MISSING_BIN, type Table } from './table.ts';

/** How the values of a column become bins. */
export interface ColumnBins {
  readonly kind: ColumnKind['kind'];
  /** bins that are in use, without that of missing numbers */
  readonly bins: number;
  /** of numbers: bin b holds the values up to and including `thresholds[b]`, the last bin what is above all of them */
  readonly thresholds: Float32Array;
}

/** Columns whose bins share an integer: one look at a row serves so many columns. */
export const GROUP = 4;

/**
 * A table as bytes. Those of four columns share an integer, the first column's lowest: the bin of a column is
 * `(packed[floor(column / GROUP) * rows + row] >>> (8 * (column % GROUP))) & 0xff`.
 */
export interface BinnedTable {
  readonly rows: number;
  readonly columns: readonly ColumnBins[];
  readonly packed: Int32Array;
}

/** Values of a column that are looked at to find its thresholds: more hardly move a quantile. */
const MAX_SAMPLE = 200_000;

/**
 * Bins of the columns of a table: one for each distinct number where there are at most `MAX_BINS`, else between
 * quantiles; a category is a bin of its own.
 */
export function fitBins(table: Table): ColumnBins[] {
  return table.columns.map((column, index) => {
    if (column.kind === 'category') {
      return { kind: column.kind, bins: column.categories, thresholds: new Float32Array() };
    }
    const thresholds = thresholdsOf(sortedColumn(table, index));
    return { kind: column.kind, bins: thresholds.length + 1, thresholds };
  });
}

export function applyBins({ rows, values }: Table, columns: readonly ColumnBins[]): BinnedTable {
  const packed = new Int32Array(rows * Math.ceil(columns.length / GROUP));
  for (const [index, { kind, thresholds }] of columns.entries()) {
    const from = Math.floor(index / GROUP) * rows;
    const shift = 8 * (index % GROUP);
    for (let row = 0; row < rows; row++) {
      const value = values[row * columns.length + index]!;
      const bin = kind === 'category' ? value : binOf(value, thresholds);
      packed[from + row]! |= bin << shift;
    }
  }
  return { rows, columns, packed };
}

function binOf(value: number, thresholds: Float32Array): number {
  if (Number.isNaN(value)) return MISSING_BIN;
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= thresholds[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The numbers of a column that are there, ascending; evenly spaced ones where there are very many rows. */
function sortedColumn({ rows, columns, values }: Table, column: number): Float32Array {
  const step = Math.max(1, rows / MAX_SAMPLE);
  const sample = new Float32Array(Math.min(rows, MAX_SAMPLE));
  let size = 0;
  for (let at = 0; at < sample.length; at++) {
    const value = values[Math.floor(at * step) * columns.length + column]!;
    if (!Number.isNaN(value)) sample[size++] = value;
  }
  return sample.subarray(0, size).sort();
}

function thresholdsOf(sorted: Float32Array): Float32Array {
  const distinct = sorted.filter((value, at) => at === 0 || value !== sorted[at - 1]);
  if (distinct.length <= MAX_BINS) {
    return Float32Array.from({ length: Math.max(0, distinct.length - 1) }, (_, at) =>
      between(distinct[at]!, distinct[at + 1]!),
    );
  }
  const quantiles = Float32Array.from({ length: MAX_BINS - 1 }, (_, at) =>
    quantile(sorted, (at + 1) / MAX_BINS),
  );
  return quantiles.filter((value, at) => at === 0 || value !== quantiles[at - 1]);
}

/** The middle of two neighbouring values; in single precision it may fall on the upper one, which is above it. */
function between(low: number, high: number): number {
  const middle = Math.fround(low + (high - low) / 2);
  return middle < high ? middle : low;
}

function quantile(sorted: Float32Array, share: number): number {
  const at = Math.round(share * (sorted.length - 1));
  return sorted[at]!;
}

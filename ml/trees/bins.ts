import { type ColumnKind, MAX_BINS, type Table } from './table.ts';

/** How the values of a column become bins. */
export interface ColumnBins {
  readonly kind: ColumnKind['kind'];
  /** so many; that of missing numbers is the one after them */
  readonly bins: number;
  /** of numbers: bin b holds the values up to and including `thresholds[b]`, the last bin what is above all of them */
  readonly thresholds: Float32Array;
}

/** Columns whose bins share an integer: one look at a row serves so many columns. */
export const GROUP = 4;

/** A table as bytes, twice: a sum over all columns reads it as integers, a split of rows by one column as bytes. */
export interface BinnedTable {
  readonly rows: number;
  readonly columns: readonly ColumnBins[];
  /** column by column: `bins[column * rows + row]` */
  readonly bins: Uint8Array;
  /**
   * Those of four columns share an integer, the first column's lowest: the bin of a column is
   * `(packed[floor(column / GROUP) * rows + row] >>> (8 * (column % GROUP))) & 0xff`.
   */
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

/** Tables of the same columns as one: the rows of the first come first. */
export function applyBins(tables: readonly Table[], columns: readonly ColumnBins[]): BinnedTable {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const bins = new Uint8Array(rows * columns.length);
  const packed = new Int32Array(rows * Math.ceil(columns.length / GROUP));
  let to = 0;
  for (const [index, column] of columns.entries()) {
    for (const { values } of tables) {
      for (let at = index; at < values.length; at += columns.length) bins[to++] = binOf(values[at]!, column);
    }
    pack(bins.subarray(index * rows, to), packed, Math.floor(index / GROUP) * rows, 8 * (index % GROUP));
  }
  return { rows, columns, bins, packed };
}

function pack(bins: Uint8Array, packed: Int32Array, from: number, shift: number): void {
  for (let row = 0; row < bins.length; row++) packed[from + row]! |= bins[row]! << shift;
}

function binOf(value: number, { kind, bins, thresholds }: ColumnBins): number {
  if (kind === 'category') return value;
  if (Number.isNaN(value)) return bins;
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
  const distinct = distinctOf(sorted);
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

/** The first ones of numbers in order, up to one more than there can be bins. */
function distinctOf(sorted: Float32Array): number[] {
  const distinct: number[] = [];
  for (let at = 0; at < sorted.length && distinct.length <= MAX_BINS; at++) {
    if (at === 0 || sorted[at] !== sorted[at - 1]) distinct.push(sorted[at]!);
  }
  return distinct;
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

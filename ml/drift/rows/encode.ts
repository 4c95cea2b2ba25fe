import type { SparseMatrix } from '../../matrix.ts';
import { binOf, quantileEdges } from '../histogram.ts';
import { bitsOf, SKETCH_BITS, SKETCH_FEATURE } from './sketch.ts';

/** What a prediction reports of its instance: numbers, categories, and the sketch of its texts; what is missing is left out. */
export type Row = Readonly<Record<string, number | string>>;

const BINS = 10;
const MAX_CATEGORIES = 50;

/** Where the entries of a row are: the columns from `first` on. */
interface Column {
  readonly width: number;
  /** adds the entries of a row, its columns from `first` on */
  add(row: Row, first: number, to: Entries): void;
}

/** Of a sparse matrix, row after row. */
interface Entries {
  readonly indices: number[];
  readonly values: number[];
}

/**
 * Rows as a sparse matrix: of a number the bin of ten that it is in, of a category its value, of a sketch its bits as a vector of
 * length 1; what is missing is a value of its own. Bins and values are those of all rows, so that no side is favoured. Features that
 * one side never has are left out: a version that does not report them is no drift.
 */
export function matrixOf(reference: readonly Row[], actual: readonly Row[]): SparseMatrix {
  const rows = [...reference, ...actual];
  const names = [...new Set(reference.flatMap((row) => Object.keys(row)))]
    .filter((name) => actual.some((row) => name in row))
    .sort();
  const columns = names.map((name) => columnOf(name, rows));
  const entries: Entries = { indices: [], values: [] };
  const offsets = new Int32Array(rows.length + 1);
  for (const [at, row] of rows.entries()) {
    let first = 0;
    for (const column of columns) {
      column.add(row, first, entries);
      first += column.width;
    }
    offsets[at + 1] = entries.indices.length;
  }
  return {
    rows: rows.length,
    columns: columns.reduce((sum, { width }) => sum + width, 0),
    offsets,
    indices: Int32Array.from(entries.indices),
    values: Float32Array.from(entries.values),
  };
}

/** A column that has one entry in each row, 1 where the row is. */
function oneHot(width: number, place: (row: Row) => number): Column {
  return {
    width,
    add(row, first, { indices, values }) {
      indices.push(first + place(row));
      values.push(1);
    },
  };
}

function columnOf(name: string, rows: readonly Row[]): Column {
  const values = rows.flatMap((row) => row[name] ?? []);
  if (name === SKETCH_FEATURE) return SKETCH;
  if (values.every((value) => typeof value === 'number')) return numberOf(name, values);
  const counts = [...Map.groupBy(values.map(String), (value) => value)]
    .sort(([a, { length: many }], [b, { length: more }]) => more - many || (a < b ? -1 : 1))
    .slice(0, MAX_CATEGORIES);
  const codes = new Map(counts.map(([value], code) => [value, code]));
  return oneHot(codes.size + 2, (row) =>
    name in row ? (codes.get(String(row[name])) ?? codes.size) : codes.size + 1,
  );
}

const SKETCH: Column = {
  width: SKETCH_BITS,
  add(row, first, { indices, values }) {
    const bits = bitsOf(String(row[SKETCH_FEATURE] ?? ''));
    const value = 1 / Math.sqrt(Math.max(1, bits.length));
    for (const bit of bits) {
      indices.push(first + bit);
      values.push(value);
    }
  },
};

function numberOf(name: string, values: readonly number[]): Column {
  const edges = quantileEdges(values, BINS);
  const bins = edges.length - 1;
  return oneHot(bins + 1, (row) => (name in row ? binOf(Number(row[name]), edges) : bins));
}

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
  /** entries of a row, columns from 0 */
  entries(row: Row): Iterable<readonly [column: number, value: number]>;
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
  const entries: [number, number][][] = rows.map((row) => {
    let first = 0;
    return columns.flatMap((column) => {
      const from = first;
      first += column.width;
      return Array.from(column.entries(row), ([at, value]): [number, number] => [from + at, value]);
    });
  });
  const offsets = new Int32Array(rows.length + 1);
  for (const [row, { length }] of entries.entries()) offsets[row + 1] = offsets[row]! + length;
  const all = entries.flat();
  return {
    rows: rows.length,
    columns: columns.reduce((sum, { width }) => sum + width, 0),
    offsets,
    indices: Int32Array.from(all, ([column]) => column),
    values: Float32Array.from(all, ([, value]) => value),
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
  return {
    width: codes.size + 2,
    entries: (row) => [[name in row ? (codes.get(String(row[name])) ?? codes.size) : codes.size + 1, 1]],
  };
}

const SKETCH: Column = {
  width: SKETCH_BITS,
  entries(row) {
    const bits = bitsOf(String(row[SKETCH_FEATURE] ?? ''));
    const value = 1 / Math.sqrt(Math.max(1, bits.length));
    return Array.from(bits, (bit) => [bit, value] as const);
  },
};

function numberOf(name: string, values: readonly number[]): Column {
  const edges = quantileEdges(values, BINS);
  const bins = edges.length - 1;
  return { width: bins + 1, entries: (row) => [[name in row ? binOf(Number(row[name]), edges) : bins, 1]] };
}

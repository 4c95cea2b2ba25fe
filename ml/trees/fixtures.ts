import { type Random, seededRandom } from '../random.ts';
import type { ColumnKind, Table } from './table.ts';
import type { LabelledTable } from './train.ts';

/** Two numbers, of which the second is missing in one of five rows, and a category of six codes. */
export const COLUMNS: readonly ColumnKind[] = [
  { kind: 'number' },
  { kind: 'number' },
  { kind: 'category', categories: 6 },
];

/** Generated rows whose target follows from all three columns, up to noise. */
export function generatedTable(
  rows: number,
  seed: number,
  targetOf: (row: readonly number[], random: Random) => number,
): LabelledTable {
  const random = seededRandom(seed);
  const generated = Array.from({ length: rows }, () => [
    10 * random(),
    random() < 0.2 ? Number.NaN : random(),
    Math.floor(6 * random()),
  ]);
  const table: Table = { rows, columns: COLUMNS, values: Float32Array.from(generated.flat()) };
  return { table, targets: Float64Array.from(generated, (row) => targetOf(row, random)) };
}

/** A number: a step, a jump where the second number is missing, and codes 1 and 4 higher than the others. */
export const amount = ([a = 0, b = 0, code = 0]: readonly number[], random: Random): number =>
  (a > 3 ? 5 : 0) + (Number.isNaN(b) ? 4 : b) + (code === 1 || code === 4 ? 8 : 0) + random() / 10;

/** One of so many classes, by that number. */
export const classOf =
  (classes: number) =>
  (row: readonly number[], random: Random): number =>
    Math.min(classes - 1, Math.floor((amount(row, random) / 18) * classes));

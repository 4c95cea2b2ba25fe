import type { FieldValue, Instance, InstanceSchema } from '../instance/schema.ts';
import { type Random, shuffle } from '../random.ts';
import type { NumberColumn } from './rows.ts';

/** Neighbours are looked for among so many rows of a class at most, drawn at random: the time is linear in the rows. */
const MAX_CANDIDATES = 5_000;

/**
 * Rows between a row and one of its nearest neighbours, as SMOTE makes them (Chawla et al. 2002): base + step · (neighbour −
 * base), with one step for all numbers. Distances are Euclidean over standardised numbers; a category or a boolean that differs
 * counts as SMOTE-NC has it, and the new row has the value that most of the neighbours have. What is missing counts as the mean,
 * and a date stays that of the base row.
 */
export class Interpolation {
  readonly #rows: readonly Instance[];
  readonly #numbers: readonly NumberColumn[];
  readonly #categories: readonly string[];
  readonly #candidates: readonly number[];
  /** row by row, standardised */
  readonly #points: Float64Array;
  readonly #codes: Int32Array;
  /** of a category that differs, squared */
  readonly #penalty: number;
  readonly #neighbours: number;

  /**
   * @param rows of one class
   * @param numbers standardised by all training rows
   */
  constructor(
    { fields }: InstanceSchema,
    rows: readonly Instance[],
    numbers: readonly NumberColumn[],
    neighbours: number,
    random: Random,
  ) {
    this.#rows = rows;
    this.#numbers = numbers;
    this.#categories = Object.keys(fields).filter((name) =>
      ['category', 'boolean'].includes(fields[name]!.type),
    );
    this.#neighbours = neighbours;
    this.#points = standardised(rows, numbers);
    this.#codes = codesOf(rows, this.#categories);
    this.#penalty = penaltyOf(this.#points, numbers.length);
    this.#candidates = shuffle([...rows.keys()], random)
      .slice(0, MAX_CANDIDATES)
      .sort((a, b) => a - b);
  }

  /** The nearest others of a row, the nearest first; of equal distances the earlier row. */
  neighboursOf(row: number): number[] {
    const nearest: { row: number; distance: number }[] = [];
    for (const other of this.#candidates) {
      if (other === row) continue;
      const farthest =
        nearest.length < this.#neighbours ? Number.POSITIVE_INFINITY : nearest.at(-1)!.distance;
      const distance = this.#distance(row, other, farthest);
      if (distance >= farthest) continue;
      if (nearest.length === this.#neighbours) nearest.pop();
      let at = nearest.length;
      while (at > 0 && nearest[at - 1]!.distance > distance) at -= 1;
      nearest.splice(at, 0, { row: other, distance });
    }
    return nearest.map((found) => found.row);
  }

  /** A new row, and the two that it is between; undefined where a row has no neighbour. */
  drawn(row: number, random: Random): { instance: Instance; neighbour: number; step: number } | undefined {
    const neighbours = this.neighboursOf(row);
    if (neighbours.length === 0) return undefined;
    const neighbour = neighbours[Math.floor(random() * neighbours.length)]!;
    const step = random();
    return { instance: this.between(row, neighbour, step, neighbours), neighbour, step };
  }

  /** @param neighbours those that decide the categories */
  between(row: number, neighbour: number, step: number, neighbours: readonly number[]): Instance {
    const [base, other] = [this.#rows[row]!, this.#rows[neighbour]!];
    const made: Record<string, FieldValue> = { ...base };
    for (const { field } of this.#numbers) {
      const [from, to] = [base[field], other[field]];
      if (typeof from === 'number' && typeof to === 'number') made[field] = from + step * (to - from);
    }
    for (const [at, field] of this.#categories.entries())
      made[field] = this.#rows[this.#mostFrequent(at, neighbours)]![field] ?? null;
    return made;
  }

  #distance(row: number, other: number, enough: number): number {
    const [width, categories] = [this.#numbers.length, this.#categories.length];
    let sum = 0;
    for (let at = 0; at < width; at++)
      sum += (this.#points[row * width + at]! - this.#points[other * width + at]!) ** 2;
    if (sum >= enough) return sum;
    for (let at = 0; at < categories; at++)
      if (this.#codes[row * categories + at] !== this.#codes[other * categories + at]) sum += this.#penalty;
    return sum;
  }

  /** One of the rows that have the most frequent value of a category; of several values, that of the nearest. */
  #mostFrequent(category: number, rows: readonly number[]): number {
    const counts = new Map<number, number>();
    const codeOf = (row: number) => this.#codes[row * this.#categories.length + category]!;
    for (const row of rows) counts.set(codeOf(row), (counts.get(codeOf(row)) ?? 0) + 1);
    const most = Math.max(...counts.values());
    return rows.find((row) => counts.get(codeOf(row)) === most)!;
  }
}

function standardised(rows: readonly Instance[], numbers: readonly NumberColumn[]): Float64Array {
  const points = new Float64Array(rows.length * numbers.length);
  for (const [row, instance] of rows.entries())
    for (const [at, { field, mean, deviation }] of numbers.entries()) {
      const value = instance[field];
      if (typeof value === 'number') points[row * numbers.length + at] = (value - mean) / deviation;
    }
  return points;
}

function codesOf(rows: readonly Instance[], categories: readonly string[]): Int32Array {
  const known = categories.map(() => new Map<FieldValue, number>());
  const codes = new Int32Array(rows.length * categories.length);
  for (const [row, instance] of rows.entries())
    for (const [at, field] of categories.entries()) {
      const value = instance[field] ?? null;
      const code = known[at]!.get(value) ?? known[at]!.size;
      known[at]!.set(value, code);
      codes[row * categories.length + at] = code;
    }
  return codes;
}

/** The square of the median standard deviation of the numbers of the class, as SMOTE-NC has it; without numbers 1. */
function penaltyOf(points: Float64Array, width: number): number {
  if (width === 0) return 1;
  const deviations = Array.from({ length: width }, (_, at) => {
    const column = points.filter((_, cell) => cell % width === at);
    const mean = column.reduce((sum, value) => sum + value, 0) / Math.max(column.length, 1);
    return Math.sqrt(
      column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(column.length, 1),
    );
  }).sort((a, b) => a - b);
  const middle = (deviations[Math.floor((width - 1) / 2)]! + deviations[Math.ceil((width - 1) / 2)]!) / 2;
  return middle ** 2;
}

import { InvalidInput } from '../../ml/errors.ts';
import { type Random, seededRandom } from '../../ml/random.ts';
import { dateIn, daysIn, type Month, monthsBetween } from './calendar.ts';

/** A row that a generator made, as a line of JSON has it. */
export type GeneratedRow = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface GeneratorOptions {
  readonly rows?: number;
  readonly seed?: number;
  /** the first month */
  readonly from?: Month;
  /** the last month */
  readonly to?: Month;
}

/** Where in the generated time a row is. */
export interface Moment {
  /** YYYY-MM-DD */
  readonly day: string;
  /** from 0, the first month, to 1, the last: what drifts moves with it */
  readonly progress: number;
  /** from 0 */
  readonly number: number;
}

/** Makes rows of a task, the same for the same options on every machine. */
export type RowGenerator = (options?: GeneratorOptions) => Generator<GeneratedRow, void, undefined>;

/**
 * A generator of rows in the order of time, spread evenly over the months. It throws InvalidInput `generator` when there
 * is no month from `from` to `to`.
 */
export const generatorOf =
  (rowAt: (moment: Moment, random: Random) => GeneratedRow): RowGenerator =>
  (options = {}) =>
    generateRows(options, rowAt);

function* generateRows(
  { rows = 4_000, seed = 42, from = '2023-01', to = '2026-06' }: GeneratorOptions,
  rowAt: (moment: Moment, random: Random) => GeneratedRow,
): Generator<GeneratedRow, void, undefined> {
  const months = monthsBetween(from, to);
  if (months.length === 0) throw new InvalidInput('generator', `there is no month from ${from} to ${to}`);
  const random = seededRandom(seed);
  let number = 0;
  for (const [index, month] of months.entries()) {
    const until = Math.round((rows * (index + 1)) / months.length);
    const days = Array.from({ length: until - number }, () => 1 + Math.floor(random() * daysIn(month)));
    const progress = months.length === 1 ? 0 : index / (months.length - 1);
    for (const day of days.sort((a, b) => a - b)) {
      yield rowAt({ day: dateIn(month, day), progress, number }, random);
      number += 1;
    }
  }
}

/** The id of a generated row, which says that it is one. */
export const generatedId = (kind: string, number: number): string =>
  `gen-${kind}-${String(number).padStart(6, '0')}`;

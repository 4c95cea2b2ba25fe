import { z } from 'zod';
import { didYouMean, suggestion } from '../../kernel/nearest.ts';
import { InvalidInput } from '../errors.ts';
import type { Instance, InstanceSchema } from '../instance/schema.ts';

export const STATISTICS = ['mean', 'std', 'min', 'max'] as const;
export type Statistic = (typeof STATISTICS)[number];

/** Values of a category that have numbers of their own: those with the most rows; others have those of all rows. */
const MAX_VALUES = 10_000;

/** A column of numbers by a category, as parameters name it: `distance_miles by carrier: mean, std`; all statistics without any. */
const ENTRY = /^(.+) by (.+?)(?:: *(.+))?$/;

export const groupStatistics = z
  .array(z.string().max(500))
  .max(100)
  .default([])
  .describe('numbers of the training rows of the same category: such as "seats by carrier: mean, std"');

/** What a number is like in the training rows of each value of a category. */
export interface GroupStatistic {
  /** of the category */
  readonly field: string;
  /** of the numbers */
  readonly of: string;
  readonly statistic: Statistic;
  /** by value of the category */
  readonly values: Readonly<Record<string, number>>;
  /** of all training rows: for a value that is missing or was not seen */
  readonly other: number;
}

/**
 * Fits them on training rows. Nothing of a target is read, and nothing of other rows than these: what a row has in training it
 * has in serving.
 *
 * @throws InvalidInput `parameter` for an entry of another form, or a column that is none or of another type
 */
export function fitGroupStatistics(
  entries: readonly string[],
  { fields }: InstanceSchema,
  rows: readonly Instance[],
): GroupStatistic[] {
  return entries.flatMap((entry) => {
    const [, of = '', field = '', named] = ENTRY.exec(entry) ?? [];
    if (field === '')
      throw refused(`takes NUMBER by CATEGORY, such as "seats by carrier: mean, std", not '${entry}'`);
    assertColumn(of, 'number', fields);
    assertColumn(field, 'category', fields);
    const statistics =
      named === undefined ? STATISTICS : named.split(',').map((name) => statisticNamed(name.trim()));
    const groups = numbersByValue(field, of, rows);
    const all = rows.map((row) => row[of]).filter((value) => typeof value === 'number');
    if (all.length === 0) throw refused(`is of ${of}, which is missing in all training rows`);
    return statistics.map((statistic) => ({
      ...{ field, of, statistic, other: statisticOf(all, statistic) },
      values: Object.fromEntries(groups.map(([value, numbers]) => [value, statisticOf(numbers, statistic)])),
    }));
  });
}

/** The standard deviation is that of a sample (n − 1), 0 of one number. @param values one at least */
export function statisticOf(values: readonly number[], statistic: Statistic): number {
  if (statistic === 'min') return values.reduce((least, value) => Math.min(least, value));
  if (statistic === 'max') return values.reduce((most, value) => Math.max(most, value));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (statistic === 'mean') return mean;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
}

/** The numbers of each value of a category that has some, by value in order. */
function numbersByValue(field: string, of: string, rows: readonly Instance[]): [string, number[]][] {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const [value, number] = [row[field], row[of]];
    if (typeof value !== 'string' || typeof number !== 'number') continue;
    const known = groups.get(value);
    if (known) known.push(number);
    else groups.set(value, [number]);
  }
  return [...groups]
    .sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1))
    .slice(0, MAX_VALUES)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @throws InvalidInput `parameter` when it is no column of that type */
function assertColumn(name: string, type: 'number' | 'category', fields: InstanceSchema['fields']): void {
  if (Object.hasOwn(fields, name) && fields[name]!.type === type) return;
  const known = Object.keys(fields).filter((field) => fields[field]!.type === type);
  throw refused(`names '${name}', which is no column of type ${type}${didYouMean(name, known)}`);
}

function statisticNamed(name: string): Statistic {
  const found = STATISTICS.find((statistic) => statistic === name);
  if (found) return found;
  throw refused(`knows no '${name}': ${suggestion(name, STATISTICS)}`);
}

const refused = (reason: string) => new InvalidInput('parameter', `groupStatistics ${reason}`);

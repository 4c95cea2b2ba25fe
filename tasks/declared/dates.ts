import { EpochlogError } from '../../kernel/errors.ts';
import { didYouMean } from '../../kernel/nearest.ts';
import { readingsOf } from '../../ml/records/date-format.ts';
import type { TaskFile } from './schema.ts';
import { Unreadable } from './unreadable.ts';

/** A day, or a time, as the `time` of a record is written. */
export const ISO_TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** @throws EpochlogError INPUT_INVALID where `dates` names a column that is no date */
export function checkDates(name: string, { dates }: TaskFile, columns: ReadonlySet<string>): void {
  for (const column of Object.keys(dates)) {
    if (columns.has(column)) continue;
    const advice = `${didYouMean(column, columns)}; name an input of type date, or the column of 'time'`;
    throw new EpochlogError('INPUT_INVALID', `${name}: dates: ${column} is no date${advice}`);
  }
}

/**
 * A row whose dates are as ISO 8601 has them: those of columns with a format are read by it.
 *
 * @throws Unreadable `bad_date` for a text that is no date in that format
 */
export function withIsoDates(
  row: Readonly<Record<string, unknown>>,
  { dates }: TaskFile,
): Readonly<Record<string, unknown>> {
  const read = Object.entries(dates).flatMap(([column, format]): [string, string][] => {
    const value = row[column];
    if (typeof value !== 'string' || ISO_TIME.test(value.trim())) return [];
    const iso = readingsOf(value.trim()).get(format);
    if (iso !== undefined) return [[column, iso]];
    throw new Unreadable(
      'bad_date',
      `${column} must be a date as ${format} has it, not '${value.slice(0, 40)}'`,
    );
  });
  return read.length === 0 ? row : { ...row, ...Object.fromEntries(read) };
}

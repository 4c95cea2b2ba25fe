import { parseDay } from './day.ts';

const SEPARATORS = ['.', '/', '-'] as const;

/** How days are written where not as ISO 8601 does: `DD.MM.YYYY`, `MM/DD/YYYY`, `YYYY/MM/DD` and so on. */
export const DATE_FORMATS = ['DD*MM*YYYY', 'MM*DD*YYYY', 'YYYY*MM*DD'].flatMap((order) =>
  SEPARATORS.map((separator) => order.replaceAll('*', separator)),
);

const DAY = /^(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?=$|[ T,])/;
const TIME = /^[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(?: ?([AP])M)?(Z|[+-]\d{2}:\d{2})?$/i;

/**
 * What a date may mean: format → the date as ISO 8601 has it. Empty where the text is none; of two formats where the
 * day or the month may be first. A time of day may follow (`14:05`, `2:05:30 PM`), with its offset from UTC.
 */
export function readingsOf(text: string): ReadonlyMap<string, string> {
  const [day, first = '', separator = '', second = '', third = ''] = DAY.exec(text) ?? [];
  const readings = new Map<string, string>();
  if (day === undefined) return readings;
  const time = timeOf(text.slice(day.length));
  if (time === undefined) return readings;
  const orders = [
    ['YYYY*MM*DD', first, second, third],
    ['DD*MM*YYYY', third, second, first],
    ['MM*DD*YYYY', third, first, second],
  ] as const;
  for (const [order, year, month, date] of orders) {
    if (year.length !== 4 || date.length > 2) continue;
    const iso = parseDay(`${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`);
    if (iso !== undefined) readings.set(order.replaceAll('*', separator), `${iso}${time}`);
  }
  return readings;
}

/** The time of day after a date, as ISO 8601 has it; empty where there is none, undefined where it is none. */
function timeOf(text: string): string | undefined {
  if (text === '') return '';
  const [, hours, minutes = '', seconds = '00', half, offset = ''] = TIME.exec(text) ?? [];
  if (hours === undefined) return undefined;
  const written = Number(hours);
  if (half !== undefined && (written < 1 || written > 12)) return undefined;
  const hour = half === undefined ? written : (written % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) >= 60) return undefined;
  return `T${String(hour).padStart(2, '0')}:${minutes}:${seconds}${offset.toUpperCase()}`;
}

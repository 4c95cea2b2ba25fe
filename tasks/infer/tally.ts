import { DECIMAL_COMMA } from '../../ml/records/csv.ts';
import { readingsOf } from '../../ml/records/date-format.ts';
import type { Cell, Look } from './cell.ts';

/** Days as people write them, which are no ISO dates: 31/12/2024, 31.12.24, Dec 31, 2024 */
const OTHER_DATE =
  /^(\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}\.? [a-z]{3,9}\.?,? \d{4}|[a-z]{3,9}\.? \d{1,2},? \d{4})([ T,].*)?$/i;

/** 12,345,678 and 1,234.50 */
const THOUSANDS = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/;
/** 12 %, $4.50, 1.234,50 EUR */
const AMOUNT = /^([$€£¥] ?[+-]?\d[\d.,]*|[+-]?\d[\d.,]* ?([%$€£¥]|EUR|USD|GBP|CHF))$/;

/** What is counted of a column, in bounded memory however many rows there are. */
export interface Tally {
  rows: number;
  /** cells that are empty, null or not there */
  missing: number;
  /** how many cells look like what, and the first of them */
  readonly looks: Map<Look, { count: number; readonly text: string; readonly line: number }>;
  /** of numbers: how many are whole, and their range */
  integers: number;
  minimum: number;
  maximum: number;
  /** the first and the last date or time, in the order of their text */
  first: string;
  last: string;
  /** format → how many cells of the look `day` it reads, how many have a time, and the first and the last as ISO 8601 */
  readonly formats: Map<string, { count: number; times: number; ends: readonly string[] }>;
  /** of texts: words in all, and how many look like dates or numbers as they are written elsewhere */
  words: number;
  otherDates: number;
  commas: number;
  /** and how many are numbers with a sign such as % or $ */
  amounts: number;
  /** how often each value is there; of the first that differ, as many as are kept */
  readonly values: Map<string, number>;
  /** whether there are more of them */
  isCut: boolean;
}

export const newTally = (): Tally => ({
  rows: 0,
  missing: 0,
  looks: new Map(),
  integers: 0,
  minimum: Number.POSITIVE_INFINITY,
  maximum: Number.NEGATIVE_INFINITY,
  first: '',
  last: '',
  formats: new Map(),
  words: 0,
  otherDates: 0,
  commas: 0,
  amounts: 0,
  values: new Map(),
  isCut: false,
});

/** Counts a cell, changing the tally, which keeps at most `maxDistinct` values. */
export function count(tally: Tally, cell: Cell | null, line: number, maxDistinct: number): void {
  tally.rows += 1;
  if (!cell) {
    tally.missing += 1;
    return;
  }
  const { look, text } = cell;
  const seen = tally.looks.get(look);
  if (seen) seen.count += 1;
  else tally.looks.set(look, { count: 1, text, line });
  if (look === 'number') countNumber(tally, Number(text));
  if (look === 'date' || look === 'time') {
    if (tally.first === '' || text < tally.first) tally.first = text;
    if (text > tally.last) tally.last = text;
  }
  if (look === 'day') countDay(tally, text);
  if (look === 'day' || look === 'text') countText(tally, text);
  const before = tally.values.get(text);
  if (before !== undefined || tally.values.size < maxDistinct) tally.values.set(text, (before ?? 0) + 1);
  else tally.isCut = true;
}

function countNumber(tally: Tally, number: number): void {
  if (Number.isInteger(number)) tally.integers += 1;
  tally.minimum = Math.min(tally.minimum, number);
  tally.maximum = Math.max(tally.maximum, number);
}

function countText(tally: Tally, text: string): void {
  tally.words += text.split(/\s+/).length;
  if (OTHER_DATE.test(text)) tally.otherDates += 1;
  if (DECIMAL_COMMA.test(text) || THOUSANDS.test(text)) tally.commas += 1;
  if (AMOUNT.test(text)) tally.amounts += 1;
}

function countDay(tally: Tally, text: string): void {
  for (const [format, iso] of readingsOf(text)) {
    const { count, times, ends } = tally.formats.get(format) ?? { count: 0, times: 0, ends: [] };
    const isTime = iso.length > 'YYYY-MM-DD'.length;
    const sorted = [...ends, iso].sort();
    tally.formats.set(format, {
      count: count + 1,
      times: times + (isTime ? 1 : 0),
      ends: [sorted[0]!, sorted.at(-1)!],
    });
  }
}

import { numberIn } from '../../ml/records/csv.ts';
import { readingsOf } from '../../ml/records/date-format.ts';
import { ISO_TIME } from '../declared/dates.ts';

/**
 * What a value looks like. `date` and `time` as ISO 8601 has them; `day`: a date in another format, such as 31.12.2024;
 * `placeholder`: a text that stands for a missing value, such as NA.
 */
export type Look = 'number' | 'boolean' | 'date' | 'time' | 'day' | 'text' | 'placeholder' | 'nested';

/** A value of a row. */
export interface Cell {
  readonly look: Look;
  /** as it is written, without space around; of a long text the beginning */
  readonly text: string;
}

const MAX_LENGTH = 200;
/** in lower case; those that pandas takes for missing values are among them */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  'na',
  'n/a',
  '#na',
  '#n/a',
  '<na>',
  'n.a.',
  'nan',
  '-nan',
  'null',
  'none',
  '?',
  '-',
  '--',
  '.',
]);

/** Whether a text stands for a missing value where others are numbers or dates. */
export const isPlaceholder = (text: string): boolean => PLACEHOLDERS.has(text.toLowerCase());

/** A cell of CSV; null where it is empty. A number is written with a point, whatever the file has. */
export function csvCell(text: string, hasDecimalCommas: boolean): Cell | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const number = numberIn(trimmed, hasDecimalCommas);
  if (number !== undefined) return { look: 'number', text: trimmed.includes(',') ? String(number) : trimmed };
  if (/^(true|false)$/i.test(trimmed)) return { look: 'boolean', text: trimmed };
  return { look: lookOf(trimmed), text: shortened(trimmed) };
}

/** A value of JSON; null where it is null or not there. */
export function jsonCell(value: unknown): Cell | null {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'number') return { look: 'number', text: String(value) };
  if (typeof value === 'boolean') return { look: 'boolean', text: String(value) };
  if (typeof value !== 'string') return { look: 'nested', text: shortened(JSON.stringify(value)) };
  return { look: lookOf(value.trim()), text: shortened(value.trim()) };
}

function lookOf(text: string): 'date' | 'time' | 'day' | 'placeholder' | 'text' {
  if (isPlaceholder(text)) return 'placeholder';
  if (!ISO_TIME.test(text) || Number.isNaN(Date.parse(text)))
    return readingsOf(text).size > 0 ? 'day' : 'text';
  return text.length > 'YYYY-MM-DD'.length ? 'time' : 'date';
}

const shortened = (text: string): string =>
  text.length > MAX_LENGTH ? text.slice(0, MAX_LENGTH).toWellFormed() : text;

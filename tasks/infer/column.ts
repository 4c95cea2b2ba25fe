import { isPlaceholder, type Look } from './cell.ts';
import type { Tally } from './tally.ts';

/**
 * What a column holds. `name`: texts of which nearly each is another; `unread date`: dates in no format that is read, or
 * whose format is not certain; `nested`: arrays or objects.
 */
export type ColumnKind =
  | 'number'
  | 'integer'
  | 'boolean'
  | 'date'
  | 'time'
  | 'category'
  | 'text'
  | 'name'
  | 'unread date'
  | 'nested'
  | 'empty';

/** A column as its counts show it. */
export interface ColumnProfile {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly rows: number;
  /** rows without a value, also those with a placeholder for it */
  readonly missing: number;
  /** texts that stand for a missing value */
  readonly placeholders: readonly string[];
  /** values that differ; with `isCut` at least so many */
  readonly distinct: number;
  readonly isCut: boolean;
  /** the values of few, the most frequent first */
  readonly values: readonly (readonly [value: string, count: number])[];
  /** of dates that are not as ISO 8601 has them: their format; of several it is not certain which */
  readonly dateFormats: readonly string[];
  /** what is in it, for people */
  readonly range: string;
  /** values that are not of the kind, and the first of them */
  readonly odd?: { readonly count: number; readonly text: string; readonly line: number };
  /** its numbers have commas, of decimals or between thousands */
  readonly hasCommas: boolean;
  /** its numbers have a sign such as % or $ */
  readonly hasAmounts: boolean;
}

/** A column is of a kind when so many of its values are. */
const MOST = 0.95;
const TEXT_WORDS = 5;
export const FEW_VALUES = 20;
const MAX_VALUES = 1_000;

/** What the counts of a column say. */
export function profileOf(name: string, tally: Tally): ColumnProfile {
  const dateFormats = formatsOf(tally);
  const kind = kindOf(tally, dateFormats);
  const isMeasured = ['number', 'integer', 'boolean', 'date', 'time'].includes(kind);
  const placeholders = isMeasured ? [...tally.values.keys()].filter(isPlaceholder) : [];
  const values = [...tally.values]
    .filter(([value]) => !placeholders.includes(value))
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const odd = oddIn(tally, kind, dateFormats);
  return {
    name,
    kind,
    rows: tally.rows,
    missing: tally.missing + (isMeasured ? countOf(tally, 'placeholder') : 0),
    placeholders,
    distinct: values.length,
    isCut: tally.isCut,
    values,
    dateFormats,
    range: rangeOf(tally, kind, values),
    ...(odd && { odd }),
    hasCommas: tally.commas > MOST * countOf(tally, 'text'),
    hasAmounts: tally.amounts > MOST * cellsOf(tally),
  };
}

const countOf = ({ looks }: Tally, look: Look): number => looks.get(look)?.count ?? 0;

function kindOf(tally: Tally, dateFormats: readonly string[]): ColumnKind {
  const all = tally.rows - tally.missing;
  if (all === 0) return 'empty';
  if (countOf(tally, 'nested') > 0) return 'nested';
  const measured = measuredKind(tally, dateFormats);
  if (measured) return measured;
  const distinct = tally.values.size;
  if (tally.words >= TEXT_WORDS * all && distinct > FEW_VALUES) return 'text';
  const isCategory = !tally.isCut && distinct <= Math.max(FEW_VALUES, Math.min(MAX_VALUES, all / 5));
  return isCategory ? 'category' : 'name';
}

/** The kind of a column of numbers, truth values or dates; undefined for one of texts. */
function measuredKind(tally: Tally, dateFormats: readonly string[]): ColumnKind | undefined {
  const cells = cellsOf(tally);
  if (cells === 0) return undefined;
  const [numbers, times] = [countOf(tally, 'number'), countOf(tally, 'time')];
  if (numbers >= MOST * cells) return tally.integers === numbers ? 'integer' : 'number';
  if (countOf(tally, 'boolean') === cells) return 'boolean';
  if (countOf(tally, 'date') + times >= MOST * cells) return times > 0 ? 'time' : 'date';
  const [format, other] = dateFormats.map((name) => tally.formats.get(name)!);
  if (format && !other) return times + format.times > 0 ? 'time' : 'date';
  return tally.otherDates >= MOST * cells ? 'unread date' : undefined;
}

/** Cells that hold a value. */
const cellsOf = (tally: Tally): number => tally.rows - tally.missing - countOf(tally, 'placeholder');

/**
 * The formats that the dates of a column may have; none where it holds no dates, or only those of ISO 8601. A format is
 * certain where it reads each of them and another does not: a 13 is no month. Between dots the day is first.
 */
function formatsOf(tally: Tally): string[] {
  const days = countOf(tally, 'day');
  const dates = days + countOf(tally, 'date') + countOf(tally, 'time');
  if (days === 0 || dates < MOST * cellsOf(tally)) return [];
  const formats = [...tally.formats].filter(([, { count }]) => count === days).map(([format]) => format);
  return formats.includes(DAY_FIRST_WITH_DOTS) ? [DAY_FIRST_WITH_DOTS] : formats;
}

const DAY_FIRST_WITH_DOTS = 'DD.MM.YYYY';

const OWN_LOOKS: Partial<Record<ColumnKind, readonly Look[]>> = {
  number: ['number'],
  integer: ['number'],
  date: ['date', 'time'],
  time: ['date', 'time'],
};

/** The values of a measured column that are of another kind. */
function oddIn({ looks }: Tally, kind: ColumnKind, dateFormats: readonly string[]): ColumnProfile['odd'] {
  const own = OWN_LOOKS[kind];
  if (!own) return undefined;
  const known: readonly Look[] = [
    'placeholder',
    ...own,
    ...(dateFormats.length === 1 ? (['day'] as const) : []),
  ];
  const others = [...looks].filter(([look]) => !known.includes(look));
  const [first] = others.map(([, seen]) => seen).sort((a, b) => a.line - b.line);
  return first && { ...first, count: others.reduce((sum, [, seen]) => sum + seen.count, 0) };
}

function rangeOf(tally: Tally, kind: ColumnKind, values: ColumnProfile['values']): string {
  if (kind === 'number' || kind === 'integer') return `${short(tally.minimum)} … ${short(tally.maximum)}`;
  if (kind === 'date' || kind === 'time') {
    const [format] = formatsOf(tally);
    const ends = [tally.first, tally.last, ...(tally.formats.get(format ?? '')?.ends ?? [])]
      .filter(Boolean)
      .sort();
    return `${ends[0]} … ${ends.at(-1)}`;
  }
  if (kind === 'empty') return '';
  if (kind === 'text') return `${Math.round(tally.words / (tally.rows - tally.missing))} words on average`;
  if (kind === 'nested') return 'arrays or objects';
  const shown = values.slice(0, 5).map(([value]) => (value.length > 24 ? `${value.slice(0, 23)}…` : value));
  const more = tally.isCut || values.length > shown.length;
  return `${shown.join(', ')}${more ? `, … (${tally.isCut ? 'over ' : ''}${values.length} values)` : ''}`;
}

const short = (value: number): string => String(Number(value.toPrecision(6)));

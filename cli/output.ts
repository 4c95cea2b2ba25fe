import { relative } from 'node:path';
import { styleText } from 'node:util';
import { widthOf, wrapped } from './wrap.ts';

/** The output of a command: text on stdout and progress on stderr, or JSON lines with --json. */
export interface Output {
  readonly json: boolean;
  /** columns of the terminal; 80 where they are not known */
  readonly width: number;
  /** columns that a table may have: those of the terminal, any number in a file or a pipe */
  readonly tableWidth: number;
  /** a text in a colour or another style, where colours are shown */
  paint(style: Style, text: string): string;
  /** Writes a line of text; not with --json. */
  line(text?: string): void;
  /** Writes a line of JSON; only with --json. */
  result(value: unknown): void;
  /** Shows the current step, on a line that the next one replaces; only on a terminal. */
  progress(text: string): void;
}

/** What a style says, not how it looks. */
export type Style = keyof typeof STYLES;

const STYLES = { heading: 'bold', good: 'green', bad: 'red', notable: 'yellow', minor: 'dim' } as const;
const CLEAR_LINE = '\r\u001b[K';
const DEFAULT_WIDTH = 80;
const MIN_WIDTH = 44;

/** Whether colours are shown: on a terminal that has them, unless NO_COLOR (https://no-color.org) is set. */
const showsColours = ({ NO_COLOR = '', TERM }: NodeJS.ProcessEnv): boolean =>
  process.stdout.isTTY === true && NO_COLOR === '' && TERM !== 'dumb';

/** @param colour whether colours are shown where that is possible */
export function createOutput(json: boolean, colour = true): Output {
  const isColoured = colour && showsColours(process.env);
  const width = Math.max(MIN_WIDTH, process.stdout.columns ?? DEFAULT_WIDTH);
  const onTerminal = process.stderr.isTTY === true && !json;
  let drawn = false;
  const clear = () => {
    if (drawn) process.stderr.write(CLEAR_LINE);
    drawn = false;
  };
  process.once('exit', clear);
  return {
    json,
    width,
    tableWidth: process.stdout.isTTY ? width : Number.POSITIVE_INFINITY,
    paint: (style, text) => (isColoured ? styleText(STYLES[style], text, { validateStream: false }) : text),
    line(text = '') {
      if (json) return;
      clear();
      process.stdout.write(`${text}\n`);
    },
    result(value) {
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    progress(text) {
      if (!onTerminal) return;
      process.stderr.write(`${CLEAR_LINE}${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
      drawn = true;
    },
  };
}

/** A bar of `width` cells, filled to a fraction (0..1). */
export const bar = (fraction: number, width = 24): string => {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
};

export type Cell = string | number | null;

/** Rows under their headings, columns aligned; numbers to the right. Texts are broken where a row exceeds the width. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  const cells = [headings, ...rows].map((row) => row.map((cell) => (cell === null ? '-' : String(cell))));
  const numeric = headings.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] !== 'string'),
  );
  const widths = fitted(cells, numeric, width);
  return cells.flatMap((row) => lines(row, widths, numeric)).join('\n');
}

/** The same without headings. */
export const columns = (rows: readonly (readonly Cell[])[], width?: number): string =>
  table(rows[0]?.map(() => '') ?? [], rows, width)
    .split('\n')
    .slice(1)
    .join('\n');

const GAP = 2;
const MIN_TEXT = 20;
const MIN_COLUMN = 8;

/**
 * Widths of columns that fit: wide texts give way first, then all between their
 * words, and at last words. Never numbers.
 */
function fitted(cells: readonly (readonly string[])[], numeric: readonly boolean[], width: number): number[] {
  const across = (measure: (cell: string) => number) =>
    numeric.map((_, column) => Math.max(...cells.map((row) => measure(row[column] ?? ''))));
  const words = across((cell) => Math.max(...cell.split(' ').map(widthOf)));
  const widths = across(widthOf);
  for (const least of [words.map((word) => Math.max(word, MIN_TEXT)), words, words.map(() => MIN_COLUMN)])
    narrow(
      widths,
      least.map((most, i) => (numeric[i] ? Number.POSITIVE_INFINITY : most)),
      width,
    );
  return widths;
}

/** Takes from the widest column that is wider than its least width, until all fit or none is. */
function narrow(widths: number[], least: readonly number[], width: number): void {
  for (let excess = widths.reduce((sum, column) => sum + column + GAP, 0) - width; excess > 0; excess--) {
    const possible = widths.map((column, i) => (column > least[i]! ? column : 0));
    const largest = Math.max(...possible);
    if (largest === 0) return;
    widths[possible.indexOf(largest)]! -= 1;
  }
}

/** A row, on as many lines as its cells need. */
function lines(row: readonly string[], widths: readonly number[], numeric: readonly boolean[]): string[] {
  const parts = row.map((cell, column) => wrapped(cell, widths[column]!));
  return Array.from({ length: Math.max(...parts.map(({ length }) => length)) }, (_, line) => {
    const texts = parts.map((part, column) => {
      const text = part[line] ?? '';
      const padding = ' '.repeat(Math.max(0, widths[column]! - widthOf(text)));
      return numeric[column] ? padding + text : text + padding;
    });
    return `  ${texts.join('  ')}`.trimEnd();
  });
}

/** Values as a line of CSV (RFC 4180), without its end; null is empty, a list or a map is JSON. */
export const csvLine = (values: readonly unknown[]): string => values.map(csvCell).join(',');

function csvCell(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A path as it is typed where the command runs: relative, unless it lies elsewhere. */
export function shownPath(path: string): string {
  const from = relative('', path);
  return from === '' || from.startsWith('..') ? path : from;
}

/** An untrusted text on one line, without control characters. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();

export const shortened = (text: string, maxLength: number): string =>
  text.length > maxLength ? `${text.slice(0, maxLength - 3).toWellFormed()}…` : text;

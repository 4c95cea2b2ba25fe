import { METRICS } from '../ml/metrics/catalogue.ts';

/** The output of a command: text on stdout and progress on stderr, or JSON lines with --json. */
export interface Output {
  readonly json: boolean;
  /** Writes a line of text; not with --json. */
  line(text?: string): void;
  /** Writes a line of JSON; only with --json. */
  result(value: unknown): void;
  /** Shows the current step, on a line that the next one replaces; only on a terminal. */
  progress(text: string): void;
}

const CLEAR_LINE = '\r\u001b[K';

export function createOutput(json: boolean): Output {
  const onTerminal = process.stderr.isTTY === true && !json;
  let drawn = false;
  const clear = () => {
    if (drawn) process.stderr.write(CLEAR_LINE);
    drawn = false;
  };
  process.once('exit', clear);
  return {
    json,
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

/** Rows under their headings, columns aligned; numbers to the right. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cells = [headings, ...rows].map((row) => row.map((cell) => (cell === null ? '-' : String(cell))));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const numeric = headings.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] !== 'string'),
  );
  const pad = (cell: string, column: number) =>
    numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return cells.map((row) => `  ${row.map(pad).join('  ')}`.trimEnd()).join('\n');
}

export const percent = (fraction: number | null): string =>
  fraction === null ? '-' : `${(fraction * 100).toFixed(1)} %`;

/** The value of a metric, as people write it: a fraction in percent. */
export const measure = (metric: string, value: number): string =>
  METRICS[metric]?.unit === 'fraction' ? percent(value) : value.toPrecision(4);

/** An untrusted text on one line, without control characters. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();

export const shortened = (text: string, maxLength: number): string =>
  text.length > maxLength ? `${text.slice(0, maxLength - 3).toWellFormed()}…` : text;

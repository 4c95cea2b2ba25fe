/** Where a command's answer goes: people read text on stdout and progress on stderr, programs read JSON lines. */
export interface Output {
  readonly json: boolean;
  /** A line for people; silent with --json. */
  line(text?: string): void;
  /** The answer for programs; silent without --json. */
  result(value: unknown): void;
  /** What is going on now, on one line that the next replaces; only on a terminal. */
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

/** A bar of `width` cells, filled to `share` (0..1). */
export const bar = (share: number, width = 24): string => {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
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

export const percent = (share: number | null): string =>
  share === null ? '-' : `${(share * 100).toFixed(1)} %`;

const FRACTIONS = /(accuracy|F1|calibrationError|auroc)$/i;

/** The value of a metric, as people write it: a fraction in percent. */
export const measure = (metric: string, value: number): string =>
  FRACTIONS.test(metric) ? percent(value) : value.toPrecision(4);

/** A text that others have written, on one line, and with nothing in it that a terminal would act upon. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();

export const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 3).toWellFormed()}…` : text;

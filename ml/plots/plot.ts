/** A plot: drawn, and the numbers that it shows. Both are made when they are asked for. */
export interface Plot {
  /** in addresses and file names */
  readonly name: string;
  readonly title: string;
  svg(): string;
  csv(): string;
}

type Cell = string | number | null;

/** Rows as CSV (RFC 4180), the names of the columns first; no value is an empty cell. */
export const csvOf = (columns: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [columns, ...rows].map((row) => `${row.map(cellOf).join(',')}\n`).join('');

function cellOf(value: Cell): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

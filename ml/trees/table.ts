import { InvalidInput } from '../errors.ts';

/** The most bins of a column: a bin is one byte, and there is one more for what is missing. */
export const MAX_BINS = 255;

/**
 * What a column of a table holds. A number may be missing (NaN). A category is a code from 0 to `categories` - 1 and
 * never missing: the encoder gives the missing and the unknown a code of their own.
 */
export type ColumnKind =
  | { readonly kind: 'number' }
  | { readonly kind: 'category'; readonly categories: number };

/** A table of numbers and codes, row by row: `values[row * columns.length + column]`. */
export interface Table {
  readonly rows: number;
  readonly columns: readonly ColumnKind[];
  readonly values: Float32Array;
}

/** @throws InvalidInput `table` for a wrong length, a code out of range, or more than `MAX_BINS` categories */
export function checkTable({ rows, columns, values }: Table): void {
  if (values.length !== rows * columns.length) {
    throw invalid(`${values.length} values are not ${rows} rows of ${columns.length} columns`);
  }
  for (const [column, kind] of columns.entries()) {
    if (kind.kind === 'category') checkCodes(column, kind.categories);
    else checkFinite(column);
  }

  function checkCodes(column: number, categories: number): void {
    if (!(Number.isInteger(categories) && categories >= 1 && categories <= MAX_BINS)) {
      throw invalid(`column ${column} has ${categories} categories; 1 to ${MAX_BINS} are possible`);
    }
    for (let at = column; at < values.length; at += columns.length) {
      const code = values[at]!;
      if (Number.isInteger(code) && code >= 0 && code < categories) continue;
      throw invalid(`column ${column} has the code ${code}; there are 0 to ${categories - 1}`);
    }
  }

  function checkFinite(column: number): void {
    for (let at = column; at < values.length; at += columns.length) {
      if (Math.abs(values[at]!) === Infinity) throw invalid(`column ${column} has an infinite value`);
    }
  }
}

const invalid = (reason: string): InvalidInput => new InvalidInput('table', reason);

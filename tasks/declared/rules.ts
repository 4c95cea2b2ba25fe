import { EpochlogError } from '../../kernel/errors.ts';
import { nearest } from '../../kernel/nearest.ts';

type Value = string | number | boolean | null | undefined;
type Row = Readonly<Record<string, Value>>;

/** A condition between two columns, or a column and a constant: `end_date >= start_date`, `clicks <= impressions`. */
export interface Rule {
  readonly text: string;
  /** whether a row keeps it; a row without one of its values does */
  holds(row: Row): boolean;
}

const RULE = /^\s*(\S+)\s*(<=|>=|==|!=|<|>)\s*(\S.*?)\s*$/;

const COMPARE: Readonly<
  Record<string, (a: number | string | boolean, b: number | string | boolean) => boolean>
> = {
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

/**
 * Parses `LEFT OPERATOR RIGHT`: the left is a column, the right a column, a number, true, false, or a text in quotes.
 * Dates are compared as instants, numbers as numbers. INPUT_INVALID for anything else.
 *
 * @param dates the columns that are dates
 */
export function parseRule(text: string, columns: ReadonlySet<string>, dates: ReadonlySet<string>): Rule {
  const [, left = '', operator = '', right = ''] = RULE.exec(text) ?? [];
  const compare = COMPARE[operator];
  if (!compare) {
    throw invalid(
      text,
      `write it as 'end_date >= start_date', with one of ${Object.keys(COMPARE).join(' ')}`,
    );
  }
  const leftValue = columnNamed(left);
  const rightValue = constant(right) ?? columnNamed(right);
  return {
    text,
    holds(row) {
      const a = leftValue(row);
      const b = rightValue(row);
      return a === null || a === undefined || b === null || b === undefined || compare(a, b);
    },
  };

  function columnNamed(name: string): (row: Row) => Value {
    if (!columns.has(name)) {
      const meant = nearest(name, columns);
      throw invalid(
        text,
        `there is no column '${name}'${meant === undefined ? '' : `, did you mean ${meant}?`}`,
      );
    }
    if (!dates.has(name)) return (row) => row[name];
    return (row) => {
      const value = row[name];
      return typeof value === 'string' ? Date.parse(value) : value;
    };
  }

  function constant(word: string): ((row: Row) => Value) | undefined {
    const quoted = /^'(.*)'$|^"(.*)"$/.exec(word);
    const text = quoted?.[1] ?? quoted?.[2];
    const isDate = dates.has(left);
    if (text !== undefined) return () => (isDate ? Date.parse(text) : text);
    if (word === 'true' || word === 'false') return () => word === 'true';
    return word !== '' && Number.isFinite(Number(word)) ? () => Number(word) : undefined;
  }
}

const invalid = (rule: string, reason: string) =>
  new EpochlogError('INPUT_INVALID', `rule '${rule}': ${reason}`);

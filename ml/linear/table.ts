import { didYouMean } from '../../kernel/nearest.ts';
import { type Column, categoryOf, detailOf, fitColumns, tableOf } from '../adapters/tabular.ts';
import { InvalidInput } from '../errors.ts';
import type { Instance, InstanceSchema } from '../instance/schema.ts';
import type { SparseMatrix } from '../matrix.ts';
import type { Table } from '../trees/table.ts';
import type { LinearParameters } from './parameters.ts';
import type { Standard } from './standard.ts';

/** A number column: imputed by its mean, standardised; `indicator` is the feature that says it is missing, if any was. */
export interface NumberColumn extends Standard {
  readonly column: number;
  /** whether its mean and deviation are those of `log1p` of it */
  readonly isLogged: boolean;
  readonly indicator: number | undefined;
}

/** A feature that is 1 where a category column has that code. */
export interface HotFeature {
  readonly column: number;
  readonly code: number;
}

/**
 * Rows of a table as features: the numbers, an indicator for each that may be missing, and one feature for each code of
 * each category, in this order.
 */
export class TableEncoder {
  readonly kind = 'table';
  readonly tableColumns: readonly Column[];
  readonly numbers: readonly NumberColumn[];
  readonly hot: readonly HotFeature[];
  readonly columns: number;
  /** of each category column, the feature of its code 0 */
  readonly #firstHot: ReadonlyMap<number, number>;

  constructor(tableColumns: readonly Column[], numbers: readonly NumberColumn[], hot: readonly HotFeature[]) {
    this.tableColumns = tableColumns;
    this.numbers = numbers;
    this.hot = hot;
    const dense = numbers.length + numbers.filter(({ indicator }) => indicator !== undefined).length;
    this.columns = dense + hot.length;
    this.#firstHot = new Map(
      hot.flatMap(({ column, code }, at) => (code === 0 ? [[column, dense + at]] : [])),
    );
  }

  encode(instances: readonly Instance[]): SparseMatrix {
    return this.encodeTable(tableOf(this.tableColumns, instances));
  }

  encodeTable({ rows, columns: { length }, values: cells }: Table): SparseMatrix {
    const perRow = this.numbers.length + this.#firstHot.size; // a missing number is an indicator instead
    const offsets = new Int32Array(rows + 1);
    const indices = new Int32Array(rows * perRow);
    const values = new Float32Array(rows * perRow);
    let at = 0;
    const add = (feature: number, value: number) => {
      indices[at] = feature;
      values[at++] = value;
    };
    for (let row = 0; row < rows; row++) {
      for (const [feature, { column, isLogged, mean, deviation, indicator }] of this.numbers.entries()) {
        const cell = cells[row * length + column]!;
        if (!Number.isNaN(cell)) add(feature, ((isLogged ? log1p(cell) : cell) - mean) / deviation);
        else if (indicator !== undefined) add(indicator, 1);
      }
      for (const [column, first] of this.#firstHot) add(first + cells[row * length + column]!, 1);
      offsets[row + 1] = at;
    }
    return {
      rows,
      columns: this.columns,
      offsets,
      indices: indices.subarray(0, at),
      values: values.subarray(0, at),
    };
  }
}

/** Learns means, deviations and categories from the training rows alone. */
export function fitTable(
  schema: InstanceSchema,
  instances: readonly Instance[],
  parameters: Pick<LinearParameters, 'log1p' | 'groupStatistics'>,
): { encoder: TableEncoder; features: SparseMatrix } {
  const columns = fitColumns(schema, instances, parameters.groupStatistics);
  const logged = loggedColumns(columns, parameters.log1p);
  const table = tableOf(columns, instances);
  const numbers: NumberColumn[] = [];
  const hot: HotFeature[] = [];
  for (const [column, kind] of table.columns.entries()) {
    if (kind.kind === 'number') {
      const isLogged = logged.has(column);
      numbers.push({ column, isLogged, ...standardOf(table, column, isLogged), indicator: undefined });
    } else hot.push(...Array.from({ length: kind.categories }, (_, code) => ({ column, code })));
  }
  let indicators = numbers.length;
  const encoder = new TableEncoder(
    columns,
    numbers.map((number) =>
      hasMissing(table, number.column) ? { ...number, indicator: indicators++ } : number,
    ),
    hot,
  );
  return { encoder, features: encoder.encodeTable(table) };
}

/** The columns and codes that features are of, in the order of the features. */
interface FeatureColumns {
  readonly numbers: ArrayLike<number>;
  /** of each of them 1 where it is logged; empty where none is */
  readonly logged: ArrayLike<number>;
  readonly indicators: ArrayLike<number>;
  readonly hotColumns: ArrayLike<number>;
  readonly hotCodes: ArrayLike<number>;
}

/** What each feature is of, as a text that is the same in another training. */
export function featuresOf(
  columns: readonly Column[],
  { numbers, logged, indicators, hotColumns, hotCodes }: FeatureColumns,
): string[] {
  const named = (column: number) => {
    const found = columns[column]!;
    return [found.field, detailOf(found)];
  };
  return [
    ...Array.from(numbers, (column, at) =>
      JSON.stringify([logged[at] ? 'log1p' : 'number', ...named(column)]),
    ),
    ...Array.from(indicators, (column) => JSON.stringify(['missing', ...named(column)])),
    ...Array.from(hotColumns, (column, at) => {
      const value = categoryOf(columns[column]!, hotCodes[at]!);
      return JSON.stringify(['category', ...named(column), value]);
    }),
  ];
}

export const keysOf = ({ tableColumns, numbers, hot }: TableEncoder): string[] =>
  featuresOf(tableColumns, {
    numbers: numbers.map(({ column }) => column),
    logged: numbers.map(({ isLogged }) => Number(isLogged)),
    indicators: numbers.flatMap(({ column, indicator }) => (indicator === undefined ? [] : [column])),
    hotColumns: hot.map(({ column }) => column),
    hotCodes: hot.map(({ code }) => code),
  });

function* present({ columns: { length }, values }: Table, column: number): Generator<number> {
  for (let at = column; at < values.length; at += length) if (!Number.isNaN(values[at])) yield values[at]!;
}

function hasMissing({ columns: { length }, values }: Table, column: number): boolean {
  for (let at = column; at < values.length; at += length) if (Number.isNaN(values[at])) return true;
  return false;
}

const standardOf = (table: Table, column: number, isLogged: boolean): Standard =>
  standardise(Array.from(present(table, column), (value) => (isLogged ? log1p(value) : value)));

/** log(1 + x), of a number below 0 its mirror image −log(1 − x): no number is without an answer. */
export const log1p = (value: number): number => Math.sign(value) * Math.log1p(Math.abs(value));

/** @throws InvalidInput `parameter` for a name that is no column of numbers */
function loggedColumns(columns: readonly Column[], names: readonly string[]): Set<number> {
  const numbers = columns.map(({ kind, field }) => (kind === 'number' ? field : ''));
  return new Set(
    names.map((name) => {
      const at = numbers.indexOf(name);
      if (at >= 0) return at;
      const known = numbers.filter((number) => number !== '');
      throw new InvalidInput(
        'parameter',
        `log1p names '${name}', which is no column of numbers${didYouMean(name, known)}`,
      );
    }),
  );
}

/** Rounded to single precision, as the graph computes; a constant has the deviation 1. */
export function standardise(values: readonly number[]): Standard {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(values.length, 1);
  return { mean: Math.fround(mean), deviation: Math.fround(Math.sqrt(variance)) || 1 };
}

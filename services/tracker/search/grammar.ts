import { invalid } from '../errors.ts';

/** MLflow's filter language: comparisons joined by AND. https://mlflow.org/docs/latest/search-runs/ */

export type Entity = 'attribute' | 'metric' | 'param' | 'tag' | 'dataset';

export interface Field {
  readonly entity: Entity;
  readonly key: string;
}

type Value = string | number | readonly string[] | null;

export interface Comparison extends Field {
  /** in capitals, such as >=, LIKE, NOT IN, IS NULL */
  readonly operator: string;
  /** null for IS NULL and IS NOT NULL */
  readonly value: Value;
}

export interface Order extends Field {
  readonly ascending: boolean;
}

const MAX_LENGTH = 10_000;

const ENTITIES: Readonly<Record<string, Entity>> = {
  ...{ attribute: 'attribute', attributes: 'attribute', attr: 'attribute', run: 'attribute' },
  ...{ metric: 'metric', metrics: 'metric', param: 'param', params: 'param', parameter: 'param' },
  ...{ parameters: 'param', tag: 'tag', tags: 'tag', dataset: 'dataset', datasets: 'dataset' },
};

const SPACE = /\s+/y;
const FIELD = /(?:(\w+)\.)?(?:`([^`]+)`|"([^"]+)"|([A-Za-z_][\w./:-]*))/y;
const OPERATOR = />=|<=|!=|=|<|>|NOT\s+IN\b|IN\b|ILIKE\b|LIKE\b|IS\s+NOT\s+NULL\b|IS\s+NULL\b/iy;
const TEXT = /'((?:[^']|'')*)'|"([^"]*)"/y;
const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\b/iy;
const AND = /AND\b/iy;
const DIRECTION = /ASC\b|DESC\b/iy;

/** Reads a text from left to right. */
class Scanner {
  readonly #text: string;
  readonly #what: string;
  #at = 0;

  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
    if (text.length > MAX_LENGTH)
      throw invalid(`The ${what} has ${text.length} characters, more than ${MAX_LENGTH}`);
  }

  get isAtEnd(): boolean {
    this.#read(SPACE);
    return this.#at === this.#text.length;
  }

  /** What the pattern matches here, after spaces; null when it does not. */
  next(pattern: RegExp): RegExpExecArray | null {
    this.#read(SPACE);
    return this.#read(pattern);
  }

  /** The same; INVALID_PARAMETER_VALUE when it does not match. */
  expect(pattern: RegExp, expected: string): RegExpExecArray {
    const found = this.next(pattern);
    if (found) return found;
    const rest = this.#text.slice(this.#at, this.#at + 40);
    const where = rest === '' ? 'at its end' : `at '${rest}'`;
    throw invalid(`Invalid ${this.#what} '${this.#text.slice(0, 200)}': expected ${expected} ${where}`);
  }

  #read(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }
}

/** The comparisons of a filter, all of which must hold. INVALID_PARAMETER_VALUE names the place that does not parse. */
export function parseFilter(filter: string): Comparison[] {
  const scanner = new Scanner(filter, 'filter string');
  const comparisons: Comparison[] = [];
  while (!scanner.isAtEnd) {
    if (comparisons.length > 0) scanner.expect(AND, 'AND');
    const field = fieldOf(scanner);
    const operator = scanner
      .expect(OPERATOR, 'a comparison (=, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT IN, IS NULL)')[0]
      .toUpperCase()
      .replaceAll(/\s+/g, ' ');
    comparisons.push({ ...field, operator, value: comparedWith(scanner, operator) });
  }
  return comparisons;
}

/** Fields to sort by, each with ASC (the default) or DESC. */
export function parseOrders(orders: readonly string[]): Order[] {
  return orders.map((order) => {
    const scanner = new Scanner(order, 'order_by clause');
    const field = fieldOf(scanner);
    const direction = scanner.isAtEnd ? 'ASC' : scanner.expect(DIRECTION, 'ASC or DESC')[0].toUpperCase();
    if (!scanner.isAtEnd)
      throw invalid(`Invalid order_by clause '${order}': one field each, with ASC or DESC`);
    return { ...field, ascending: direction === 'ASC' };
  });
}

function fieldOf(scanner: Scanner): Field {
  const [, prefix, ticked, quoted, plain] = scanner.expect(
    FIELD,
    'a field, such as metrics.accuracy, params.depth, tags.`my tag` or attributes.status',
  );
  const key = ticked ?? quoted ?? plain ?? '';
  if (prefix === undefined) return { entity: 'attribute', key };
  const entity = ENTITIES[prefix.toLowerCase()];
  if (entity) return { entity, key };
  throw invalid(
    `Invalid entity type '${prefix}'. Valid values are attributes, metrics, params, tags and datasets`,
  );
}

function comparedWith(scanner: Scanner, operator: string): Value {
  if (operator.startsWith('IS')) return null;
  if (operator.endsWith('IN')) return listOf(scanner);
  const text = scanner.next(TEXT);
  if (text) return textOf(text);
  return Number(scanner.expect(NUMBER, "a number or a text in quotes, such as 'adam'")[0]);
}

function listOf(scanner: Scanner): string[] {
  scanner.expect(/\(/y, "a list such as ('a', 'b')");
  const texts: string[] = [];
  do texts.push(textOf(scanner.expect(TEXT, 'a text in quotes')));
  while (scanner.next(/,/y) && !scanner.next(/(?=\))/y));
  scanner.expect(/\)/y, 'a closing bracket');
  return texts;
}

const textOf = ([, single, double]: RegExpExecArray): string => single?.replaceAll("''", "'") ?? double ?? '';

import { invalid } from '../errors.ts';
import { type Comparison, type Entity, type Field, type Order, parseFilter, parseOrders } from './grammar.ts';

type Scalar = string | number;

/** What can be searched, and how what a filter names is found in an item. */
export interface Searchable<T> {
  /** by name: whether it is a number, and its value */
  readonly attributes: Readonly<Record<string, Attribute<T>>>;
  /** the other entities that it has */
  readonly entities: Partial<Readonly<Record<Exclude<Entity, 'attribute'>, (item: T, key: string) => Found>>>;
  /** the order where none is asked for */
  readonly order?: readonly string[];
  /** the order of items that are equal by that */
  readonly ties: readonly string[];
  /** attributes to sort by, where these are not all */
  readonly sortable?: readonly string[];
}

interface Attribute<T> {
  readonly isNumber?: true;
  of(item: T): Found;
}

/** Several where an item has several of them, such as datasets. */
type Found = Scalar | readonly Scalar[] | null | undefined;

export interface Asked {
  readonly filter: string;
  readonly orderBy: readonly string[];
  readonly maxResults: number;
  readonly pageToken: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

const NUMERIC = new Set(['=', '!=', '<', '<=', '>', '>=']);
const TEXTUAL = new Set(['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN', 'IS NULL', 'IS NOT NULL']);
/** A tag that models without it are taken to have with the value false. */
const IS_PROMPT = 'mlflow.prompt.is_prompt';

/** A page of the items that a filter matches, in the order asked for. INVALID_PARAMETER_VALUE. */
export function search<T>(items: Iterable<T>, searchable: Searchable<T>, asked: Asked): Page<T> {
  const matches = matcherOf(searchable, parseFilter(asked.filter));
  const compare = comparatorOf(searchable, ordersOf(searchable, asked.orderBy));
  const start = offsetOf(asked.pageToken);
  const end = start + asked.maxResults;
  const { first, count } = firstOf(items, end, { matches, compare });
  return { items: first.slice(start), nextToken: end < count ? tokenOf(end) : undefined };
}

/** An item, and what it is sorted by: read once, not with each comparison. */
interface Keyed<T> {
  readonly item: T;
  readonly keys: readonly Found[];
}

/**
 * The first items that match, in order, and how many there are in all. A page of many is not worth sorting all of them: no more than
 * twice its end are kept, and what comes after the last of those that were sorted is only counted.
 */
function firstOf<T>(
  items: Iterable<T>,
  end: number,
  { matches, compare }: { matches: (item: T) => boolean; compare: Comparator<T> },
): { first: T[]; count: number } {
  let kept: Keyed<T>[] = [];
  let last: Keyed<T> | undefined;
  let count = 0;
  for (const item of items) {
    if (!matches(item)) continue;
    count++;
    const keyed = { item, keys: compare.keysOf(item) };
    if (last && compare.order(keyed, last) >= 0) continue;
    kept.push(keyed);
    if (kept.length < 2 * end) continue;
    kept = kept.sort(compare.order).slice(0, end);
    last = kept.at(-1);
  }
  const first = kept
    .sort(compare.order)
    .slice(0, end)
    .map(({ item }) => item);
  return { first, count };
}

function ordersOf<T>({ order = [], ties, sortable }: Searchable<T>, asked: readonly string[]): Order[] {
  const orders = parseOrders(asked);
  const refused = orders.find(
    ({ entity, key }) => entity !== 'attribute' || !(sortable?.includes(key) ?? true),
  );
  if (sortable && refused)
    throw invalid(
      `Invalid order by key '${refused.key}' specified (Invalid attribute key '${refused.key}' specified). Valid keys are ${sortable.join(', ')}`,
    );
  const [first, last] = [orders.length > 0 ? [] : parseOrders(order), parseOrders(ties)];
  return [...orders, ...first, ...last];
}

const tokenOf = (offset: number): string => Buffer.from(JSON.stringify({ offset })).toString('base64');

function offsetOf(token: string): number {
  if (token === '') return 0;
  try {
    const { offset } = JSON.parse(Buffer.from(token, 'base64').toString('utf8'));
    if (Number.isSafeInteger(offset) && offset >= 0) return offset;
  } catch {} // answered below
  throw invalid(
    'Invalid page token, could not base64-decode: give back the one that the page before was answered with',
  );
}

function readerOf<T>(searchable: Searchable<T>, { entity, key }: Field): (item: T) => Found {
  if (entity !== 'attribute') {
    const read = searchable.entities[entity];
    if (read) return (item) => read(item, key);
    const known = ['attributes', ...Object.keys(searchable.entities).map((name) => `${name}s`)].join(', ');
    throw invalid(`Invalid search expression: there are no ${entity}s here, but ${known}`);
  }
  const attribute = Object.hasOwn(searchable.attributes, key) ? searchable.attributes[key] : undefined;
  if (attribute) return attribute.of;
  const known = Object.keys(searchable.attributes).join(', ');
  throw invalid(`Invalid attribute key '${key}' specified. Valid keys are ${known}`);
}

const isNumeric = <T>({ attributes }: Searchable<T>, { entity, key }: Field): boolean =>
  entity === 'metric' || (entity === 'attribute' && attributes[key]?.isNumber === true);

function matcherOf<T>(searchable: Searchable<T>, comparisons: readonly Comparison[]): (item: T) => boolean {
  const tests = comparisons.map((comparison) => {
    const read = readerOf(searchable, comparison);
    assertFits(searchable, comparison);
    const test = testOf(comparison);
    return (item: T) => {
      const found = read(item);
      if (Array.isArray(found)) return found.some(test);
      return test((found ?? undefined) as Scalar | undefined);
    };
  });
  return (item) => tests.every((test) => test(item));
}

/** INVALID_PARAMETER_VALUE unless the comparison fits what is compared. */
function assertFits<T>(searchable: Searchable<T>, comparison: Comparison): void {
  const { entity, key, operator, value } = comparison;
  const numeric = isNumeric(searchable, comparison);
  const operators = numeric ? NUMERIC : TEXTUAL;
  if (!operators.has(operator))
    throw invalid(
      `Invalid comparator '${operator}' of ${entity} ${key}: not one of ${[...operators].join(', ')}`,
    );
  if (numeric && typeof value !== 'number')
    throw invalid(`Expected a numeric value for ${entity} ${key}. Got '${value}'`);
  if (!numeric && typeof value === 'number')
    throw invalid(`Expected a quoted string value for ${entity} ${key} (e.g. 'my-value'). Got ${value}`);
}

function testOf({ entity, key, operator, value }: Comparison): (found: Scalar | undefined) => boolean {
  if (operator === 'IS NULL') return (found) => found === undefined;
  if (operator === 'IS NOT NULL') return (found) => found !== undefined;
  const test = definedTestOf(operator, value);
  const isDefault = entity === 'tag' && key === IS_PROMPT && test('false');
  return (found) => (found === undefined ? isDefault : test(found));
}

function definedTestOf(operator: string, value: Comparison['value']): (found: Scalar) => boolean {
  if (Array.isArray(value)) {
    const values = new Set<Scalar>(value);
    return (found) => values.has(found) === (operator === 'IN');
  }
  const wanted = value as Scalar;
  switch (operator) {
    case '=':
      return (found) => found === wanted;
    case '!=':
      return (found) => found !== wanted;
    case '<':
      return (found) => found < wanted;
    case '<=':
      return (found) => found <= wanted;
    case '>':
      return (found) => found > wanted;
    case '>=':
      return (found) => found >= wanted;
    default:
      return likeTest(String(wanted), operator === 'ILIKE');
  }
}

/**
 * SQL's LIKE: % is any text, _ any character. Matched from left to right with the last % as the only place to go back to, in
 * time of at most the product of both lengths, whatever the pattern.
 */
function likeTest(pattern: string, ignoresCase: boolean): (found: Scalar) => boolean {
  const fold = (text: string) => (ignoresCase ? text.toLowerCase() : text);
  const wanted = fold(pattern);
  return (found) => isLike(fold(String(found)), wanted);
}

function isLike(text: string, pattern: string): boolean {
  let [at, place, back, from] = [0, 0, -1, 0];
  while (at < text.length) {
    if (pattern[place] === '%') {
      [back, from] = [place++, at];
    } else if (place < pattern.length && (pattern[place] === '_' || pattern[place] === text[at])) {
      at++;
      place++;
    } else if (back >= 0) {
      place = back + 1;
      at = ++from;
    } else return false;
  }
  while (pattern[place] === '%') place++;
  return place === pattern.length;
}

interface Comparator<T> {
  keysOf(item: T): readonly Found[];
  order(a: Keyed<T>, b: Keyed<T>): number;
}

function comparatorOf<T>(searchable: Searchable<T>, orders: readonly Order[]): Comparator<T> {
  const reads = orders.map((order) => readerOf(searchable, order));
  const signs = orders.map(({ ascending }) => (ascending ? 1 : -1));
  return {
    keysOf: (item) => reads.map((read) => read(item)),
    order(a, b) {
      for (let i = 0; i < signs.length; i++) {
        const difference = compared(a.keys[i], b.keys[i], signs[i]!);
        if (difference !== 0) return difference;
      }
      return 0;
    },
  };
}

/** What is not there comes last in either direction, and NaN before that. */
function compared(a: Found, b: Found, sign: number): number {
  if (a === b) return 0;
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0 || rankOf(a) > 0) return rank;
  return (a as Scalar) < (b as Scalar) ? -sign : sign;
}

function rankOf(found: Found): number {
  if (found === null || found === undefined) return 2;
  return Number.isNaN(found) ? 1 : 0;
}

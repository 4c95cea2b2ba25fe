import type { ColumnProfile } from './column.ts';

const ID_NAME = /^(id|uuid|guid|key|index)$|[_\s-](id|uuid|key)$|^id[_\s-]/i;
const CAMEL_ID_NAME = /[a-z](Id|ID)$/;
const TIME_NAME = /^(time|date|datetime|timestamp|ts|day|when|created|opened)$|[_\s-](at|time|date|on)$/i;
/** records are in groups when a value is there so often on average, and there are so many */
const ROWS_A_GROUP = 1.5;
const MIN_GROUPS = 20;
const MAX_ID_LENGTH = 200;

/** Columns that say something of a record beside its inputs. */
export interface Roles {
  readonly id?: string;
  readonly time?: string;
  readonly group?: string;
  /** further columns that name records */
  readonly otherIds: ReadonlySet<string>;
  readonly warnings: readonly string[];
}

/** Whether a column's name is that of an id. */
const isIdName = (name: string): boolean => ID_NAME.test(name) || CAMEL_ID_NAME.test(name);

/** Which columns name a record, order records, and keep some together. */
export function inferRoles(columns: readonly ColumnProfile[], target: string): Roles {
  const others = columns.filter(({ name }) => name !== target);
  const unique = others.filter(isUnique);
  const id =
    unique.find(({ name }) => isIdName(name)) ??
    unique.find(isRowNumber) ??
    unique.find((column) => column === columns[0] && isCode(column));
  const time = timeOf(others);
  const named = others.filter(
    ({ name, kind }) => isIdName(name) && kind !== 'empty' && !isUnique(columnNamed(others, name)),
  );
  const group = named.find(isGroup);
  const otherIds = new Set(
    unique
      .filter((column) => column !== id && (isIdName(column.name) || isRowNumber(column)))
      .map(({ name }) => name),
  );
  const repeating = named.filter(({ name, distinct }) => name !== group?.name && distinct > 1);
  return {
    ...(id && { id: id.name }),
    ...(time && { time: time.name }),
    ...(group && { group: group.name }),
    otherIds,
    warnings: [
      ...(group
        ? [
            `${group.name} repeats (${group.distinct} values in ${group.rows} rows): its records stay in one split, as a group`,
          ]
        : []),
      ...repeating.map(({ name, rows, distinct, missing }) =>
        missing > 0
          ? `${name} has the name of an id, and is missing in ${missing} rows: it is an input`
          : `${name} has the name of an id, and repeats (${distinct} values in ${rows} rows): it is an input`,
      ),
    ],
  };
}

const columnNamed = (columns: readonly ColumnProfile[], name: string) =>
  columns.find((column) => column.name === name)!;

/** Each row has a value, and each another one; of a long file, the values that are kept. */
function isUnique({ kind, rows, missing, distinct, isCut, values }: ColumnProfile): boolean {
  if (!['integer', 'category', 'name', 'text'].includes(kind) || missing > 0) return false;
  const differ = isCut ? values.every(([, count]) => count === 1) : distinct === rows;
  return differ && rows > 1 && values.every(([value]) => value.length < MAX_ID_LENGTH);
}

/** Texts without spaces. */
const isCode = ({ kind, values }: ColumnProfile): boolean =>
  kind !== 'integer' && values.every(([value]) => !/\s/.test(value));

/** Whole numbers without a gap. */
function isRowNumber({ kind, rows, range }: ColumnProfile): boolean {
  const [least = '', greatest = ''] = range.split(' … ');
  return kind === 'integer' && Number(greatest) - Number(least) === rows - 1;
}

const isGroup = ({ kind, rows, missing, distinct, isCut }: ColumnProfile): boolean =>
  ['integer', 'category', 'name'].includes(kind) &&
  missing === 0 &&
  !isCut &&
  distinct >= MIN_GROUPS &&
  rows >= ROWS_A_GROUP * distinct;

function timeOf(columns: readonly ColumnProfile[]): ColumnProfile | undefined {
  const whole = columns.filter(
    ({ kind, missing, odd, distinct }) =>
      (kind === 'time' || kind === 'date') && missing === 0 && !odd && distinct > 1,
  );
  return whole.find(({ name }) => TIME_NAME.test(name)) ?? whole[0];
}

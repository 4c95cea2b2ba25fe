import { EpochlogError } from '../../kernel/errors.ts';
import { nearest } from '../../kernel/nearest.ts';
import type { ColumnProfile } from './column.ts';
import type { Sample } from './sample.ts';

/** Samples that a class needs for a dataset to be sealed, unless the sealer is told otherwise. */
export const MIN_ROWS_A_CLASS = 10;
/** A whole number with more values is a number, not a class; texts with more are read from the data. */
const MAX_NUMBERED_CLASSES = 10;
const MAX_CLASSES = 50;
const SHOWN_CANDIDATES = 20;
const SEPARATORS = [';', '|', ','];

const TARGET_NAME =
  /^(target|targets|label|labels|class|classes|y|outcome|diagnosis|species|category|churn|churned|survived)$/i;

/** The target as a task file has it. */
export interface InferredTarget {
  readonly column: string;
  /** named in the file; null: a number, or classes from data */
  readonly classes: readonly string[] | null;
  readonly isNumber: boolean;
  /** classes that are left out, since too few rows have them */
  readonly rare: readonly (readonly [name: string, rows: number])[];
  /** of several labels in a cell: what is between them */
  readonly separator?: string;
  /** rows without a target */
  readonly missing: number;
}

/**
 * The target: the column that is asked for, else one with the name of a target, else the last one with values, if it can be one.
 *
 * @throws EpochlogError INPUT_INVALID for a column that is not there, with the nearest name, or cannot be a target; and
 * without one that is likely, with the candidates
 */
export function inferTarget(
  { file }: Sample,
  columns: readonly ColumnProfile[],
  asked: string | undefined,
): InferredTarget {
  const candidates = columns.filter((column) => obstacleOf(column) === undefined).map(({ name }) => name);
  if (asked !== undefined) {
    const names = columns.map(({ name }) => name);
    const column = columns.find(({ name }) => name === asked);
    if (!column) throw new EpochlogError('INPUT_INVALID', noColumn(file, asked, names));
    const obstacle = obstacleOf(column);
    if (obstacle === undefined) return targetOf(column);
    throw new EpochlogError(
      'INPUT_INVALID',
      `${file}: ${asked} cannot be the target: ${obstacle}; ${listed(candidates)}`,
    );
  }
  const named = columns.find(({ name }) => TARGET_NAME.test(name) && candidates.includes(name));
  const last = columns.findLast(({ distinct }) => distinct > 0); // an empty column at the end says nothing
  const found = named ?? (last && candidates.includes(last.name) ? last : undefined);
  if (found) return targetOf(found);
  throw new EpochlogError(
    'INPUT_INVALID',
    `${file}: which column is to be learnt? Name it with --target COLUMN; ${listed(candidates)}`,
  );
}

function noColumn(file: string, asked: string, names: readonly string[]): string {
  const meant = nearest(asked, names);
  return `${file} has no column '${asked}'; ${meant === undefined ? listed(names) : `did you mean ${meant}?`}`;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'no column has few classes, or numbers';
  const more = names.length > SHOWN_CANDIDATES ? ` and ${names.length - SHOWN_CANDIDATES} more` : '';
  return `there is ${names.slice(0, SHOWN_CANDIDATES).join(', ')}${more}`;
}

/** Why a column cannot be learnt. */
function obstacleOf({ kind, distinct, rows, missing }: ColumnProfile): string | undefined {
  if (distinct < 2) return `it has ${distinct === 0 ? 'no value' : 'the same value in every row'}`;
  switch (kind) {
    case 'number':
    case 'integer':
    case 'boolean':
    case 'category':
      return missing === rows ? 'it is empty' : undefined;
    case 'date':
    case 'time':
    case 'unread date':
      return 'it holds dates';
    case 'nested':
      return 'it holds arrays or objects';
    default:
      return 'nearly each of its values is another';
  }
}

function targetOf(column: ColumnProfile): InferredTarget {
  const { name, kind, values, missing } = column;
  const isNumber = kind === 'number' || (kind === 'integer' && values.length > MAX_NUMBERED_CLASSES);
  const common = { column: name, isNumber, missing };
  if (isNumber) return { ...common, classes: null, rare: [] };
  const rare = values.filter(([, rows]) => rows < MIN_ROWS_A_CLASS);
  const frequent = values.filter(([, rows]) => rows >= MIN_ROWS_A_CLASS);
  const kept = frequent.length < 2 ? values : frequent;
  const left = kept === values ? [] : rare;
  const isFromData = kept.length > MAX_CLASSES && left.length === 0;
  const separator = separatorIn(values.map(([value]) => value));
  return {
    ...common,
    classes: isFromData ? null : kept.map(([value]) => value).sort(),
    rare: left,
    ...(separator !== undefined && { separator }),
  };
}

/** What separates labels of which a cell holds several: they are fewer than their combinations, and each is in several. */
function separatorIn(values: readonly string[]): string | undefined {
  return SEPARATORS.find((separator) => {
    const combinations = values.filter((value) => value.includes(separator));
    const labels = new Set(values.flatMap((value) => value.split(separator).map((label) => label.trim())));
    return combinations.length > 1 && labels.size < values.length;
  });
}

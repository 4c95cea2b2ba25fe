import { EpochlogError } from '../../kernel/errors.ts';
import { readingsOf } from '../../ml/records/date-format.ts';
import type { Cell } from './cell.ts';
import { type ColumnKind, type ColumnProfile, FEW_VALUES, profileOf } from './column.ts';
import { filledLeakOf, leakOf } from './leaks.ts';
import { inferRoles, type Roles } from './roles.ts';
import type { Sample } from './sample.ts';
import { type InferredTarget, inferTarget, MIN_ROWS_A_CLASS } from './target.ts';

/** Below, a linear model is the safer choice. */
const ROWS_FOR_TREES = 500;
const MAX_NAMED = 10;
/** fields of an instance that POST /v1/predict takes */
const MAX_ASKED = 100;

export interface Asked {
  readonly target?: string;
  readonly kind?: 'tabular' | 'text';
}

/** `ignored` columns have a reason. */
export interface ProposedColumn extends ColumnProfile {
  readonly role: 'id' | 'time' | 'group' | 'target' | 'input' | 'ignored';
  readonly reason?: string;
}

/** What a file seems to be a task of. */
export interface Proposal {
  readonly kind: 'tabular' | 'text';
  readonly engine: 'linear' | 'trees';
  readonly columns: readonly ProposedColumn[];
  readonly target: InferredTarget;
  /** texts that mean a missing value */
  readonly missing: readonly string[];
  /** what somebody should look at, a sentence each */
  readonly warnings: readonly string[];
  /** the inputs of a row of the file, as a model is asked about them */
  readonly example: Readonly<Record<string, string | number | boolean>>;
}

/** Kinds that are inputs of a table as they are. */
const INPUT_KINDS: ReadonlySet<ColumnKind> = new Set([
  'number',
  'integer',
  'boolean',
  'date',
  'time',
  'category',
]);

/** Proposes a task for a file. Throws EpochlogError INPUT_INVALID as `inferTarget` does. */
export function propose(sample: Sample, asked: Asked = {}): Proposal {
  const profiles = [...sample.tallies].map(([name, tally]) => profileOf(name, tally));
  const target = inferTarget(sample, profiles, asked.target);
  const roles = inferRoles(profiles, target.column);
  const taken = new Set([target.column, roles.id, roles.time, roles.group]);
  const free = profiles.filter(({ name }) => !taken.has(name));
  const kind = asked.kind ?? kindOf(free);
  const columns = profiles.map((profile, index): ProposedColumn => {
    const role = roleOf(profile.name, roles, target.column);
    if (role) return { ...profile, role };
    const reason =
      obstacleOf(profile, kind, roles) ?? leakIn(columnBesideTarget(sample, profiles, index, target), target);
    return reason === undefined ? { ...profile, role: 'input' } : { ...profile, role: 'ignored', reason };
  });
  const inputs = columns.filter(({ role }) => role === 'input');
  const engine = kind === 'tabular' && sample.total >= ROWS_FOR_TREES ? 'trees' : 'linear';
  const missing = [
    ...new Set(columns.filter(({ role }) => role !== 'ignored').flatMap(({ placeholders }) => placeholders)),
  ];
  return {
    kind,
    engine,
    columns,
    target,
    missing: sample.format === 'csv' ? missing : [],
    warnings: [
      ...fileWarnings(sample, inputs),
      ...targetWarnings(target),
      ...roles.warnings,
      ...ignoredWarnings(columns),
      ...columns.flatMap(oddWarnings),
    ],
    example: exampleOf(sample, inputs, columns),
  };
}

/** @throws EpochlogError INPUT_INVALID where no column is left to learn from, with the reasons */
export function assertInputs({ file }: Sample, { columns, target }: Proposal): void {
  if (columns.some(({ role }) => role === 'input')) return;
  const others = columns.filter(({ role }) => role !== 'target');
  const reasons = others
    .slice(0, MAX_NAMED)
    .map(({ name, role, reason = `it is the ${role}` }) => `${name}: ${reason}`);
  const more = others.length > reasons.length ? `; and ${others.length - reasons.length} more` : '';
  throw new EpochlogError(
    'INPUT_INVALID',
    `${file}: no column is left to learn ${target.column} from. ${reasons.join('; ')}${more}`,
  );
}

/** A text, when texts are all or most of what may be asked about. */
function kindOf(columns: readonly ColumnProfile[]): 'tabular' | 'text' {
  const texts = columns.filter(({ kind }) => kind === 'text').length;
  const others = columns.filter(({ kind, distinct }) => INPUT_KINDS.has(kind) && distinct > 1).length;
  return texts > 0 && texts >= others ? 'text' : 'tabular';
}

function roleOf(
  name: string,
  { id, time, group }: Roles,
  target: string,
): ProposedColumn['role'] | undefined {
  if (name === target) return 'target';
  if (name === id) return 'id';
  if (name === time) return 'time';
  return name === group ? 'group' : undefined;
}

/** Why a column is no input of such a task. */
function obstacleOf(
  { name, kind, distinct, hasCommas, hasAmounts, dateFormats }: ColumnProfile,
  task: 'tabular' | 'text',
  roles: Roles,
): string | undefined {
  if (kind === 'empty') return 'it has no value';
  if (kind === 'nested') return 'it holds arrays or objects: give a field to each of their values';
  if (task === 'text')
    return kind === 'text' || kind === 'name' ? undefined : 'a text task reads texts alone';
  if (hasCommas)
    return 'its numbers have commas, which separate the columns of the file: write 1234.5, or, where the commas are those of decimals, separate the columns by semicolons';
  if (hasAmounts && distinct > FEW_VALUES)
    return 'its numbers have a sign such as % or $: write the numbers alone';
  if (distinct < 2) return 'it has the same value in every row';
  if (roles.otherIds.has(name)) return 'it names records, and tells nothing of the next ones';
  if (kind === 'unread date') return unreadDates(dateFormats);
  if (kind === 'name') return 'nearly each of its values is another';
  return kind === 'text'
    ? 'it is a text, which no engine takes beside a table; with --kind text it is what is read'
    : undefined;
}

function unreadDates(formats: readonly string[]): string {
  if (formats.length === 0) return 'it has dates that are not as 2024-05-31: write them so to use them';
  const choices = formats.map((format) => `COLUMN: ${format}`).join(' or ');
  return `the day or the month of its dates may be first: make it a date under 'columns', and write under 'dates' ${choices}`;
}

/** The cells of a column with those of the target, of rows where that is known. */
function columnBesideTarget(
  { rows }: Sample,
  profiles: readonly ColumnProfile[],
  index: number,
  { column }: InferredTarget,
) {
  const at = profiles.findIndex(({ name }) => name === column);
  return rows.flatMap((row): [Cell | null, Cell][] => {
    const [cell, target] = [row[index], row[at]];
    if (!target || target.look === 'placeholder') return [];
    return [[cell && cell.look !== 'placeholder' ? cell : null, target]];
  });
}

/** Why a column tells the target; undefined when it does not. */
function leakIn(
  beside: readonly (readonly [Cell | null, Cell])[],
  { isNumber }: InferredTarget,
): string | undefined {
  const pairs = beside.flatMap(([cell, target]): [Cell, Cell][] => (cell ? [[cell, target]] : []));
  const filled = beside.map(([cell, target]) => [cell !== null, target.text] as const);
  return leakOf(pairs, isNumber) ?? (isNumber ? undefined : filledLeakOf(filled));
}

function fileWarnings({ total, unreadable }: Sample, inputs: readonly ProposedColumn[]): string[] {
  return [
    unreadable.lines > 0
      ? `lines without a row, which will be rejected: ${unreadable.lines} (${unreadable.reason})`
      : '',
    total < 100 ? `${total} rows are few: what a model scores on them tells little` : '',
    inputs.length > MAX_ASKED
      ? `${inputs.length} inputs: a prediction takes at most ${MAX_ASKED} fields, so leave the others out of the task`
      : '',
  ].filter(Boolean);
}

function targetWarnings({ column, rare, missing, classes, isNumber, separator }: InferredTarget): string[] {
  const isLong = !isNumber && classes === null;
  return [
    missing > 0 ? `${column} is missing in ${missing} rows: they are collected, and not learnt from` : '',
    rare.length > 0
      ? `left out of the classes, since a dataset needs ${MIN_ROWS_A_CLASS} rows of each: ${rare
          .slice(0, 10)
          .map(([name, rows]) => `${name} (${rows})`)
          .join(', ')}${rare.length > 10 ? ` and ${rare.length - 10} more` : ''}`
      : '',
    separator === undefined
      ? ''
      : `${column} seems to hold several labels, with '${separator}' between them: to learn each for itself, take the other target in the task file`,
    isLong ? `${column} has more than 50 classes: a dataset needs ${MIN_ROWS_A_CLASS} rows of each` : '',
  ].filter(Boolean);
}

/** Of columns that are ignored for one reason, a sentence for all. */
function ignoredWarnings(columns: readonly ProposedColumn[]): string[] {
  const ignored = Map.groupBy(
    columns.filter(({ role }) => role === 'ignored'),
    ({ reason }) => reason,
  );
  return Array.from(ignored, ([reason, members]) => {
    const names = members.slice(0, MAX_NAMED).map(({ name }) => name);
    const more = members.length > names.length ? ` and ${members.length - names.length} more` : '';
    return `ignored: ${names.join(', ')}${more}: ${reason}`;
  });
}

function oddWarnings({ name, role, kind, odd, dateFormats }: ProposedColumn): string[] {
  if (!odd || role === 'ignored') return [];
  const date = dateFormats.length === 0 ? 'a date such as 2024-05-31' : `a date as ${dateFormats} has it`;
  const what = kind === 'number' || kind === 'integer' ? 'a number' : date;
  const first = `'${odd.text.slice(0, 40)}' (line ${odd.line})`;
  const rows = odd.count === 1 ? 'its row' : `${odd.count} rows like it`;
  return [
    `${name}: ${first} is not ${what}; ${rows} will be rejected, where an empty cell would be a missing value`,
  ];
}

/** The inputs of the first row that has most of them. */
function exampleOf({ rows }: Sample, inputs: readonly ProposedColumn[], columns: readonly ProposedColumn[]) {
  const at = new Map(columns.map(({ name }, i) => [name, i]));
  const cellsOf = (row: Sample['rows'][number]) =>
    inputs.flatMap((column): [string, string | number | boolean][] => {
      const cell = row[at.get(column.name)!];
      const value = cell && jsonValue(cell, column);
      return value === null || value === undefined ? [] : [[column.name, value]];
    });
  const best =
    rows
      .slice(0, 100)
      .map(cellsOf)
      .sort((a, b) => b.length - a.length)[0] ?? [];
  return Object.fromEntries(best);
}

/** A cell as JSON has it for a field of that kind; null where it does not fit. */
function jsonValue(
  { look, text }: Cell,
  { kind, dateFormats: [format = ''] }: ProposedColumn,
): string | number | boolean | null {
  if (kind === 'number' || kind === 'integer') return look === 'number' ? Number(text) : null;
  if (kind === 'boolean') return look === 'boolean' ? text.toLowerCase() === 'true' : null;
  if (kind === 'date' || kind === 'time')
    return look === 'date' || look === 'time' ? text : (readingsOf(text).get(format) ?? null);
  return text;
}

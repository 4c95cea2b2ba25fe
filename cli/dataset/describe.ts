import type { DatasetDiff, Difference } from '../../ml/dataset/diff.ts';
import { SPLITS } from '../../ml/dataset/format.ts';
import type { ColumnProfile, DatasetProfile, NumberSummary } from '../../ml/dataset/profile.ts';
import { type Cell, table } from '../output.ts';

/** A number as people read it: four significant digits. */
const short = (value: number): string => String(Number(value.toPrecision(4)));

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value));

/** What two datasets differ in, a line each. */
export function diffLines(
  diff: DatasetDiff,
  before: DatasetProfile | null,
  after: DatasetProfile | null,
): string[] {
  const { removed, added, same, relabelled, changed, moved, moves, examples } = diff;
  const sizes = SPLITS.map((split) => [
    split,
    ...diff.sizes[split],
    signed(diff.sizes[split][1] - diff.sizes[split][0]),
  ]);
  const classes = Object.entries(diff.classes).map(([name, [a, b]]) => [name, a, b, signed(b - a)]);
  const movements = Object.entries(moves).map(([move, count]) => `${move} ${count}`);
  return [
    `${added} added, ${removed} removed, ${same} the same`,
    `${relabelled} with another target, ${changed} with other content, ${moved} in another split${movements.length > 0 ? ` (${movements.join(', ')})` : ''}`,
    table(['split', 'before', 'after', 'change'], sizes),
    ...(classes.length > 0 ? [table(['class', 'before', 'after', 'change'], classes)] : []),
    ...profileChanges(before, after),
    ...named('added', examples.added),
    ...named('removed', examples.removed),
    ...examples.different.map(differenceLine),
  ];
}

const named = (what: string, ids: readonly string[]): string[] =>
  ids.length > 0 ? [`${what}: ${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ' …' : ''}`] : [];

function differenceLine({ id, target, split, isChanged }: Difference): string {
  const what = [
    target && `target ${target.join(' → ')}`,
    split && `split ${split.join(' → ')}`,
    isChanged && 'other content',
  ];
  return `${id}: ${what.filter(Boolean).join('; ')}`;
}

/** The numbers of two profiles that differ by more than a hundredth. */
function profileChanges(before: DatasetProfile | null, after: DatasetProfile | null): string[] {
  if (!before || !after) return [];
  const numbers = [numbersIn(before), numbersIn(after)] as const;
  const rows = [...new Set(numbers.flatMap((map) => [...map.keys()]))].flatMap((name): Cell[][] => {
    const [a, b] = numbers.map((map) => map.get(name)) as [number | undefined, number | undefined];
    const isNear = a !== undefined && b !== undefined && Math.abs(a - b) <= 0.01 * Math.abs(a);
    return isNear ? [] : [[name, a === undefined ? null : short(a), b === undefined ? null : short(b)]];
  });
  return rows.length > 0 ? [table(['profile', 'before', 'after'], rows)] : [];
}

function numbersIn({ text, target, columns, groups }: DatasetProfile): Map<string, number> {
  const found = new Map<string, number>();
  const add = (name: string, summary: NumberSummary | null) => {
    if (!summary) return;
    found
      .set(`${name}, mean`, summary.mean)
      .set(`${name}, median`, summary.median)
      .set(`${name}, p95`, summary.p95);
  };
  add('target', target);
  add('words', text?.words ?? null);
  if (text) found.set('vocabulary', text.vocabulary);
  if (groups.samples > 0) found.set('groups', groups.distinct);
  for (const [name, column] of Object.entries(columns)) {
    found.set(`${name}, missing`, column.missing);
    if (column.type === 'number') add(name, column.values);
    else found.set(`${name}, values`, column.distinct);
  }
  return found;
}

/** How well groups were kept apart, of samples that are in several. */
const apart = ({ shared, testSeen }: DatasetProfile['groups']): string =>
  shared === undefined
    ? ''
    : `, ${shared} of them in more than one split; ${testSeen} test samples share one with the training split`;

/** What is in a dataset, a line each. */
export function profileLines({ classes, text, target, columns, groups, times }: DatasetProfile): string[] {
  const labels = Object.entries(classes).map(([name, sizes]) => [
    name,
    ...SPLITS.map((split) => sizes[split]),
  ]);
  const summaries: [string, NumberSummary | null][] = [
    ['target', target],
    ['words of a sample', text?.words ?? null],
  ];
  const range = SPLITS.flatMap((split) => (times[split] ? [`${split} ${times[split].join(' … ')}`] : []));
  return [
    ...(labels.length > 0 ? [table(['class', ...SPLITS], labels)] : []),
    ...summaries.flatMap(([name, summary]) => (summary ? [`${name}: ${summaryText(summary)}`] : [])),
    ...(text ? [`${text.vocabulary} different words in the training split`] : []),
    ...Object.entries(columns).map(([name, column]) => `${name}: ${columnText(column)}`),
    ...(groups.samples > 0 ? [`${groups.samples} samples in ${groups.distinct} groups${apart(groups)}`] : []),
    ...(range.length > 0 ? [`times: ${range.join('; ')}`] : []),
  ];
}

const summaryText = ({ mean, std, min, median, p95, max }: NumberSummary): string =>
  `mean ${short(mean)}, standard deviation ${short(std)}, ${short(min)} … ${short(max)}, median ${short(median)}, p95 ${short(p95)}`;

function columnText(column: ColumnProfile): string {
  const missing = column.missing > 0 ? `, ${column.missing} missing` : '';
  if (column.type === 'number') return `${column.values ? summaryText(column.values) : 'no value'}${missing}`;
  const top = Object.entries(column.top).slice(0, 5);
  return `${column.distinct} values${missing}: ${top.map(([value, count]) => `${value} ${count}`).join(', ')}`;
}

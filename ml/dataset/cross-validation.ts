import { InvalidInput } from '../errors.ts';
import { sha256 } from '../hash.ts';
import { type Fold, groupedFolds, kFolds, stratifiedFolds, timeFolds } from './folds.ts';
import type { DatasetSample, Split } from './format.ts';

export const FOLD_KINDS = ['random', 'stratified', 'grouped', 'time'] as const;
export type FoldKind = (typeof FOLD_KINDS)[number];
export const MAX_FOLDS = 20;

/** One of several folds of a dataset. */
export interface FoldOf {
  /** from 1 */
  readonly number: number;
  /** folds in all */
  readonly of: number;
  /** one of FOLD_KINDS */
  readonly foldKind: string;
  /** of grouped folds: the field whose values stay together, or `group` */
  readonly column: string | null;
  readonly seed: number;
}

/** One of so many samples of what a fold learns from chooses the epoch and the temperature. */
const VALIDATION_SHARE = 10;

/**
 * The samples in the splits that a fold gives them: `test` is the fold, the others are learnt from but for a tenth, which is
 * `validation`. That tenth is the latest one of folds by time, else it is of ids, groups or values of the column, in the
 * order of their hashes. Samples that a fold by time must not see are left out.
 *
 * @param samples in the order of their ids, as a dataset has them
 * @throws InvalidInput `folds` where they cannot be divided so
 */
export function inFoldOf(samples: readonly DatasetSample[], fold: FoldOf): DatasetSample[] {
  const { number, of } = fold;
  const chosen = divided(samples, fold)[number - 1];
  if (!chosen) throw new InvalidInput('folds', `there is no fold ${number} of ${of}`);
  const validation = validationOf(samples, chosen, fold);
  const as = (rows: Iterable<number>, splitOf: (row: number) => Split) =>
    [...rows].map((row) => ({ row, split: splitOf(row) }));
  return [
    ...as(chosen.train, (row) => (validation.has(row) ? 'validation' : 'train')),
    ...as(chosen.test, () => 'test'),
  ]
    .sort((a, b) => a.row - b.row)
    .map(({ row, split }) => ({ ...samples[row]!, split }));
}

function divided(samples: readonly DatasetSample[], { of, foldKind, column, seed }: FoldOf): Fold[] {
  switch (foldKind) {
    case 'random':
      return kFolds(samples.length, of, seed);
    case 'stratified':
      return stratifiedFolds(samples.map(classOf), of, seed);
    case 'grouped':
      return groupedFolds(
        samples.map((sample) => groupOf(sample, column)),
        of,
        seed,
      );
    case 'time':
      return timeFolds(samples.map(timeOf), of);
    default:
      throw new InvalidInput(
        'folds',
        `folds are ${FOLD_KINDS.join(', ')}, not '${foldKind}': was it asked by a newer version?`,
      );
  }
}

function validationOf(
  samples: readonly DatasetSample[],
  { train }: Fold,
  { foldKind, column }: FoldOf,
): ReadonlySet<number> {
  if (foldKind === 'time') {
    const order = [...train].sort((a, b) => (timeOf(samples[a]!) < timeOf(samples[b]!) ? -1 : 1));
    return new Set(order.slice(order.length - Math.ceil(order.length / VALIDATION_SHARE)));
  }
  const keyOf = (sample: DatasetSample) =>
    foldKind === 'grouped' ? groupOf(sample, column) : (sample.group ?? sample.id);
  const members = Map.groupBy(train, (row) => keyOf(samples[row]!));
  const order = [...members.keys()].map((key) => ({ key, hash: sha256(Buffer.from(`validation ${key}`)) }));
  order.sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const held = new Set<number>();
  // the first one stays to be learnt from
  for (const { key } of order.slice(1)) {
    if (held.size >= train.length / VALIDATION_SHARE) break;
    for (const row of members.get(key)!) held.add(row);
  }
  return held;
}

function classOf({ id, target }: DatasetSample): string {
  if (typeof target === 'string') return target;
  throw new InvalidInput(
    'folds',
    `stratified folds are for targets that are one class; that of ${id} is not: take random, grouped or time folds`,
  );
}

function groupOf({ id, group, instance }: DatasetSample, column: string | null): string {
  const value = column === null || column === 'group' ? group : instance[column];
  if (value !== null && value !== undefined) return String(value);
  const known = ['group', ...Object.keys(instance)].join(', ');
  throw new InvalidInput(
    'folds',
    `${id} has no ${column ?? 'group'} to be grouped by; fields are ${known}: name one that every sample has`,
  );
}

function timeOf({ id, time }: DatasetSample): string {
  if (time !== null) return time;
  throw new InvalidInput('folds', `${id} has no time: take random, stratified or grouped folds`);
}

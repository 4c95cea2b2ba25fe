import { EpochlogError } from '../../kernel/errors.ts';
import { groupedFoldOf, kFoldOf, stratifiedFoldOf, timeFolds } from '../../ml/dataset/folds.ts';
import { INDEX_RUN_LENGTH, Sorter } from '../../ml/on-disk/sorter.ts';
import type { Spill } from '../../ml/on-disk/spill.ts';
import type { DatasetRequested } from '../../schemas/events.generated.ts';
import type { SplitStrategy } from '../../tasks/policies/splits.ts';
import { type Rows, rowsWhere, type SomeRows, type Splits, TEST, TRAIN, VALIDATION } from './rows.ts';
import {
  apportion,
  type Fractions,
  type Groups,
  groupsOf,
  splitAtRandom,
  splitClasses,
  splitGroups,
} from './split.ts';

/** Of a dataset in k folds, the one whose test part is its test split. */
export type FoldOf = Pick<DatasetRequested, 'folds' | 'fold'>;

/** Rows from the earliest to the latest, those of one time by id, and their times in milliseconds. */
interface Order {
  readonly rows: Int32Array;
  readonly times: Float64Array;
}

/**
 * Splits by time: the latest samples are the test, those before them the validation, and the rest is for training. Samples of
 * one time stay together, in the earlier split.
 *
 * @param kept splits in the dataset that is extended: what was learnt from there is in no test. The test begins after it; where that
 * would leave less of a test, as after splits by chance, the latest samples that were learnt from are left out
 * @returns splits of all rows, also of those that are not among `rows`: these are in none
 */
export async function splitByTime(
  rows: SomeRows,
  kept: Splits,
  fractions: Fractions,
  spill: Spill,
): Promise<Splits> {
  const { rows: order, times } = await byTime(rows, spill);
  const sizes = apportion(order.length, fractions);
  const isLearnt = (row: number) => kept[row] === TRAIN || kept[row] === VALIDATION;
  const lastLearnt = order.findLastIndex(isLearnt);
  const wanted = afterTies(times, order.length - sizes.test);
  const afterLearnt = afterTies(times, Math.max(wanted, lastLearnt + 1));
  const unseen = order.subarray(wanted).reduce((sum, row) => sum + (isLearnt(row) ? 0 : 1), 0);
  const testStart = order.length - afterLearnt >= unseen ? afterLearnt : wanted;
  const validationStart = afterTies(times, Math.min(order.length - sizes.test - sizes.validation, testStart));
  const splits = new Uint8Array(kept.length);
  for (const [i, row] of order.entries()) {
    if (i < testStart) splits[row] = i < validationStart ? TRAIN : VALIDATION;
    else if (!isLearnt(row)) splits[row] = TEST;
  }
  return splits;
}

/** The first place from `start` on whose time is later than that of the one before it. */
function afterTies(times: Float64Array, start: number): number {
  let place = start;
  while (place > 0 && place < times.length && times[place] === times[place - 1]) place += 1;
  return place;
}

async function byTime(rows: SomeRows, spill: Spill): Promise<Order> {
  const sorter = new Sorter<readonly [row: number, time: number]>(spill, INDEX_RUN_LENGTH);
  let undated = 0;
  for await (const chunk of rows.heads()) {
    for (const { row, time } of chunk) {
      const instant = time === null ? Number.NaN : Date.parse(time);
      if (Number.isNaN(instant)) undated += 1;
      else await sorter.add(sortableTime(instant), [row, instant]);
    }
  }
  if (undated > 0)
    throw new EpochlogError(
      'INPUT_INVALID',
      `a split by time needs the time of each sample, and ${undated} of ${rows.count} have none: name a column as 'time' in the task`,
    );
  const order = { rows: new Int32Array(rows.count), times: new Float64Array(rows.count) };
  let at = 0;
  for await (const chunk of sorter.sorted()) {
    for (const { value } of chunk) {
      [order.rows[at], order.times[at]] = value;
      at += 1;
    }
  }
  return order;
}

/** Milliseconds as a text that sorts as they do; no date has more than 8.64e15 of them, before and after 1970. */
const sortableTime = (milliseconds: number): string =>
  String(BigInt(milliseconds) + 8_640_000_000_000_000n).padStart(17, '0');

/** What a division of samples takes, beside them. */
export interface Division {
  readonly fractions: Fractions;
  readonly seed: number;
  readonly spill: Spill;
  /** groups of all rows, where samples are in several */
  readonly linked?: Groups | undefined;
}

/**
 * One fold of k: its test part is the test split; of its other samples, some are for validation, chosen in the same way.
 * By time, samples that are later than the test part are in no split.
 *
 * @throws EpochlogError INPUT_INVALID for a fold that is none; InvalidInput `folds` where there are too few samples
 */
export async function splitFold(
  rows: Rows,
  strategy: Exclude<SplitStrategy, 'auto'>,
  { folds, fold }: FoldOf,
  division: Division,
): Promise<Splits> {
  if (fold < 1 || fold > folds)
    throw new EpochlogError('INPUT_INVALID', `there is no fold ${fold} of ${folds}: they are 1 to ${folds}`);
  const { train, validation } = division.fractions;
  const share = validation / (train + validation);
  const fractions = { train: 1 - share, validation: share, test: 0 };
  const parts = await partsOf(rows, strategy, { folds, fold }, division);
  const others = rowsWhere(rows, parts, (code) => code === TRAIN);
  const splits = await SPLITTERS[strategy](others, rows.count, { ...division, fractions }, parts);
  for (const [row, code] of parts.entries()) if (code === TEST) splits[row] = TEST;
  return splits;
}

/** What is learnt from, and what is tested on. */
async function partsOf(
  rows: Rows,
  strategy: Exclude<SplitStrategy, 'auto'>,
  { folds, fold }: FoldOf,
  { seed, spill, linked }: Division,
): Promise<Splits> {
  if (strategy === 'time') {
    const { rows: order, times } = await byTime(rows, spill);
    const { train, test } = timeFolds(times, folds)[fold - 1]!;
    const parts = new Uint8Array(rows.count);
    for (const place of train) parts[order[place]!] = TRAIN;
    for (const place of test) parts[order[place]!] = TEST;
    return parts;
  }
  const foldOf = await foldOfRows(rows, strategy, folds, { seed, spill, linked });
  return Uint8Array.from(foldOf, (own) => (own === fold - 1 ? TEST : TRAIN));
}

async function foldOfRows(
  rows: Rows,
  strategy: 'random' | 'grouped' | 'stratified',
  folds: number,
  { seed, spill, linked }: Pick<Division, 'seed' | 'spill' | 'linked'>,
): Promise<Int32Array> {
  if (strategy === 'random') return kFoldOf(rows.count, folds, seed);
  if (strategy === 'grouped')
    return groupedFoldOf((linked ?? (await groupsOf(rows, rows.count, seed, spill))).of, folds, seed);
  const numbers = new Map<string | number, number>();
  const classes = new Int32Array(rows.count);
  for await (const chunk of rows.heads())
    for (const { row, target } of chunk) classes[row] = numberOf(numbers, target);
  const names = [...numbers.keys()];
  return stratifiedFoldOf(classes, folds, seed, (number) => names[number]!);
}

/** Numbers names from 0 as they come. */
export function numberOf<Name>(numbers: Map<Name, number>, name: Name): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}

type Splitter = (rows: SomeRows, total: number, division: Division, parts: Splits) => Promise<Splits>;

const SPLITTERS: Readonly<Record<Exclude<SplitStrategy, 'auto'>, Splitter>> = {
  async random(rows, total, { fractions, seed, spill }) {
    const splits = new Uint8Array(total);
    await splitAtRandom(rows, splits, fractions, seed, spill);
    return splits;
  },
  async stratified(rows, total, { fractions, seed, spill }) {
    const splits = new Uint8Array(total);
    const numbers = new Map<string | null, number>();
    const classOf = (target: string | number) =>
      numberOf(numbers, typeof target === 'string' ? target : null);
    await splitClasses(rows, ({ target }) => [classOf(target)], splits, fractions, seed, spill);
    return splits;
  },
  async grouped(rows, total, { fractions, seed, spill, linked }, parts) {
    const groups = linked ? among(linked, parts) : await groupsOf(rows, total, seed, spill);
    return splitGroups(groups, new Uint8Array(total), fractions);
  },
  time: (rows, total, { fractions, spill }) => splitByTime(rows, new Uint8Array(total), fractions, spill),
};

/** The groups of what is learnt from. */
function among({ of, sizes, order }: Groups, parts: Splits): Groups {
  const isLearnt = new Uint8Array(sizes.length);
  const own = of.map((group, row) => {
    if (parts[row] !== TRAIN) return -1;
    isLearnt[group] = 1;
    return group;
  });
  return {
    of: own,
    sizes: sizes.map((size, group) => (isLearnt[group] ? size : 0)),
    order: order.filter((group) => isLearnt[group]),
  };
}

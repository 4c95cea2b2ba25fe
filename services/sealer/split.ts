import { createHash } from 'node:crypto';
import { SPLITS, type Split } from '../../ml/dataset/format.ts';
import { byKey } from '../../ml/on-disk/merge.ts';
import { INDEX_RUN_LENGTH, Sorter } from '../../ml/on-disk/sorter.ts';
import type { Spill } from '../../ml/on-disk/spill.ts';
import { codeOf, type Head, NO_SPLIT, type SomeRows, type Splits, splitAt } from './rows.ts';

/** The fraction of each class in each split; the three sum to 1. */
export type Fractions = Readonly<Record<Split, number>>;

/**
 * Splits the samples of one class. Those that have a split keep it; the others first fill the test and the validation split
 * up to their fractions of the class, and the rest is for training.
 *
 * @param rows of the class, in the order of `hashOf`: so the result does not depend on the order in which samples came
 * @param splits of all rows; those of the class are changed
 */
export function splitClass(
  rows: Iterable<number>,
  count: number,
  splits: Splits,
  fractions: Fractions,
): void {
  const missing = apportion(count, fractions);
  for (const row of rows) {
    const split = splitAt(splits, row);
    if (split) missing[split] -= 1;
  }
  for (const row of rows) {
    if (splits[row] !== NO_SPLIT) continue;
    const split = missing.test > 0 ? 'test' : missing.validation > 0 ? 'validation' : 'train';
    splits[row] = codeOf(split);
    missing[split] -= 1;
  }
}

/**
 * Splits classes one after another. What a class has of a sample that is in several is what those before it have left.
 *
 * @param classesOf the numbers of the classes of a sample, which are split in this order; none for a sample that stays as it is
 */
export async function splitClasses(
  rows: SomeRows,
  classesOf: (head: Head) => readonly number[],
  splits: Splits,
  fractions: Fractions,
  seed: number,
  spill: Spill,
): Promise<void> {
  const sorter = new Sorter<number>(spill, INDEX_RUN_LENGTH);
  for await (const chunk of rows.heads())
    for (const head of chunk)
      for (const number of classesOf(head))
        await sorter.add(`${String(number).padStart(NUMBER_LENGTH, '0')}${hashOf(head.id, seed)}`, head.row);
  let members = new Rows32();
  let number = '';
  const split = () => splitClass(members.values(), members.count, splits, fractions);
  for await (const chunk of sorter.sorted()) {
    for (const { key, value } of chunk) {
      const own = key.slice(0, NUMBER_LENGTH);
      if (own !== number) {
        split();
        members = new Rows32();
        number = own;
      }
      members.add(value);
    }
  }
  split();
}

const NUMBER_LENGTH = 10;

/** Numbers of rows, four bytes each. */
class Rows32 {
  #rows = new Int32Array(1 << 6);
  count = 0;

  add(row: number): void {
    if (this.count === this.#rows.length) {
      const larger = new Int32Array(2 * this.count);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[this.count++] = row;
  }

  values(): Int32Array {
    return this.#rows.subarray(0, this.count);
  }
}

/** All samples as one class. */
export const splitAtRandom = (
  rows: SomeRows,
  splits: Splits,
  fractions: Fractions,
  seed: number,
  spill: Spill,
): Promise<void> => splitClasses(rows, () => [0], splits, fractions, seed, spill);

/** Samples by groups: a sample without one is a group of its own, which has the name of its id. */
export interface Groups {
  /** of each row the number of its group; -1 of rows that are not looked at */
  readonly of: Int32Array;
  /** samples of each group */
  readonly sizes: Int32Array;
  /** the numbers of the groups in the order of `hashOf` their names */
  readonly order: Int32Array;
}

export async function groupsOf(rows: SomeRows, total: number, seed: number, spill: Spill): Promise<Groups> {
  const names = new Sorter<number>(spill, INDEX_RUN_LENGTH);
  for await (const chunk of rows.heads())
    for (const { row, id, group } of chunk) await names.add(group ?? id, row);
  const of = new Int32Array(total).fill(-1);
  const sizes = new Rows32();
  const hashes = new Sorter<number>(spill, INDEX_RUN_LENGTH);
  for await (const groups of byKey(names.sorted())) {
    for (const { key, values } of groups) {
      for (const row of values) of[row] = sizes.count;
      await hashes.add(hashOf(key, seed), sizes.count);
      sizes.add(values.length);
    }
  }
  return { of, sizes: sizes.values(), order: await valuesOf(hashes, sizes.count) };
}

/** The numbers of a sorter in the order of their keys. */
export async function valuesOf(sorter: Sorter<number>, count: number): Promise<Int32Array> {
  const values = new Int32Array(count);
  let at = 0;
  for await (const chunk of sorter.sorted()) for (const { value } of chunk) values[at++] = value;
  return values;
}

/**
 * Splits samples so that all of a group are in one split: groups in the order of a hash of seed and name first fill
 * the test and the validation split, and the rest is for training. A group of which a sample has a split keeps that of the first.
 *
 * @param kept splits that rows have
 */
export function splitGroups({ of, sizes, order }: Groups, kept: Splits, fractions: Fractions): Splits {
  const splitOf = new Uint8Array(sizes.length);
  let count = 0;
  for (const [row, group] of of.entries()) {
    if (group < 0) continue;
    count += 1;
    if (splitOf[group] === NO_SPLIT) splitOf[group] = kept[row]!;
  }
  const missing = apportion(count, fractions);
  for (const [group, size] of sizes.entries()) {
    const split = splitAt(splitOf, group);
    if (split) missing[split] -= size;
  }
  for (const group of order) {
    if (splitOf[group] !== NO_SPLIT) continue;
    const split = missing.test > 0 ? 'test' : missing.validation > 0 ? 'validation' : 'train';
    splitOf[group] = codeOf(split);
    missing[split] -= sizes[group]!;
  }
  return Uint8Array.from(of, (group) => (group < 0 ? NO_SPLIT : splitOf[group]!));
}

/**
 * A count in whole parts by the method of largest remainders (Hamilton): each part is its share of the count
 * rounded up or down, and they sum to it. Of equal remainders the earlier split is served first.
 */
export function apportion(count: number, fractions: Fractions): Record<Split, number> {
  const parts = { train: 0, validation: 0, test: 0 };
  const exact = SPLITS.map((split) => ({ split, quota: nearlyWhole(count * fractions[split]) }));
  for (const { split, quota } of exact) parts[split] = Math.floor(quota);
  const left = count - parts.train - parts.validation - parts.test;
  const byRemainder = exact.toSorted((a, b) => remainderOf(b.quota) - remainderOf(a.quota));
  for (const { split } of byRemainder.slice(0, left)) parts[split] += 1;
  return parts;
}

/** Rounded, so that remainders that are equal but for floating point count as equal. */
const remainderOf = (quota: number): number => Math.round((quota % 1) * 1e9);

/** Takes back what floating point adds: 1 − 0.8 − 0.1 is a hair less than a tenth. */
const nearlyWhole = (quota: number): number =>
  Math.abs(quota - Math.round(quota)) < 1e-9 ? Math.round(quota) : quota;

/** What samples, or groups, are ordered by: the same in whatever order they came. A character for each byte. */
export const hashOf = (name: string, seed: number): string =>
  createHash('sha256').update(`${seed}/${name}`).digest('binary');

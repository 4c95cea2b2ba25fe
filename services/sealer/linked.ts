import { SPLITS, type Split } from '../../ml/dataset/format.ts';
import { Linking } from '../../ml/dataset/linked-groups.ts';
import { byKey, type Group } from '../../ml/on-disk/merge.ts';
import { INDEX_RUN_LENGTH, Sorter } from '../../ml/on-disk/sorter.ts';
import type { Spill } from '../../ml/on-disk/spill.ts';
import type { Task } from '../../tasks/task.ts';
import { codeOf, NO_SPLIT, type Rows, type Splits, TEST, TRAIN } from './rows.ts';
import type { SealedCorpus } from './sealed-corpus.ts';
import { apportion, type Fractions, type Groups, hashOf, valuesOf } from './split.ts';

/** The groups that samples are in, of a task whose records are in several, such as those of their authors. */
export class GroupNames {
  readonly #rows: Sorter<number>;
  #count = 0;

  constructor(spill: Spill) {
    this.#rows = new Sorter(spill, INDEX_RUN_LENGTH);
  }

  /** Rows come in ascending order. */
  async add(row: number, names: readonly string[]): Promise<void> {
    for (const name of new Set(names)) await this.#rows.add(name, row);
    this.#count += names.length;
  }

  /** whether any sample is in a group */
  get isGrouped(): boolean {
    return this.#count > 0;
  }

  /** The rows of each name, ascending; names in the order of their texts, some at a time. */
  byName(): AsyncGenerator<readonly Group<number>[], void, undefined> {
    return byKey(this.#rows.sorted());
  }
}

/**
 * The groups of all samples; undefined where a sample of the task is in one at most, or they do not matter. They do in `auto` too,
 * where records name their groups.
 */
export async function groupNamesOf(
  { groupsOf }: Pick<Task, 'groupsOf'>,
  { split }: { readonly split: string },
  corpus: SealedCorpus,
  spill: Spill,
): Promise<GroupNames | undefined> {
  if (!groupsOf || !(split === 'grouped' || (split === 'auto' && corpus.isGrouped))) return undefined;
  const names = new GroupNames(spill);
  const everything = new Uint8Array(corpus.count).fill(TRAIN);
  for await (const chunk of corpus.samples(everything))
    for (const { row, instance, group } of chunk) await names.add(row, groupsOf({ instance, group }));
  return names;
}

/**
 * Groups of samples that are linked by a name, as far as a group has no more than `limit` of them. A group has the name of its
 * first sample.
 */
export async function linkedGroupsOf(
  rows: Rows,
  names: GroupNames,
  limit: number,
  seed: number,
  spill: Spill,
): Promise<Groups> {
  const byRarity = new Sorter<Int32Array>(spill, INDEX_RUN_LENGTH);
  for await (const groups of names.byName())
    for (const { key, values } of groups)
      if (values.length > 1)
        await byRarity.add(
          `${String(values.length).padStart(10, '0')}${key}`,
          Int32Array.from(values),
          4 * values.length,
        );
  const linking = new Linking(rows.count, limit);
  for await (const chunk of byRarity.sorted()) for (const { value } of chunk) linking.link(value);
  const { groupOf } = linking.groups();
  const numbers = new Int32Array(rows.count); // of the groups, by their first rows
  const hashes = new Sorter<number>(spill, INDEX_RUN_LENGTH);
  let groups = 0;
  for await (const chunk of rows.heads()) {
    for (const { row, id } of chunk) {
      if (groupOf[row] !== row) continue;
      await hashes.add(hashOf(id, seed), groups);
      numbers[row] = groups++;
    }
  }
  const of = groupOf.map((first) => numbers[first]!);
  const sizes = new Int32Array(groups);
  for (const group of of) sizes[group]! += 1;
  return { of, sizes, order: await valuesOf(hashes, groups) };
}

/**
 * Splits linked samples: groups in the order of a hash of seed and name fill the test and the validation split where they fit into
 * what is lacking there, the others are for training. A sample that has a split keeps it, and others of its group take that of most
 * of them: what is new may link samples that were in two splits before.
 */
export function splitLinked({ of, sizes, order }: Groups, kept: Splits, fractions: Fractions): Splits {
  const splitOf = splitsOfKept(of, sizes.length, kept);
  const missing = apportion(of.length, fractions);
  for (const [row, group] of of.entries()) {
    const split = SPLITS[(kept[row] || splitOf[group]!) - 1];
    if (split) missing[split] -= 1;
  }
  for (const group of order) {
    if (splitOf[group] !== NO_SPLIT) continue;
    const split: Split =
      (['test', 'validation'] as const).find((held) => sizes[group]! <= missing[held]) ?? 'train';
    splitOf[group] = codeOf(split);
    missing[split] -= sizes[group]!;
  }
  return Uint8Array.from(of, (group, row) => kept[row] || splitOf[group]!);
}

/** Of each group the split that most of its samples have, of several the one that comes first. */
function splitsOfKept(of: Int32Array, groups: number, kept: Splits): Uint8Array {
  const splitOf = new Uint8Array(groups);
  if (kept.every((code) => code === NO_SPLIT)) return splitOf;
  const votes = new Int32Array(groups * SPLITS.length);
  const firstRows = new Int32Array(groups * SPLITS.length).fill(-1);
  const placeOf = (group: number, code: number) => group * SPLITS.length + code - 1;
  for (const [row, group] of of.entries()) {
    if (kept[row] === NO_SPLIT) continue;
    const place = placeOf(group, kept[row]!);
    votes[place]! += 1;
    if (firstRows[place] === -1) firstRows[place] = row;
  }
  const codes = SPLITS.map(codeOf);
  for (const group of splitOf.keys()) {
    const voted = codes.filter((code) => votes[placeOf(group, code)]! > 0);
    const [best] = voted.sort((a, b) => {
      const [one, other] = [placeOf(group, a), placeOf(group, b)];
      return votes[other]! - votes[one]! || firstRows[one]! - firstRows[other]!;
    });
    splitOf[group] = best ?? NO_SPLIT;
  }
  return splitOf;
}

/** How well groups were kept apart. */
export interface Separation {
  /** samples that are in a group */
  readonly samples: number;
  readonly distinct: number;
  /** groups with samples in two splits or more */
  readonly shared: number;
  /** samples of the test split that have a group in common with the training split */
  readonly testSeen: number;
}

export async function separationOf(names: GroupNames, splits: Splits): Promise<Separation> {
  const isIn = new Uint8Array(splits.length);
  const isSeen = new Uint8Array(splits.length);
  let [distinct, shared] = [0, 0];
  const look = (rows: readonly number[]) => {
    const codes = new Set<number>();
    for (const row of rows) {
      if (splits[row] === NO_SPLIT) continue;
      codes.add(splits[row]!);
      isIn[row] = 1;
    }
    if (codes.size > 0) distinct += 1;
    if (codes.size > 1) shared += 1;
    if (codes.has(TRAIN)) for (const row of rows) if (splits[row] === TEST) isSeen[row] = 1;
  };
  for await (const groups of names.byName()) for (const { values } of groups) look(values);
  const sum = (flags: Uint8Array) => flags.reduce((total, flag) => total + flag, 0);
  return { samples: sum(isIn), distinct, shared, testSeen: sum(isSeen) };
}

import { createHash } from 'node:crypto';
import { SPLITS, type Split } from '../../ml/dataset/format.ts';

/** The fraction of each class in each split; the three sum to 1. */
export type Fractions = Readonly<Record<Split, number>>;

export type Assignment = ReadonlyMap<string, Split>;

/**
 * Splits the samples of one class. Those that have a split keep it; the others, in the order of a hash of seed and
 * id, first fill the test and the validation split up to their fractions of the class, and the rest is for training:
 * the same for the same ids, in whatever order they came.
 *
 * @param kept splits of samples of this class or of others; only those of `ids` count
 */
export function splitClass(
  ids: readonly string[],
  kept: Assignment,
  fractions: Fractions,
  seed: number,
): Map<string, Split> {
  const missing = apportion(ids.length, fractions);
  const assigned = new Map<string, Split>();
  const waiting: string[] = [];
  for (const id of ids) {
    const split = kept.get(id);
    if (!split) waiting.push(id);
    else {
      assigned.set(id, split);
      missing[split] -= 1;
    }
  }
  for (const id of shuffled(waiting, seed)) {
    const split = missing.test > 0 ? 'test' : missing.validation > 0 ? 'validation' : 'train';
    assigned.set(id, split);
    missing[split] -= 1;
  }
  return assigned;
}

/**
 * Splits samples so that all of a group are in one split: the groups, in the order of a hash of seed and name, first fill
 * the test and the validation split, and the rest is for training. A group of which a sample has a split keeps it.
 */
export function splitGroups(
  samples: readonly { id: string; group: string }[],
  kept: Assignment,
  fractions: Fractions,
  seed: number,
): Map<string, Split> {
  const missing = apportion(samples.length, fractions);
  const groups = Map.groupBy(samples, ({ group }) => group);
  const assigned = new Map<string, Split>();
  const assign = (members: readonly { id: string }[], split: Split) => {
    for (const { id } of members) assigned.set(id, split);
    missing[split] -= members.length;
  };
  const unassigned: string[] = [];
  for (const [name, members] of groups) {
    const split = members.map(({ id }) => kept.get(id)).find((found) => found !== undefined);
    if (split) assign(members, split);
    else unassigned.push(name);
  }
  for (const name of shuffled(unassigned, seed)) {
    assign(groups.get(name)!, missing.test > 0 ? 'test' : missing.validation > 0 ? 'validation' : 'train');
  }
  return assigned;
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

/** In the order of a hash of seed and id: the same in whatever order they came. */
export function shuffled(ids: readonly string[], seed: number): string[] {
  return ids
    .map((id) => ({ id, hash: createHash('sha256').update(`${seed}/${id}`).digest('binary') }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(({ id }) => id);
}

import { createHash } from 'node:crypto';
import { SPLITS, type Split } from '../../ml/dataset/format.ts';

/** What part of each class goes where; the three sum to 1. */
export type Shares = Readonly<Record<Split, number>>;

export type Assignment = ReadonlyMap<string, Split>;

/**
 * Splits the samples of one class. Those that have a place keep it; the others, in the order of a hash of seed and
 * id, first fill the test and the validation split up to their shares of the class, and the rest is for training:
 * the same for the same ids, in whatever order they came.
 *
 * @param kept places of samples of this class or of others; only those of `ids` count
 */
export function splitClass(
  ids: readonly string[],
  kept: Assignment,
  shares: Shares,
  seed: number,
): Map<string, Split> {
  const missing = apportion(ids.length, shares);
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
 * A count in whole parts by the method of largest remainders (Hamilton): each part is its share of the count
 * rounded up or down, and they sum to it. Of equal remainders the earlier split is served first.
 */
export function apportion(count: number, shares: Shares): Record<Split, number> {
  const parts = { train: 0, validation: 0, test: 0 };
  const exact = SPLITS.map((split) => ({ split, quota: nearlyWhole(count * shares[split]) }));
  for (const { split, quota } of exact) parts[split] = Math.floor(quota);
  const left = count - parts.train - parts.validation - parts.test;
  const byRemainder = exact.toSorted((a, b) => (b.quota % 1) - (a.quota % 1));
  for (const { split } of byRemainder.slice(0, left)) parts[split] += 1;
  return parts;
}

/** Takes back what floating point adds: 1 − 0.8 − 0.1 is a hair less than a tenth. */
const nearlyWhole = (quota: number): number =>
  Math.abs(quota - Math.round(quota)) < 1e-9 ? Math.round(quota) : quota;

function shuffled(ids: readonly string[], seed: number): string[] {
  return ids
    .map((id) => ({ id, hash: createHash('sha256').update(`${seed}/${id}`).digest('hex') }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(({ id }) => id);
}

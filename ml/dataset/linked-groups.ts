/** Samples that have no name in common with others, as far as groups may not grow beyond a size. */
export interface LinkedGroups {
  /** of each sample, the number of its group: that of its first sample */
  readonly groupOf: Int32Array;
  /** samples of each group, by its number */
  readonly sizes: Int32Array;
}

/**
 * Groups of samples that are linked by names, such as texts by their authors: the connected components of samples and names,
 * where they are no larger than `limit`. Of real data one component holds most samples, and cannot be in one split. So the names
 * are gone through from the rarest to the most frequent, and a link that would make a group larger than the limit is left out: a
 * union-find with a bound, in a time that is nearly linear. Which names are left out depends on their order, and fewer may be
 * possible: the least cut is NP-hard.
 *
 * @param names of each sample; one without any is a group of its own
 * @param limit samples of a group at most
 */
export function linkedGroups(names: readonly (readonly string[])[], limit: number): LinkedGroups {
  const groupOf = Int32Array.from(names.keys());
  const sizes = new Int32Array(names.length).fill(1);
  const rootOf = (sample: number): number => {
    let root = sample;
    while (groupOf[root] !== root) {
      groupOf[root] = groupOf[groupOf[root]!]!; // halves the way of the next one
      root = groupOf[root]!;
    }
    return root;
  };
  for (const samples of byRarity(names)) {
    for (let at = 1; at < samples.length; at++) {
      const one = rootOf(samples[at - 1]!);
      const other = rootOf(samples[at]!);
      const size = sizes[one]! + sizes[other]!;
      if (one === other || size > limit) continue;
      const [root, joined] = one < other ? [one, other] : [other, one];
      groupOf[joined] = root;
      sizes[root] = size;
    }
  }
  for (const sample of groupOf.keys()) groupOf[sample] = rootOf(sample);
  return { groupOf, sizes };
}

/** The samples of each name, those of the rarest name first. */
function byRarity(names: readonly (readonly string[])[]): number[][] {
  const samples = new Map<string, number[]>();
  for (const [sample, own] of names.entries()) {
    for (const name of new Set(own)) {
      const known = samples.get(name);
      if (known) known.push(sample);
      else samples.set(name, [sample]);
    }
  }
  return [...samples]
    .filter(([, own]) => own.length > 1)
    .sort(([a, one], [b, other]) => one.length - other.length || (a < b ? -1 : 1))
    .map(([, own]) => own);
}

/** Samples that have no name in common with others, as far as groups may not grow beyond a size. */
export interface LinkedGroups {
  /** of each sample, the number of its group: that of its first sample */
  readonly groupOf: Int32Array;
  /** samples of each group, by its number */
  readonly sizes: Int32Array;
}

/**
 * Groups of samples that are linked by names, such as texts by their authors: the connected components of samples and names,
 * where they are no larger than a limit. Of real data one component holds most samples, and cannot be in one split. So the names
 * are gone through from the rarest to the most frequent, and a link that would make a group larger than the limit is left out: a
 * union-find with a bound, in a time that is nearly linear. Which names are left out depends on their order, and fewer may be
 * possible: the least cut is NP-hard. It holds eight bytes for each sample.
 */
export class Linking {
  readonly #groupOf: Int32Array;
  readonly #sizes: Int32Array;
  readonly #limit: number;

  /** @param limit samples of a group at most */
  constructor(samples: number, limit: number) {
    this.#groupOf = Int32Array.from({ length: samples }, (_, sample) => sample);
    this.#sizes = new Int32Array(samples).fill(1);
    this.#limit = limit;
  }

  /** Links the samples of a name. */
  link(samples: ArrayLike<number>): void {
    for (let at = 1; at < samples.length; at++) {
      const one = this.#rootOf(samples[at - 1]!);
      const other = this.#rootOf(samples[at]!);
      const size = this.#sizes[one]! + this.#sizes[other]!;
      if (one === other || size > this.#limit) continue;
      const [root, joined] = one < other ? [one, other] : [other, one];
      this.#groupOf[joined] = root;
      this.#sizes[root] = size;
    }
  }

  groups(): LinkedGroups {
    for (const sample of this.#groupOf.keys()) this.#groupOf[sample] = this.#rootOf(sample);
    return { groupOf: this.#groupOf, sizes: this.#sizes };
  }

  #rootOf(sample: number): number {
    const groupOf = this.#groupOf;
    let root = sample;
    while (groupOf[root] !== root) {
      groupOf[root] = groupOf[groupOf[root]!]!; // halves the way of the next one
      root = groupOf[root]!;
    }
    return root;
  }
}

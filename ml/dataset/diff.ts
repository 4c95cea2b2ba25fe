import { type DatasetSample, SPLITS, type Split } from './format.ts';
import { DatasetReader } from './read.ts';

/** How a sample that is in both datasets differs; it may in several ways. */
export interface Difference {
  readonly id: string;
  /** before and after, where it is another */
  readonly target?: readonly [string | number, string | number];
  readonly split?: readonly [Split, Split];
  readonly isChanged?: true;
}

/** What a dataset has that another one has not. */
export interface DatasetDiff {
  /** samples of the one alone, and of the other alone */
  readonly removed: number;
  readonly added: number;
  readonly same: number;
  /** samples of both with another target, another instance, another split */
  readonly relabelled: number;
  readonly changed: number;
  readonly moved: number;
  /** of those that moved: `train → test`, and how many */
  readonly moves: Readonly<Record<string, number>>;
  /** samples of each class in the one and in the other, where they differ; none of a number */
  readonly classes: Readonly<Record<string, readonly [number, number]>>;
  readonly sizes: Readonly<Record<Split, readonly [number, number]>>;
  /** the first by id */
  readonly examples: {
    readonly removed: readonly string[];
    readonly added: readonly string[];
    readonly different: readonly Difference[];
  };
}

/**
 * Compares two datasets sample by sample, in the order of their ids; it holds a chunk of each.
 *
 * @param before, after their files
 * @param examples how many of each kind are named
 * @throws InvalidInput as `DatasetReader`
 */
export async function diffDatasets(
  before: Uint8Array,
  after: Uint8Array,
  examples = 20,
): Promise<DatasetDiff> {
  const tally = new Tally(examples);
  for await (const [one, other] of paired(before, after)) tally.add(one, other);
  return tally.diff();
}

class Tally {
  readonly #examples: number;
  readonly #counts = { removed: 0, added: 0, same: 0, relabelled: 0, changed: 0, moved: 0 };
  readonly #moves: Record<string, number> = {};
  readonly #classes = new Map<string, [number, number]>();
  readonly #sizes: Record<Split, [number, number]> = { train: [0, 0], validation: [0, 0], test: [0, 0] };
  readonly #named = { removed: [] as string[], added: [] as string[], different: [] as Difference[] };

  constructor(examples: number) {
    this.#examples = examples;
  }

  add(one: DatasetSample | undefined, other: DatasetSample | undefined): void {
    if (one) this.#count(one, 0);
    if (other) this.#count(other, 1);
    if (one && other) this.#compare(one, other);
    else {
      const side = one ? 'removed' : 'added';
      this.#counts[side] += 1;
      this.#keep(this.#named[side], (one ?? other)!.id);
    }
  }

  #count({ target, split }: DatasetSample, side: 0 | 1): void {
    this.#sizes[split][side] += 1;
    if (typeof target !== 'string') return;
    const counts = this.#classes.get(target) ?? [0, 0];
    counts[side] += 1;
    this.#classes.set(target, counts);
  }

  #compare(one: DatasetSample, other: DatasetSample): void {
    const difference = differenceOf(one, other);
    if (!difference) {
      this.#counts.same += 1;
      return;
    }
    const { target, split, isChanged } = difference;
    if (target) this.#counts.relabelled += 1;
    if (isChanged) this.#counts.changed += 1;
    if (split) {
      this.#counts.moved += 1;
      const move = split.join(' → ');
      this.#moves[move] = (this.#moves[move] ?? 0) + 1;
    }
    this.#keep(this.#named.different, difference);
  }

  #keep<T>(list: T[], item: T): void {
    if (list.length < this.#examples) list.push(item);
  }

  diff(): DatasetDiff {
    const differing = [...this.#classes].filter(([, [a, b]]) => a !== b).sort(([a], [b]) => (a < b ? -1 : 1));
    const classes = Object.fromEntries(differing);
    return { ...this.#counts, moves: this.#moves, classes, sizes: this.#sizes, examples: this.#named };
  }
}

function differenceOf(one: DatasetSample, other: DatasetSample): Difference | undefined {
  const isChanged = textOf(one) !== textOf(other);
  const isMoved = one.split !== other.split;
  if (one.target === other.target && !isChanged && !isMoved) return undefined;
  return {
    id: one.id,
    ...(one.target !== other.target && { target: [one.target, other.target] as const }),
    ...(isMoved && { split: [one.split, other.split] as const }),
    ...(isChanged && { isChanged }),
  };
}

const textOf = ({ instance }: DatasetSample): string => JSON.stringify(Object.entries(instance).sort());

type Pair = readonly [DatasetSample | undefined, DatasetSample | undefined];

async function* paired(before: Uint8Array, after: Uint8Array): AsyncGenerator<Pair, void, undefined> {
  const left = samplesOf(before);
  const right = samplesOf(after);
  let [one, other] = [await left.next(), await right.next()];
  while (!one.done || !other.done) {
    const [a, b] = [one.value, other.value];
    if (a && (!b || a.id < b.id)) {
      yield [a, undefined];
      one = await left.next();
    } else if (b && (!a || b.id < a.id)) {
      yield [undefined, b];
      other = await right.next();
    } else if (a && b) {
      yield [a, b];
      [one, other] = [await left.next(), await right.next()];
    } else return;
  }
}

async function* samplesOf(bytes: Uint8Array): AsyncGenerator<DatasetSample, undefined, undefined> {
  for await (const chunk of new DatasetReader(bytes).samples(SPLITS)) yield* chunk;
  return undefined;
}

import type { DatasetSample } from '../../ml/dataset/format.ts';
import { packed, unpacked } from '../../ml/on-disk/sorter.ts';
import { appended, type Place, type Spill } from '../../ml/on-disk/spill.ts';
import type { Label } from '../../schemas/labels/labels.ts';
import { type Head, NO_SPLIT, type Rows, type Splits, splitAt } from './rows.ts';

/** A sample of a task that may be learnt from, in no split yet. */
export type Sample = Omit<DatasetSample, 'split'>;
/** The same without its instance. */
export type Content = Omit<Sample, 'instance'>;
/** A sample in its split. */
export interface PlacedSample extends DatasetSample {
  /** its place in the order of ids, from 0 */
  readonly row: number;
}

/** A sample with another label: it is no longer one of the classes that it also has. */
export const relabelled = <S extends Content>(sample: S, target: Label | undefined): S =>
  target === undefined || target === sample.target
    ? sample
    : { ...sample, target, otherLabels: sample.otherLabels.filter((label) => label !== target) };

/** What is left of a sample after all that happened to it. */
export interface Outcome<Own> {
  readonly id: string;
  /** undefined for one that is not there any longer */
  readonly sample: Own | undefined;
  /** the split that it has already */
  readonly kept: number;
  /** whether something happened to a sample that had a split */
  readonly isCorrected: boolean;
}

/** What happened to all samples, in the order of their ids. It may be read several times, and is the same each time. */
export interface Gathered {
  heads(): AsyncIterable<readonly Outcome<Content>[]>;
  samples(): AsyncIterable<readonly Outcome<Sample>[]>;
}

/** Heads that are written together. */
const BLOCK_ROWS = 2_000;

/** Samples of which each is there once, in the order of their ids. It holds a byte for each, and where their heads lie in the spill. */
export class SealedCorpus implements Rows {
  readonly #gathered: Gathered;
  readonly #spill: Spill;
  readonly #heads: Place[] = [];
  #newest: Head[] = [];
  #kept = new Uint8Array(1 << 6);
  #count = 0;
  #isGrouped = false;
  #isCorrected = false;
  #missing = 0;

  /** Reads the heads of all samples. */
  static async of(gathered: Gathered, spill: Spill): Promise<SealedCorpus> {
    const corpus = new SealedCorpus(gathered, spill);
    for await (const outcomes of gathered.heads()) {
      for (const outcome of outcomes) corpus.#add(outcome);
      if (corpus.#newest.length >= BLOCK_ROWS) await corpus.#write();
    }
    await corpus.#write();
    return corpus;
  }

  private constructor(gathered: Gathered, spill: Spill) {
    this.#gathered = gathered;
    this.#spill = spill;
  }

  get count(): number {
    return this.#count;
  }

  get kept(): Splits {
    return this.#kept.subarray(0, this.#count);
  }

  get isGrouped(): boolean {
    return this.#isGrouped;
  }

  /** Whether all samples of the dataset that is extended are as they were, each in its split. */
  isContinued(splits: Splits): boolean {
    return (
      !this.#isCorrected &&
      this.#missing === 0 &&
      this.kept.every((code, row) => code === NO_SPLIT || code === splits[row])
    );
  }

  #add({ id, sample, kept, isCorrected }: Outcome<Content>): void {
    this.#isCorrected ||= isCorrected;
    if (sample === undefined) {
      if (kept !== NO_SPLIT) this.#missing += 1;
      return;
    }
    const { target, group, time } = sample;
    if (this.#count === this.#kept.length) this.#grow();
    this.#kept[this.#count] = kept;
    this.#isGrouped ||= group !== null;
    this.#newest.push({ row: this.#count, id, target, group, time });
    this.#count += 1;
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#count);
    larger.set(this.#kept);
    this.#kept = larger;
  }

  async #write(): Promise<void> {
    const heads = this.#newest;
    if (heads.length === 0) return;
    this.#newest = [];
    const columns: Columns = {
      first: heads[0]!.row,
      ids: heads.map(({ id }) => id),
      targets: heads.map(({ target }) => target),
      groups: heads.map(({ group }) => group),
      times: heads.map(({ time }) => time),
    };
    this.#heads.push(await appended(this.#spill, packed(columns)));
  }

  async *heads(): AsyncGenerator<readonly Head[], void, undefined> {
    for (const { offset, length } of this.#heads) {
      const { first, ids, targets, groups, times }: Columns = unpacked(
        await this.#spill.read(offset, length),
      );
      yield ids.map((id, at) => ({
        row: first + at,
        id,
        target: targets[at]!,
        group: groups[at]!,
        time: times[at]!,
      }));
    }
  }

  /** All samples that are in a split, a hundred at a time. */
  async *samples(splits: Splits): AsyncGenerator<PlacedSample[], void, undefined> {
    let row = 0;
    for await (const outcomes of this.#gathered.samples()) {
      const placed: PlacedSample[] = [];
      for (const { sample } of outcomes) {
        if (!sample) continue;
        const split = splitAt(splits, row);
        if (split) placed.push({ ...sample, split, row });
        row += 1;
      }
      yield placed;
    }
  }
}

interface Columns {
  readonly first: number;
  readonly ids: readonly string[];
  readonly targets: readonly (string | number)[];
  readonly groups: readonly (string | null)[];
  readonly times: readonly (string | null)[];
}

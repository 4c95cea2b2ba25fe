import type { DatasetSample } from '../../ml/dataset/format.ts';
import { DatasetReader, type Streamed } from '../../ml/dataset/read.ts';
import { byKey, type Entry, merged } from '../../ml/on-disk/merge.ts';
import { packed, Sorter, unpacked } from '../../ml/on-disk/sorter.ts';
import { appended, type Place, type Spill } from '../../ml/on-disk/spill.ts';
import { relabelled } from './labels.ts';
import { codeOf, type Head, NO_SPLIT, type Rows, type Splits, splitAt, TRAIN } from './rows.ts';

/** A sample of a task that may be learnt from, in no split yet. */
export type Sample = Omit<DatasetSample, 'split'>;
/** A sample in its split. */
export interface PlacedSample extends DatasetSample {
  /** its place in the order of ids, from 0 */
  readonly row: number;
}

/** What happened to a sample. They are kept as texts: the first character is the kind, the rest the sample. */
const ACCEPTED = 'a';
/** it is in the dataset that is extended; the next character is the code of its split */
const BASE = 'b';
/** a dataset of another task, which is extended, has a sample of the same id: its split alone counts */
const KEPT = 'k';
/** of a file, for training, unless there is a sample of that id */
const ADDED = 'f';
const WITHDRAWN = 'w';

/** UTF-16 units of samples that are written together. */
const BLOCK_LENGTH = 1 << 16;

/**
 * Gathers the samples of a task that may be learnt from: of each record the newest. They are in the spill, but for some
 * megabytes, until all are there and `seal` puts them in order.
 */
export class Corpus {
  readonly #spill: Spill;
  readonly #events: Sorter<string>;
  /** records whose presence may be asked for, and which of them are there */
  readonly #watched: ReadonlyMap<string, unknown>;
  readonly #present = new Set<string>();
  /** labels of people, and corrected ones */
  readonly #labels = new Map<string, string | number>();
  #base: { readonly dataset: Streamed | Uint8Array; readonly isOwn: boolean } | undefined;

  /**
   * @param watched records that `has` may be asked about; each takes memory
   * @param runLength UTF-16 units of samples that are in memory at most
   */
  constructor(spill: Spill, watched: ReadonlyMap<string, unknown> = new Map(), runLength?: number) {
    this.#spill = spill;
    this.#watched = watched;
    this.#events = new Sorter(spill, runLength);
  }

  /**
   * Begins with the samples of a dataset, which keep their splits.
   *
   * @param isOwn false for a dataset of another task, of which splits are kept, and no sample
   */
  async extend(dataset: Streamed | Uint8Array, isOwn = true): Promise<void> {
    this.#base = { dataset, isOwn };
    if (this.#watched.size === 0 || !isOwn) return;
    for await (const heads of new DatasetReader(dataset).heads())
      for (const { id } of heads) this.#appeared(id);
  }

  /** A record was accepted, for the first time or with other content. */
  async accept(sample: Sample): Promise<void> {
    this.#appeared(sample.id);
    await this.#add(sample.id, ACCEPTED + JSON.stringify(sample));
  }

  /** A sample of a file is there for training, unless there is one of its id already. */
  async addForTraining(sample: Sample): Promise<void> {
    await this.#add(sample.id, ADDED + JSON.stringify(sample));
  }

  async withdraw(id: string): Promise<void> {
    this.#present.delete(id);
    await this.#add(id, WITHDRAWN);
  }

  /** A sample has another label than its source says. */
  relabel(id: string, label: string | number): void {
    this.#labels.set(id, label);
  }

  /** Whether a watched record is there. */
  has(id: string): boolean {
    return this.#present.has(id);
  }

  #appeared(id: string): void {
    if (this.#watched.has(id)) this.#present.add(id);
  }

  #add(id: string, event: string): Promise<void> {
    return this.#events.add(id, event, event.length);
  }

  /** Puts the samples in the order of their ids. Nothing is added afterwards. */
  async sealed(): Promise<SealedCorpus> {
    const sealed = new SealedCorpus(this.#spill);
    const base = this.#base ? eventsOf(this.#base.dataset, this.#base.isOwn) : none();
    for await (const { key: id, values } of byKey(merged([base, this.#events.sorted()])))
      await sealed.add(id, values, this.#labels.get(id));
    await sealed.end();
    return sealed;
  }
}

async function* none(): AsyncGenerator<readonly Entry<string>[], void, undefined> {}

async function* eventsOf(
  dataset: Streamed | Uint8Array,
  isOwn: boolean,
): AsyncGenerator<readonly Entry<string>[], void, undefined> {
  const reader = new DatasetReader(dataset);
  if (!isOwn) {
    for await (const heads of reader.heads())
      yield heads.map(({ id, split }) => ({ key: id, value: `${KEPT}${codeOf(split)}` }));
    return;
  }
  for await (const samples of reader.samples())
    yield samples.map(({ split, ...sample }) => ({
      key: sample.id,
      value: `${BASE}${codeOf(split)}${JSON.stringify(sample)}`,
    }));
}

/** What is left of a sample after all that happened to it: its text, if it is there, and the split that it has already. */
function outcomeOf(events: readonly string[]): { sample: string | undefined; kept: number } {
  let sample: string | undefined;
  let kept = NO_SPLIT;
  for (const event of events) {
    const kind = event[0];
    if (kind === BASE || kind === KEPT) kept = Number(event[1]);
    if (kind === BASE) sample = event.slice(2);
    else if (kind === ACCEPTED) sample = event.slice(1);
    else if (kind === WITHDRAWN) sample = undefined;
    else if (kind === ADDED && sample === undefined) {
      sample = event.slice(1);
      kept = TRAIN;
    }
  }
  return { sample, kept };
}

/** Samples of which each is there once, in the order of their ids. It holds a byte for each, and where they lie in the spill. */
export class SealedCorpus implements Rows {
  readonly #spill: Spill;
  readonly #heads: Place[] = [];
  readonly #samples: Place[] = [];
  #newest: { heads: Head[]; samples: string[]; length: number } = { heads: [], samples: [], length: 0 };
  #kept = new Uint8Array(1 << 6);
  #count = 0;
  #isGrouped = false;
  #isCorrected = false;
  #missing = 0;

  constructor(spill: Spill) {
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

  /** What happened to a record, the oldest first; records come in the order of their ids. */
  async add(id: string, events: readonly string[], label: string | number | undefined): Promise<void> {
    const { sample, kept } = outcomeOf(events);
    if (kept !== NO_SPLIT && events.length > 1) this.#isCorrected = true;
    if (sample === undefined) {
      if (kept !== NO_SPLIT) this.#missing += 1;
      return;
    }
    const given: Sample = JSON.parse(sample);
    const own = relabelled(given, label);
    const { target, group, time } = own;
    if (this.#count === this.#kept.length) this.#grow();
    this.#kept[this.#count] = kept;
    this.#isGrouped ||= group !== null;
    const newest = this.#newest;
    newest.heads.push({ row: this.#count, id, target, group, time });
    newest.samples.push(own === given ? sample : JSON.stringify(own));
    newest.length += sample.length;
    this.#count += 1;
    if (newest.length >= BLOCK_LENGTH) await this.end();
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#count);
    larger.set(this.#kept);
    this.#kept = larger;
  }

  /** Writes what is in memory. */
  async end(): Promise<void> {
    const { heads, samples } = this.#newest;
    if (heads.length === 0) return;
    this.#newest = { heads: [], samples: [], length: 0 };
    const columns: Columns = {
      first: heads[0]!.row,
      ids: heads.map(({ id }) => id),
      targets: heads.map(({ target }) => target),
      groups: heads.map(({ group }) => group),
      times: heads.map(({ time }) => time),
    };
    this.#heads.push(await appended(this.#spill, packed(columns)));
    this.#samples.push(await appended(this.#spill, packed(samples)));
  }

  async *heads(): AsyncGenerator<readonly Head[], void, undefined> {
    for (const place of this.#heads) {
      const { first, ids, targets, groups, times } = await this.#read<Columns>(place);
      yield ids.map((id, at) => ({
        row: first + at,
        id,
        target: targets[at]!,
        group: groups[at]!,
        time: times[at]!,
      }));
    }
  }

  /** All samples that are in a split, some hundred at a time. */
  async *samples(splits: Splits): AsyncGenerator<PlacedSample[], void, undefined> {
    let row = 0;
    for (const place of this.#samples) {
      const placed: PlacedSample[] = [];
      for (const text of await this.#read<string[]>(place)) {
        const split = splitAt(splits, row);
        if (split) placed.push({ ...JSON.parse(text), split, row });
        row += 1;
      }
      yield placed;
    }
  }

  async #read<Value>({ offset, length }: Place): Promise<Value> {
    return unpacked(await this.#spill.read(offset, length));
  }
}

interface Columns {
  readonly first: number;
  readonly ids: readonly string[];
  readonly targets: readonly (string | number)[];
  readonly groups: readonly (string | null)[];
  readonly times: readonly (string | null)[];
}

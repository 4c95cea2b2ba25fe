import type { Split } from '../../ml/dataset/format.ts';
import { DatasetReader, type Streamed } from '../../ml/dataset/read.ts';
import { byKey, type Entries, type Entry, merged } from '../../ml/on-disk/merge.ts';
import { Sorter } from '../../ml/on-disk/sorter.ts';
import type { Spill } from '../../ml/on-disk/spill.ts';
import type { Label } from '../../schemas/labels/labels.ts';
import { codeOf, NO_SPLIT, TRAIN } from './rows.ts';
import {
  type Content,
  type Gathered,
  type Outcome,
  relabelled,
  type Sample,
  SealedCorpus,
} from './sealed-corpus.ts';

/** What happened to a sample since. It is kept as a text: the first character is the kind, the rest the sample. */
const ACCEPTED = 'a';
/** of a file, for training, unless there is a sample of that id */
const ADDED = 'f';
const WITHDRAWN = 'w';

/** That a sample is in the dataset which is extended: its split, and what is read of it; nothing where it is of another task. */
interface InBase<Own> {
  readonly kept: number;
  readonly sample: Own | undefined;
}

type Change<Own> = string | InBase<Own>;

/** Samples that are read together: others get their turn between two chunks. */
const CHUNK_SAMPLES = 100;

/**
 * Gathers the samples of a task that may be learnt from: of each record the newest. Those of the dataset that is extended are
 * in its file, the others in the spill, but for some megabytes.
 */
export class Corpus {
  readonly #spill: Spill;
  readonly #changes: Sorter<string>;
  /** records whose presence may be asked for, and which of them are there */
  readonly #watched: ReadonlyMap<string, unknown>;
  readonly #present = new Set<string>();
  /** labels of people, and corrected ones */
  readonly #labels = new Map<string, Label>();
  #base: { readonly dataset: Streamed | Uint8Array; readonly isOwn: boolean } | undefined;

  /**
   * @param watched records that `has` may be asked about; each takes memory
   * @param runLength UTF-16 units of samples that are in memory at most
   */
  constructor(spill: Spill, watched: ReadonlyMap<string, unknown> = new Map(), runLength?: number) {
    this.#spill = spill;
    this.#watched = watched;
    this.#changes = new Sorter(spill, runLength);
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
  relabel(id: string, label: Label): void {
    this.#labels.set(id, label);
  }

  /** Whether a watched record is there. */
  has(id: string): boolean {
    return this.#present.has(id);
  }

  #appeared(id: string): void {
    if (this.#watched.has(id)) this.#present.add(id);
  }

  #add(id: string, change: string): Promise<void> {
    return this.#changes.add(id, change, change.length);
  }

  /** Puts the samples in the order of their ids. Nothing is added afterwards. */
  async sealed(): Promise<SealedCorpus> {
    await this.#changes.end();
    const gathered: Gathered = {
      heads: () => this.#outcomes((reader) => reader.heads()),
      samples: () => this.#outcomes((reader) => reader.samples(), CHUNK_SAMPLES),
    };
    return SealedCorpus.of(gathered, this.#spill);
  }

  /** What is left of each sample, in the order of their ids. It is computed at each call: no copy of the samples is written. */
  async *#outcomes<Own extends Content>(
    read: (base: DatasetReader) => AsyncIterable<readonly (Own & { readonly split: Split })[]>,
    chunkLength?: number,
  ): AsyncGenerator<readonly Outcome<Own>[], void, undefined> {
    const changes: Entries<Change<Own>>[] = [this.#changes.sorted()];
    if (this.#base) changes.unshift(inBase(read(new DatasetReader(this.#base.dataset)), this.#base.isOwn));
    for await (const groups of byKey(merged(changes, chunkLength)))
      yield groups.map(({ key, values }) => outcomeOf(key, values, this.#labels.get(key)));
  }
}

async function* inBase<Own extends Content>(
  chunks: AsyncIterable<readonly (Own & { readonly split: Split })[]>,
  isOwn: boolean,
): AsyncGenerator<readonly Entry<InBase<Own>>[], void, undefined> {
  for await (const samples of chunks)
    yield samples.map((sample) => ({
      key: sample.id,
      value: { kept: codeOf(sample.split), sample: isOwn ? sample : undefined },
    }));
}

function outcomeOf<Own extends Content>(
  id: string,
  changes: readonly Change<Own>[],
  label: Label | undefined,
): Outcome<Own> {
  let last: Own | string | undefined;
  let kept = NO_SPLIT;
  for (const change of changes) {
    if (typeof change !== 'string') {
      kept = change.kept;
      last = change.sample;
      continue;
    }
    const kind = change[0];
    if (kind === ACCEPTED) last = change;
    else if (kind === WITHDRAWN) last = undefined;
    else if (kind === ADDED && last === undefined) {
      last = change;
      kept = TRAIN;
    }
  }
  const sample: Own | undefined = typeof last === 'string' ? JSON.parse(last.slice(1)) : last;
  const isCorrected = kept !== NO_SPLIT && changes.length > 1;
  return { id, sample: sample && relabelled(sample, label), kept, isCorrected };
}

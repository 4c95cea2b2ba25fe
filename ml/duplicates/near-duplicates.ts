import { BandIndex, type Entries, RUN_TEXTS } from './band-index.ts';
import { type Bands, bandsFor, type Sketch, sketchOf } from './minhash.ts';
import { jaccard } from './shingles.ts';

/** A text that is compared with others. */
export interface Kept extends Sketch {
  readonly id: string;
  /** milliseconds since the epoch; null for one without time */
  readonly time: number | null;
}

/** Which texts are compared, beside what the maps hold: plain values, to be saved with them. */
export interface Extent {
  /** number of the oldest that is kept */
  first: number;
  /** number of the next one */
  next: number;
  /** the latest time of any */
  latest: number | null;
  /** the oldest run of bands that is kept */
  firstRun: number;
}

/** What an index consists of. */
export interface Parts {
  /** by number: what is added is written behind all others, where keys that are ids would each be at another place */
  readonly texts: Entries<Kept>;
  /** by id, the place of a text in the order in which they came */
  readonly numbers: Entries<number>;
  /** the bands of all but the newest texts, in runs */
  readonly runs: Entries<Uint32Array>;
  readonly extent: Extent;
}

export interface Rule {
  /** the least Jaccard similarity of near-duplicates, over shingles of three words; 0.5 to 1 */
  readonly similarity: number;
  /** texts that are further apart in time are not compared, milliseconds; null for no bound */
  readonly window: number | null;
}

export interface Match {
  readonly id: string;
  readonly similarity: number;
  /** the text is so long that only a sample of its shingles was compared */
  readonly isEstimate: boolean;
}

/** Texts that are compared at most, the newest; each costs some 2 KB. */
const MAX_TEXTS = 1_000_000;
/** Texts that are compared at most of those that have a band in common, the newest. */
const MAX_BUCKET = 32;
/** So many are looked at for them, where others were removed. */
const MAX_LOOKED_AT = 1_024;
/** As many are forgotten at once at most, so that no addition takes long. */
const MAX_FORGOTTEN = 4;

export const emptyExtent = (): Extent => ({ first: 0, next: 0, latest: null, firstRun: 0 });

/**
 * Finds near-duplicates among texts that come one after another: MinHash with locality-sensitive hashing finds candidates, and
 * their shingles are compared. It keeps what is within the time window, at most a million texts. The same texts in the same
 * order give the same answers.
 */
export class NearDuplicates {
  readonly #bands: Bands;
  readonly #rule: Rule;
  readonly #parts: Parts;
  readonly #maxTexts: number;
  readonly #runTexts: number;
  /** read when it is needed */
  #index: BandIndex | undefined;

  constructor(rule: Rule, parts: Parts, { maxTexts = MAX_TEXTS, runTexts = RUN_TEXTS } = {}) {
    this.#bands = bandsFor(rule.similarity);
    this.#rule = rule;
    this.#parts = parts;
    this.#maxTexts = maxTexts;
    this.#runTexts = runTexts;
  }

  sketch(text: string): Sketch | undefined {
    return sketchOf(text, this.#bands);
  }

  /** The kept text that is most similar, if it is similar enough: of equals that with the least id. Never `self`. */
  nearest(sketch: Sketch, time: number | null, self?: string): Match | undefined {
    let best: Match | undefined;
    for (const other of this.#candidates(sketch)) {
      const { id } = other;
      if (id === self || !this.#isWithin(time, other.time)) continue;
      const { value, isEstimate } = jaccard(
        sketch.shingles,
        other.shingles,
        sketch.isSampled || other.isSampled,
      );
      if (value < this.#rule.similarity) continue;
      if (!best || value > best.similarity || (value === best.similarity && id < best.id))
        best = { id, similarity: value, isEstimate };
    }
    return best;
  }

  /** Keeps a text. One of the same id must have been removed: to look for it is a read of the disk. */
  add(id: string, sketch: Sketch, time: number | null): void {
    const { texts, numbers, extent } = this.#parts;
    const index = this.#bandIndex();
    const number = extent.next;
    extent.next += 1;
    if (time !== null && (extent.latest === null || time > extent.latest)) extent.latest = time;
    texts.set(keyOf(number), { ...sketch, id, time });
    numbers.set(id, number);
    index.add(number, sketch.bands);
    index.ended(number);
    this.#forgetOld();
    extent.firstRun = index.forgetBefore(extent.first, extent.firstRun);
  }

  remove(id: string): void {
    const { texts, numbers } = this.#parts;
    const number = numbers.get(id);
    if (number === undefined) return;
    texts.delete(keyOf(number));
    numbers.delete(id);
    this.#index?.remove(number); // one that is read later does not find it
  }

  #bandIndex(): BandIndex {
    if (this.#index) return this.#index;
    const { texts, runs, extent } = this.#parts;
    const index = new BandIndex(runs, this.#runTexts);
    const from = index.resume(extent.firstRun, extent.next);
    for (let number = Math.max(from, extent.first); number < extent.next; number++) {
      const kept = texts.get(keyOf(number));
      if (kept) index.add(number, kept.bands);
    }
    this.#index = index;
    return index;
  }

  /** Bands of another length are other bands: their hashes are others. */
  #candidates({ bands }: Sketch): Iterable<Kept> {
    const { texts } = this.#parts;
    const index = this.#bandIndex();
    const found = new Map<number, Kept>();
    for (const band of bands) {
      let [lookedAt, counting] = [0, 0];
      for (const number of index.numbersOf(band)) {
        if (counting === MAX_BUCKET || ++lookedAt > MAX_LOOKED_AT) break;
        const kept = found.get(number) ?? texts.get(keyOf(number));
        if (!kept) continue;
        counting += 1;
        found.set(number, kept);
      }
    }
    return found.values();
  }

  #isWithin(a: number | null, b: number | null): boolean {
    const { window } = this.#rule;
    return window === null || a === null || b === null || Math.abs(a - b) <= window;
  }

  /** From the one that came first: those that are older than the window, or too many. */
  #forgetOld(): void {
    const { texts, extent } = this.#parts;
    for (let forgotten = 0; forgotten < MAX_FORGOTTEN && extent.first < extent.next; forgotten++) {
      const kept = texts.get(keyOf(extent.first));
      const isTooMany = extent.next - extent.first > this.#maxTexts;
      if (kept && !isTooMany && this.#isWithin(extent.latest, kept.time)) return;
      if (kept) this.remove(kept.id);
      extent.first += 1;
    }
  }
}

/** Digits of a number as a key, so that keys are in the order of their numbers. */
const KEY_DIGITS = 10;
const keyOf = (number: number): string => String(number).padStart(KEY_DIGITS, '0');

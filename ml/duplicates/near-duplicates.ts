import { BandIndex, type Entries, RUN_TEXTS } from './band-index.ts';
import { type Bands, bandsFor, type Sketch, sketchOf } from './minhash.ts';
import { jaccard } from './shingles.ts';

/** A text that is compared with others. */
export interface Kept extends Sketch {
  /** milliseconds since the epoch; null for one without time */
  readonly time: number | null;
  /** its place in the order in which texts came */
  readonly number: number;
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
  readonly texts: Entries<Kept>;
  /** ids by number */
  readonly order: Entries<string>;
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
    for (const id of this.#candidates(sketch)) {
      const other = id === self ? undefined : this.#parts.texts.get(id);
      if (!other || !this.#isWithin(time, other.time)) continue;
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

  /** Keeps a text, instead of the one that had its id. */
  add(id: string, sketch: Sketch, time: number | null): void {
    const { texts, order, extent } = this.#parts;
    const index = this.#bandIndex();
    this.remove(id);
    const number = extent.next;
    extent.next += 1;
    if (time !== null && (extent.latest === null || time > extent.latest)) extent.latest = time;
    texts.set(id, { ...sketch, time, number });
    order.set(String(number), id);
    index.add(number, sketch.bands);
    index.ended(number);
    this.#forgetOld();
    extent.firstRun = index.forgetBefore(extent.first, extent.firstRun);
  }

  remove(id: string): void {
    const { texts, order } = this.#parts;
    const kept = texts.get(id);
    if (!kept) return;
    texts.delete(id);
    order.delete(String(kept.number));
    this.#index?.remove(kept.number); // one that is read later does not find it
  }

  #bandIndex(): BandIndex {
    if (this.#index) return this.#index;
    const { texts, order, runs, extent } = this.#parts;
    const index = new BandIndex(runs, this.#runTexts);
    const from = index.resume(extent.firstRun, extent.next);
    for (let number = Math.max(from, extent.first); number < extent.next; number++) {
      const id = order.get(String(number));
      const kept = id === undefined ? undefined : texts.get(id);
      if (kept) index.add(number, kept.bands);
    }
    this.#index = index;
    return index;
  }

  /** Bands of another length are other bands: their hashes are others. */
  #candidates({ bands }: Sketch): Set<string> {
    const { order } = this.#parts;
    const index = this.#bandIndex();
    const found = new Set<string>();
    for (const band of bands) {
      let [lookedAt, counting] = [0, 0];
      for (const number of index.numbersOf(band)) {
        if (counting === MAX_BUCKET || ++lookedAt > MAX_LOOKED_AT) break;
        const id = order.get(String(number));
        if (id === undefined) continue;
        counting += 1;
        found.add(id);
      }
    }
    return found;
  }

  #isWithin(a: number | null, b: number | null): boolean {
    const { window } = this.#rule;
    return window === null || a === null || b === null || Math.abs(a - b) <= window;
  }

  /** From the one that came first: those that are older than the window, or too many. */
  #forgetOld(): void {
    const { texts, order, extent } = this.#parts;
    for (let forgotten = 0; forgotten < MAX_FORGOTTEN && extent.first < extent.next; forgotten++) {
      const id = order.get(String(extent.first));
      const kept = id === undefined ? undefined : texts.get(id);
      const isTooMany = extent.next - extent.first > this.#maxTexts;
      if (id !== undefined && kept && !isTooMany && this.#isWithin(extent.latest, kept.time)) return;
      if (id !== undefined) this.remove(id);
      extent.first += 1;
    }
  }
}

import { type Bands, bandsFor, type Sketch, sketchOf } from './minhash.ts';
import { jaccard } from './shingles.ts';

/** A map, in memory or on a disk. */
export interface Entries<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): unknown;
  delete(key: string): unknown;
}

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
}

/** What an index consists of. */
export interface Parts {
  readonly texts: Entries<Kept>;
  /** ids of the texts that have a band in common */
  readonly buckets: Entries<readonly string[]>;
  /** ids by number */
  readonly order: Entries<string>;
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
/** As many are forgotten at once at most, so that no addition takes long. */
const MAX_FORGOTTEN = 4;

export const emptyExtent = (): Extent => ({ first: 0, next: 0, latest: null });

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

  constructor(rule: Rule, parts: Parts, maxTexts = MAX_TEXTS) {
    this.#bands = bandsFor(rule.similarity);
    this.#rule = rule;
    this.#parts = parts;
    this.#maxTexts = maxTexts;
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
    const { texts, buckets, order, extent } = this.#parts;
    this.remove(id);
    const number = extent.next;
    extent.next += 1;
    if (time !== null && (extent.latest === null || time > extent.latest)) extent.latest = time;
    texts.set(id, { ...sketch, time, number });
    order.set(String(number), id);
    for (const key of keysOf(sketch)) {
      const others = buckets.get(key); // without this id, which was removed
      buckets.set(key, others ? [...others, id].slice(-MAX_BUCKET) : [id]);
    }
    this.#forgetOld();
  }

  remove(id: string): void {
    const { texts, buckets, order } = this.#parts;
    const kept = texts.get(id);
    if (!kept) return;
    texts.delete(id);
    order.delete(String(kept.number));
    for (const key of keysOf(kept)) {
      const others = (buckets.get(key) ?? []).filter((other) => other !== id);
      if (others.length > 0) buckets.set(key, others);
      else buckets.delete(key);
    }
  }

  #candidates(sketch: Sketch): Set<string> {
    const found = new Set<string>();
    for (const key of keysOf(sketch)) for (const id of this.#parts.buckets.get(key) ?? []) found.add(id);
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

/** Bands of another length are other bands. */
function keysOf({ bands, rows }: Sketch): string[] {
  const keys: string[] = [];
  for (let band = 0; band < bands.length; band++) keys.push(`${rows}/${band}/${bands[band]}`);
  return keys;
}

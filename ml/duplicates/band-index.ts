import { mixed } from './shingles.ts';

/** A map, in memory or on a disk. */
export interface Entries<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): unknown;
  delete(key: string): unknown;
}

/** Texts of which the bands are in memory, until there are so many: then they are a run, on the disk. */
export const RUN_TEXTS = 4_096;
/** A look-up reads one page of a run: some 400 bands of thirteen for each text, 3 KB. */
const PAGE_BITS = 7;

/**
 * Which texts have a band, by the number in which they came. Bands are hashes, so in a tree on a disk each would be a write at another
 * place: thirteen for a text. Here the bands of the newest texts are in memory, and of every 4,096 older ones in a run, which
 * is written at once. A Bloom filter of each run says, but for one in eighty, in which there is nothing to be found: 16 bytes
 * for a text are all that stays in memory.
 */
export class BandIndex {
  readonly #runs: Entries<Uint32Array>;
  readonly #runTexts: number;
  /** of the runs, the newest first */
  #filters: { readonly run: number; readonly filter: Uint32Array }[] = [];
  #recent = new RecentBands();

  /** @param runs what is on the disk: pages and filters */
  constructor(runs: Entries<Uint32Array>, runTexts = RUN_TEXTS) {
    this.#runs = runs;
    this.#runTexts = runTexts;
  }

  /** Continues with the runs that hold texts from one number to before another. Returns the first number that is in none. */
  resume(firstRun: number, next: number): number {
    const end = Math.floor(next / this.#runTexts);
    for (let run = firstRun; run < end; run++) {
      const filter = this.#runs.get(filterKey(run));
      if (filter) this.#filters.unshift({ run, filter });
    }
    return end * this.#runTexts;
  }

  /** The bands of a text; numbers come in order. */
  add(number: number, bands: Uint32Array): void {
    for (let band = 0; band < bands.length; band++) this.#recent.add(bands[band]! | 0, number);
  }

  /** The text counts no longer. In a run it stays until that is forgotten. */
  remove(number: number): void {
    this.#recent.remove(number);
  }

  /** Call it after each number, also one without bands: the last one of a run writes it. */
  ended(number: number): void {
    if ((number + 1) % this.#runTexts !== 0) return;
    const run = Math.floor(number / this.#runTexts);
    const entries = this.#recent.entries();
    const filter = filterOf(entries.map(([hash]) => hash));
    for (const [page, inPage] of Map.groupBy(entries, ([hash]) => pageOf(hash)))
      this.#runs.set(pageKey(run, page), Uint32Array.from(inPage.flat()));
    this.#runs.set(filterKey(run), filter);
    this.#filters.unshift({ run, filter });
    this.#recent = new RecentBands();
  }

  /** Forgets the runs all of whose numbers are lower. Returns the first run that is left. */
  forgetBefore(first: number, firstRun: number): number {
    const end = Math.floor(first / this.#runTexts);
    for (let run = firstRun; run < end; run++) {
      for (let page = 0; page < 1 << PAGE_BITS; page++) this.#runs.delete(pageKey(run, page));
      this.#runs.delete(filterKey(run));
    }
    if (end > firstRun) this.#filters = this.#filters.filter(({ run }) => run >= end);
    return Math.max(firstRun, end);
  }

  /** The numbers of the texts that have a band, the newest first; of those in runs also the ones that count no longer. */
  *numbersOf(band: number): Generator<number, void, undefined> {
    const hash = band | 0;
    yield* this.#recent.numbersOf(hash);
    for (const { run, filter } of this.#filters) {
      if (!mayHold(filter, hash)) continue;
      const entries = this.#runs.get(pageKey(run, pageOf(hash))) ?? [];
      for (let at = entries.length - 2; at >= 0; at -= 2)
        if ((entries[at]! | 0) === hash) yield entries[at + 1]!;
    }
  }
}

/** Bands in memory. Hashes are signed: V8 keeps these as integers. */
class RecentBands {
  readonly #hashes: number[] = [];
  readonly #numbers: number[] = [];
  /** of an entry the one before it with the same hash, or -1 */
  readonly #before: number[] = [];
  readonly #last = new Map<number, number>();

  readonly #removed = new Set<number>();

  add(hash: number, number: number): void {
    this.#before.push(this.#last.get(hash) ?? -1);
    this.#last.set(hash, this.#hashes.length);
    this.#hashes.push(hash);
    this.#numbers.push(number);
  }

  remove(number: number): void {
    if (number >= this.#numbers[0]!) this.#removed.add(number);
  }

  *numbersOf(hash: number): Generator<number, void, undefined> {
    for (let at = this.#last.get(hash) ?? -1; at >= 0; at = this.#before[at]!)
      if (!this.#removed.has(this.#numbers[at]!)) yield this.#numbers[at]!;
  }

  /** Hash and number of each, in their order. */
  entries(): [hash: number, number: number][] {
    return this.#hashes.flatMap((hash, at) => {
      const number = this.#numbers[at]!;
      return this.#removed.has(number) ? [] : [[hash, number] as [number, number]];
    });
  }
}

const filterKey = (run: number): string => `${run}/filter`;
const pageKey = (run: number, page: number): string => `${run}/${page}`;
const pageOf = (hash: number): number => hash >>> (32 - PAGE_BITS);

/** Bits of a filter for each hash, and of these how many a hash sets: one hash in eighty that is not in it seems to be. */
const BITS_PER_HASH = 10;
const PROBES = 4;
/** makes the distance between the bits of a hash */
const STEP_SEED = 0x9e3779b9;

/** A Bloom filter (Bloom 1970), whose bits are at multiples of one distance (Kirsch and Mitzenmacher 2006). */
function filterOf(hashes: readonly number[]): Uint32Array {
  const filter = new Uint32Array(Math.max(1, Math.ceil((hashes.length * BITS_PER_HASH) / 32)));
  for (const hash of hashes) {
    const step = mixed(hash ^ STEP_SEED);
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = bitOf(hash, step, probe, filter);
      filter[bit >>> 5]! |= 1 << (bit & 31);
    }
  }
  return filter;
}

function mayHold(filter: Uint32Array, hash: number): boolean {
  const step = mixed(hash ^ STEP_SEED);
  for (let probe = 0; probe < PROBES; probe++) {
    const bit = bitOf(hash, step, probe, filter);
    if ((filter[bit >>> 5]! & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}

const bitOf = (hash: number, step: number, probe: number, { length }: Uint32Array): number =>
  ((hash + Math.imul(probe, step)) >>> 0) % (32 * length);

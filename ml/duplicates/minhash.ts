import { seededRandom } from '../random.ts';
import { mixed, shinglesOf } from './shingles.ts';

/** How a signature is cut into bands: texts are compared when all rows of one band are equal. */
export interface Bands {
  readonly count: number;
  readonly rows: number;
}

/** More cost more memory and time for each text. */
const MAX_BANDS = 13;
const MAX_ROWS = 12;
/** Pairs just at the threshold that no band finds. */
const MISSED = 0.005;

/**
 * The bands that find 99.5 % of the pairs at a similarity, and more of those above: a pair of similarity s has a band in
 * common with probability 1 − (1 − s^rows)^count (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4). Of
 * those that are few enough it takes the longest, which compare the fewest unrelated texts.
 *
 * @param similarity from 0.5 to 1
 */
export function bandsFor(similarity: number): Bands {
  for (let rows = MAX_ROWS; rows > 2; rows--) {
    const count = bandsNeeded(similarity, rows);
    if (count <= MAX_BANDS) return { count, rows };
  }
  return { count: bandsNeeded(similarity, 2), rows: 2 };
}

const bandsNeeded = (similarity: number, rows: number): number =>
  Math.max(1, Math.ceil(Math.log(MISSED) / Math.log1p(-Math.min(similarity ** rows, 1 - 1e-9))));

const SEED = 20_000;

/** The constants of hash functions: they are part of what states hold, and never change. */
function permutations(count: number): { factors: Int32Array; masks: Int32Array } {
  const random = seededRandom(SEED);
  const integer = () => Math.floor(random() * 0x1_0000_0000);
  const factors = Int32Array.from({ length: count }, () => integer() | 1);
  const masks = Int32Array.from({ length: count }, integer);
  return { factors, masks };
}

const MOST = permutations(MAX_BANDS * MAX_ROWS);

/**
 * MinHash (Broder 1997): of each hash function the least value over a set. The share of places in which two signatures are
 * equal estimates the Jaccard similarity of their sets.
 *
 * @param places at most 156
 */
export function signatureOf(shingles: Uint32Array, places: number): Int32Array {
  const { factors, masks } = MOST;
  const hashes = new Int32Array(shingles.buffer, shingles.byteOffset, shingles.length); // signed: V8 computes these as integers
  const signature = new Int32Array(places);
  for (let place = 0; place < places; place++) {
    const factor = factors[place]!;
    const mask = masks[place]!;
    let least = 0x7fff_ffff;
    for (let at = 0; at < hashes.length; at++) {
      const product = Math.imul(hashes[at]! ^ mask, factor);
      const value = product ^ (product >>> 15);
      if (value < least) least = value;
    }
    signature[place] = least;
  }
  return signature;
}

const GOLDEN_RATIO = 0x9e3779b9;

/** A hash of each band of a signature. */
export function bandHashes(signature: Int32Array, { count, rows }: Bands): Uint32Array {
  const hashes = new Uint32Array(count);
  for (let band = 0; band < count; band++) {
    let hash = band;
    for (let row = 0; row < rows; row++) hash = mixed(hash ^ signature[band * rows + row]!) + GOLDEN_RATIO;
    hashes[band] = mixed(hash);
  }
  return hashes;
}

/** What is kept of a text to find its near-duplicates. */
export interface Sketch {
  /** hashes of its shingles, sorted: all, or the smallest */
  readonly shingles: Uint32Array;
  readonly isSampled: boolean;
  readonly rows: number;
  readonly bands: Uint32Array;
}

/** 8 KB of the longest texts; the standard error of a similarity of 0.8 is 0.009. */
const MAX_SHINGLES = 2_048;

/** The sketch of a text; undefined for one without words, which is like no other. */
export function sketchOf(text: string, bands: Bands): Sketch | undefined {
  const shingles = shinglesOf(text);
  if (shingles.length === 0) return undefined;
  const isSampled = shingles.length > MAX_SHINGLES;
  return {
    shingles: isSampled ? shingles.slice(0, MAX_SHINGLES) : shingles,
    isSampled,
    rows: bands.rows,
    bands: bandHashes(signatureOf(shingles, bands.count * bands.rows), bands),
  };
}

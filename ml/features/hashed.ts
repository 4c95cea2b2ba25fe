import type { SparseMatrix, SparseVector } from '../matrix.ts';
import { tokenize } from '../text/tokenize.ts';
import { enlarged } from './words.ts';

export interface HashingOptions {
  /** terms share 2 to this power features */
  readonly bits: number;
  /** 1: words alone; 2: words and bigrams */
  readonly ngram: 1 | 2;
  /** a feature seen in fewer documents is left out */
  readonly minDf: number;
  /** see `TfidfOptions` */
  readonly idfPower: number;
}

/**
 * Turns texts into TF-IDF vectors without a vocabulary: the feature of a term is a hash of it (Weinberger, Dasgupta,
 * Langford, Smola and Attenberg 2009). Weights are those of `Featuriser`, of features instead of terms: terms that collide
 * are one term. Memory is 2^bits numbers, whatever the texts hold.
 */
export class HashedFeaturiser {
  readonly kind = 'hashed';
  readonly options: HashingOptions;
  readonly documents: number;
  /** by feature, in how many documents one of its terms was seen */
  readonly documentFrequency: Int32Array;
  readonly #counter: TermCounter;
  readonly #idf: Float64Array;

  constructor(options: HashingOptions, documents: number, documentFrequency: Int32Array) {
    this.options = options;
    this.documents = documents;
    this.documentFrequency = documentFrequency;
    this.#counter = new TermCounter(options);
    this.#idf = Float64Array.from(documentFrequency, (df) =>
      df < options.minDf ? 0 : (Math.log((1 + documents) / (1 + df)) + 1) ** options.idfPower,
    );
  }

  get columns(): number {
    return this.documentFrequency.length;
  }

  featurise(text: string): SparseVector {
    const { indices, values } = this.featuriseAll([text]);
    return { indices, values };
  }

  /** The terms of a text by their feature, bigrams as two words. */
  termsOf(text: string): Map<number, Set<string>> {
    const terms = new Map<number, Set<string>>();
    this.#counter.visit(text, (feature, word, before) => {
      const term = before === undefined ? word : `${before} ${word}`;
      const own = terms.get(feature);
      if (own) own.add(term);
      else terms.set(feature, new Set([term]));
    });
    return terms;
  }

  /** One row per text. */
  featuriseAll(texts: Iterable<string>): SparseMatrix {
    return this.weigh(countAll(texts, this.#counter));
  }

  /** Counts of features as rows of length 1, in place. */
  weigh(counts: TermCounts): SparseMatrix {
    const { rows, starts, indices, values } = counts;
    const offsets = new Int32Array(rows + 1);
    let end = 0;
    for (let row = 0; row < rows; row++) {
      const first = end;
      let squares = 0;
      for (let at = starts[row]!; at < starts[row + 1]!; at++) {
        const idf = this.#idf[indices[at]!]!;
        if (idf === 0) continue;
        const count = values[at]!;
        const weight = (count === 1 ? 1 : 1 + Math.log(count)) * idf;
        indices[end] = indices[at]!;
        values[end++] = weight;
        squares += weight * weight;
      }
      const norm = Math.sqrt(squares);
      for (let at = first; at < end; at++) values[at]! /= norm;
      offsets[row + 1] = end;
    }
    return {
      rows,
      columns: this.columns,
      offsets,
      indices: indices.slice(0, end),
      values: values.slice(0, end),
    };
  }
}

/** How often features occur: row i is the entries from `starts[i]` up to `starts[i + 1]`. */
interface TermCounts {
  readonly rows: number;
  readonly starts: readonly number[];
  readonly indices: Int32Array;
  readonly values: Float32Array;
}

/** Learns in how many of the texts each feature occurs; reads each text once. */
export function fitHashed(
  texts: Iterable<string>,
  options: HashingOptions,
): { featuriser: HashedFeaturiser; features: SparseMatrix } {
  const counts = countAll(texts, new TermCounter(options));
  const documentFrequency = new Int32Array(2 ** options.bits);
  for (let at = 0; at < counts.starts.at(-1)!; at++) documentFrequency[counts.indices[at]!]! += 1;
  const featuriser = new HashedFeaturiser(options, counts.rows, documentFrequency);
  return { featuriser, features: featuriser.weigh(counts) };
}

function countAll(texts: Iterable<string>, counter: TermCounter): TermCounts {
  const starts = [0];
  let indices: Int32Array = new Int32Array(1 << 10);
  let values = new Float32Array(1 << 10);
  let end = 0;
  for (const text of texts) {
    const counted = counter.count(text);
    if (end + counted.size > indices.length) {
      const length = Math.max(end + counted.size, 2 * indices.length);
      indices = enlarged(indices, length);
      const larger = new Float32Array(length);
      larger.set(values);
      values = larger;
    }
    for (const [feature, count] of counted) {
      indices[end] = feature;
      values[end++] = count;
    }
    starts.push(end);
  }
  return { rows: starts.length - 1, starts, indices, values };
}

/** The features of a text, in the order they first occur, and how often each does. */
class TermCounter {
  readonly #shift: number;
  readonly #hasBigrams: boolean;

  constructor({ bits, ngram }: Pick<HashingOptions, 'bits' | 'ngram'>) {
    this.#shift = 32 - bits;
    this.#hasBigrams = ngram === 2;
  }

  count(text: string): Map<number, number> {
    const counts = new Map<number, number>();
    this.visit(text, (feature) => counts.set(feature, (counts.get(feature) ?? 0) + 1));
    return counts;
  }

  /** Tells of each term of a text: its feature, its last word, and of a bigram the word before. */
  visit(text: string, tell: (feature: number, word: string, before?: string) => void): void {
    let previous: number | undefined;
    let before: string | undefined;
    for (const word of tokenize(text)) {
      const hash = hashOf(word);
      tell(mixed(hash) >>> this.#shift, word);
      if (this.#hasBigrams && previous !== undefined)
        tell(mixed(Math.imul(mixed(previous), 0x9e3779b1) ^ hash) >>> this.#shift, word, before);
      previous = hash;
      before = word;
    }
  }
}

/** FNV-1a over UTF-16 code units: the same number on every machine. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash;
}

/** The end of MurmurHash3: each bit depends on all. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

import type { SparseMatrix, SparseVector } from '../matrix.ts';
import { type EncodedCorpus, encodeCorpus } from './corpus.ts';
import { buildVocabulary, renumbering, type Vocabulary, type VocabularyOptions } from './vocabulary.ts';
import { enlarged, WordNumbers } from './words.ts';

export interface TfidfOptions extends VocabularyOptions {
  /** The exponent of idf in a term's weight, 1 unless given: above 1, rare terms count for more. */
  readonly idfPower?: number;
}

/**
 * Turns texts into TF-IDF vectors: sublinear term frequency 1 + ln tf, times smooth inverse document frequency
 * ln((1 + n) / (1 + df)) + 1 to the power `idfPower`, rows of length 1 (Manning, Raghavan and Schütze 2008,
 * ch. 6; at power 1 the figures of scikit-learn's TfidfVectorizer with `sublinear_tf`). A text without a known
 * term is the zero vector.
 */
export class Featuriser {
  readonly kind = 'exact';
  readonly vocabulary: Vocabulary;
  readonly idfPower: number;
  readonly columns: number;
  readonly #numbers = new WordNumbers(); // of the vocabulary
  readonly #bigrams: Bigrams;
  readonly #idf: Float64Array;
  readonly #frequency: Int32Array; // of the terms of the text at hand; all zero between texts

  constructor(vocabulary: Vocabulary, idfPower = 1) {
    const { words, documents, documentFrequency } = vocabulary;
    this.vocabulary = vocabulary;
    this.idfPower = idfPower;
    this.columns = documentFrequency.length;
    for (const word of words) this.#numbers.add(word);
    this.#bigrams = new Bigrams(vocabulary);
    this.#idf = Float64Array.from(
      documentFrequency,
      (df) => (Math.log((1 + documents) / (1 + df)) + 1) ** idfPower,
    );
    this.#frequency = new Int32Array(this.columns);
  }

  featurise(text: string): SparseVector {
    const words = this.#numbers.lookUp(text);
    const indices = new Int32Array(2 * words.length);
    const values = new Float32Array(2 * words.length);
    const terms = this.#writeRow(words, 0, words.length, { indices, values, start: 0 });
    return { indices: indices.slice(0, terms), values: values.slice(0, terms) };
  }

  /** One row per text. */
  featuriseAll(texts: Iterable<string>): SparseMatrix {
    const offsets = [0];
    let indices: Int32Array<ArrayBuffer> = new Int32Array(1 << 10);
    let values = new Float32Array(1 << 10);
    let end = 0;
    for (const text of texts) {
      const words = this.#numbers.lookUp(text);
      if (end + 2 * words.length > indices.length) {
        indices = enlarged(indices, 2 * (end + words.length));
        const larger = new Float32Array(indices.length);
        larger.set(values);
        values = larger;
      }
      end = this.#writeRow(words, 0, words.length, { indices, values, start: end });
      offsets.push(end);
    }
    return {
      rows: offsets.length - 1,
      columns: this.columns,
      offsets: Int32Array.from(offsets),
      indices: indices.subarray(0, end),
      values: values.subarray(0, end),
    };
  }

  /** One row per document of a corpus that is already tokenised, such as the one the vocabulary is from. */
  transform(corpus: EncodedCorpus): SparseMatrix {
    const { tokens } = corpus;
    const numbers = renumbering(corpus, this.vocabulary.words);
    const words = new Int32Array(longest(corpus)); // of one document: those of all would be as large as the corpus
    const offsets = new Int32Array(corpus.documents + 1);
    const indices = new Int32Array(2 * tokens.length);
    const values = new Float32Array(2 * tokens.length);
    for (let row = 0; row < corpus.documents; row++) {
      const [from, to] = [corpus.offsets[row]!, corpus.offsets[row + 1]!];
      for (let at = from; at < to; at++) words[at - from] = numbers[tokens[at]!]!;
      offsets[row + 1] = this.#writeRow(words, 0, to - from, { indices, values, start: offsets[row]! });
    }
    const entries = offsets[corpus.documents]!;
    return {
      rows: corpus.documents,
      columns: this.columns,
      offsets,
      indices: indices.subarray(0, entries),
      values: values.subarray(0, entries),
    };
  }

  knows(word: string): boolean {
    return this.#numbers.lookUp(word)[0]! >= 0;
  }

  /** The share of a text's words that the vocabulary lacks: 0 for a text without words. */
  rareWordShare(text: string): number {
    const words = this.#numbers.lookUp(text);
    let rare = 0;
    for (let at = 0; at < words.length; at++) if (words[at]! < 0) rare += 1;
    return words.length === 0 ? 0 : rare / words.length;
  }

  /** Writes the terms of the words from `from` up to `to`, in the order they first occur, and returns where they end. */
  #writeRow(words: Int32Array, from: number, to: number, { indices, values, start }: Row): number {
    const frequency = this.#frequency;
    const idf = this.#idf;
    let end = start;
    let previous = -1;
    for (let at = from; at < to; at++) {
      const word = words[at]!;
      if (word >= 0) {
        if (frequency[word]!++ === 0) indices[end++] = word;
        const bigram = previous < 0 ? -1 : this.#bigrams.find(previous, word);
        if (bigram >= 0 && frequency[bigram]!++ === 0) indices[end++] = bigram;
      }
      previous = word;
    }
    let squares = 0;
    for (let at = start; at < end; at++) {
      const term = indices[at]!;
      const count = frequency[term]!;
      const weight = (count === 1 ? 1 : 1 + Math.log(count)) * idf[term]!;
      frequency[term] = 0;
      values[at] = weight;
      squares += weight * weight;
    }
    const norm = Math.sqrt(squares);
    for (let at = start; at < end; at++) values[at]! /= norm;
    return end;
  }
}

/** Tokens of the longest document. */
function longest({ documents, offsets }: EncodedCorpus): number {
  let most = 0;
  for (let row = 0; row < documents; row++) most = Math.max(most, offsets[row + 1]! - offsets[row]!);
  return most;
}

/** Where a row is written. */
interface Row {
  readonly indices: Int32Array;
  readonly values: Float32Array;
  readonly start: number;
}

/**
 * The bigrams of a vocabulary in a hash table (open addressing, at most half full). Beside its place a slot has bits of the
 * hash: most bigrams of a text are not in the vocabulary, and are told apart without a look at what the place is of.
 */
class Bigrams {
  readonly #vocabulary: Vocabulary;
  /** low bits: position in `followers` + 1, 0 where there is none; the bits above: as many of the hash */
  readonly #slots: Int32Array;
  readonly #placeMask: number;

  constructor(vocabulary: Vocabulary) {
    const { words, rowStarts, followers } = vocabulary;
    this.#vocabulary = vocabulary;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * followers.length + 1)));
    this.#placeMask = 2 ** Math.ceil(Math.log2(followers.length + 2)) - 1;
    const mask = this.#slots.length - 1;
    for (let first = 0; first < words.length; first++) {
      for (let at = rowStarts[first]!; at < rowStarts[first + 1]!; at++) {
        const hash = hashOf(first, followers[at]!);
        let slot = hash & mask;
        while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
        this.#slots[slot] = (hash & ~this.#placeMask) | (at + 1);
      }
    }
  }

  /** The number of the bigram's term, −1 if the vocabulary lacks it. */
  find(first: number, second: number): number {
    const { words, rowStarts, followers } = this.#vocabulary;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const placeMask = this.#placeMask;
    const hash = hashOf(first, second);
    for (let slot = hash & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const found = slots[slot]!;
      if (((found ^ hash) & ~placeMask) !== 0) continue;
      const at = (found & placeMask) - 1;
      if (followers[at] === second && at >= rowStarts[first]! && at < rowStarts[first + 1]!)
        return words.length + at;
    }
    return -1;
  }
}

function hashOf(first: number, second: number): number {
  const mixed = Math.imul(Math.imul(first, 0x9e3779b1) ^ second, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/**
 * Learns the vocabulary of the texts.
 *
 * @throws InvalidInput `empty-vocabulary` when no word is in `minDf` texts
 */
export function fitTfidf(texts: Iterable<string>, options: TfidfOptions): Featuriser {
  return new Featuriser(buildVocabulary(encodeCorpus(texts), options), options.idfPower);
}

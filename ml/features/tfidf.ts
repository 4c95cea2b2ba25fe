import type { SparseMatrix, SparseVector } from '../matrix.ts';
import { tokenize } from '../text/tokenize.ts';
import { type EncodedCorpus, encodeCorpus } from './corpus.ts';
import { buildVocabulary, renumber, type Vocabulary, type VocabularyOptions } from './vocabulary.ts';

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
  readonly vocabulary: Vocabulary;
  readonly idfPower: number;
  readonly columns: number;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #idf: Float64Array;
  readonly #frequency: Int32Array; // of the terms of the text at hand; all zero between texts

  constructor(vocabulary: Vocabulary, idfPower = 1) {
    const { words, documents, documentFrequency } = vocabulary;
    this.vocabulary = vocabulary;
    this.idfPower = idfPower;
    this.columns = documentFrequency.length;
    this.#numbers = new Map(words.map((word, number) => [word, number]));
    this.#idf = Float64Array.from(
      documentFrequency,
      (df) => (Math.log((1 + documents) / (1 + df)) + 1) ** idfPower,
    );
    this.#frequency = new Int32Array(this.columns);
  }

  featurise(text: string): SparseVector {
    const words = this.#lookUp(text);
    const indices = new Int32Array(2 * words.length);
    const values = new Float32Array(2 * words.length);
    const terms = this.#writeRow(words, indices, values);
    return { indices: indices.slice(0, terms), values: values.slice(0, terms) };
  }

  /** One row per text. */
  featuriseAll(texts: Iterable<string>): SparseMatrix {
    return this.transform(encodeCorpus(texts));
  }

  /** One row per document of a corpus that is already tokenised, such as the one the vocabulary is from. */
  transform(corpus: EncodedCorpus): SparseMatrix {
    const words = renumber(corpus, this.vocabulary.words);
    const offsets = new Int32Array(corpus.documents + 1);
    const indices = new Int32Array(2 * words.length);
    const values = new Float32Array(2 * words.length);
    for (let row = 0; row < corpus.documents; row++) {
      const start = offsets[row]!;
      const terms = this.#writeRow(
        words.subarray(corpus.offsets[row], corpus.offsets[row + 1]),
        indices.subarray(start),
        values.subarray(start),
      );
      offsets[row + 1] = start + terms;
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

  /** The share of a text's words that the vocabulary lacks: 0 for a text without words. */
  rareWordShare(text: string): number {
    const words = this.#lookUp(text);
    return words.length === 0 ? 0 : words.filter((word) => word < 0).length / words.length;
  }

  #lookUp(text: string): Int32Array {
    const words = tokenize(text);
    const numbers = new Int32Array(words.length); // Int32Array.from with a function takes three times as long
    for (let at = 0; at < words.length; at++) numbers[at] = this.#numbers.get(words[at]!) ?? -1;
    return numbers;
  }

  /** Writes the terms of a text, in the order they first occur, and returns how many there are. */
  #writeRow(words: Int32Array, indices: Int32Array, values: Float32Array): number {
    const frequency = this.#frequency;
    let terms = 0;
    const count = (term: number): void => {
      if (frequency[term]!++ === 0) indices[terms++] = term;
    };
    for (let at = 0; at < words.length; at++) {
      if (words[at]! < 0) continue;
      count(words[at]!);
      if (at === 0 || words[at - 1]! < 0) continue;
      const bigram = this.#bigram(words[at - 1]!, words[at]!);
      if (bigram >= 0) count(bigram);
    }
    let squares = 0;
    for (let at = 0; at < terms; at++) {
      const term = indices[at]!;
      const weight = (1 + Math.log(frequency[term]!)) * this.#idf[term]!;
      frequency[term] = 0;
      values[at] = weight;
      squares += weight * weight;
    }
    const norm = Math.sqrt(squares);
    for (let at = 0; at < terms; at++) values[at]! /= norm;
    return terms;
  }

  /** The number of the bigram's term, −1 if the vocabulary lacks it. */
  #bigram(first: number, second: number): number {
    const { rowStarts, followers, words } = this.vocabulary;
    let low = rowStarts[first]!;
    let high = rowStarts[first + 1]!;
    const end = high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (followers[middle]! < second) low = middle + 1;
      else high = middle;
    }
    return low < end && followers[low] === second ? words.length + low : -1;
  }
}

/**
 * Learns the vocabulary of the texts.
 *
 * @throws InvalidInput `empty-vocabulary` when no word is in `minDf` texts
 */
export function fitTfidf(texts: Iterable<string>, options: TfidfOptions): Featuriser {
  return new Featuriser(buildVocabulary(encodeCorpus(texts), options), options.idfPower);
}

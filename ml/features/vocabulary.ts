import { InvalidInput } from '../errors.ts';
import type { EncodedCorpus } from './corpus.ts';

/**
 * The terms of a model and in how many documents each was seen. Terms are numbered words first, in code-unit
 * order, then bigrams, ordered by first and second word. Bigrams are stored as compressed sparse rows: those
 * that begin with word w are `followers[rowStarts[w]]` up to `followers[rowStarts[w + 1]]`, ascending.
 */
export interface Vocabulary {
  readonly documents: number;
  readonly words: readonly string[];
  readonly rowStarts: Int32Array;
  readonly followers: Int32Array;
  readonly documentFrequency: Int32Array;
}

export interface VocabularyOptions {
  /** 1: words alone; 2: words and bigrams. */
  readonly ngram: 1 | 2;
  /** A term seen in fewer documents is left out. */
  readonly minDf: number;
  /** At most so many terms: words before bigrams, then the more frequent, then in the order of the terms. */
  readonly maxFeatures: number;
}

/** @throws InvalidInput `empty-vocabulary` when no word is frequent enough */
export function buildVocabulary(corpus: EncodedCorpus, options: VocabularyOptions): Vocabulary {
  const { ngram, minDf, maxFeatures } = options;
  const words = mostFrequent(frequentWords(corpus, minDf), maxFeatures);
  const count = words.terms.length;
  if (count === 0) throw new InvalidInput('empty-vocabulary', `no word occurs in ${minDf} or more documents`);
  const bigrams =
    ngram === 2 && count < maxFeatures
      ? mostFrequent(frequentBigrams(corpus, words.terms, minDf), maxFeatures - count)
      : { terms: [], frequency: [] };

  const rowStarts = new Int32Array(count + 1);
  for (const bigram of bigrams.terms) rowStarts[Math.floor(bigram / count) + 1]! += 1;
  for (let word = 0; word < count; word++) rowStarts[word + 1]! += rowStarts[word]!;
  return {
    documents: corpus.documents,
    words: words.terms,
    rowStarts,
    followers: Int32Array.from(bigrams.terms, (bigram) => bigram % count),
    documentFrequency: Int32Array.from([...words.frequency, ...bigrams.frequency]),
  };
}

/** A term by its number: a word, or the two words of a bigram. */
export function termAt({ words, rowStarts, followers }: Vocabulary, number: number): string {
  if (number < words.length) return words[number]!;
  const at = number - words.length;
  let [low, high] = [0, words.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (rowStarts[middle]! <= at) low = middle;
    else high = middle;
  }
  return `${words[low]} ${words[followers[at]!]}`;
}

/** Of each term of a vocabulary its number in another one, −1 where that lacks it. */
export function termsIn(other: Vocabulary, { words, rowStarts, followers }: Vocabulary): Int32Array {
  const numbers = new Map(other.words.map((word, number) => [word, number]));
  const wordIn = Int32Array.from(words, (word) => numbers.get(word) ?? -1);
  const terms = new Int32Array(words.length + followers.length).fill(-1);
  terms.set(wordIn);
  for (let first = 0; first < words.length; first++) {
    const row = wordIn[first]!;
    if (row < 0) continue;
    const [from, to] = [other.rowStarts[row]!, other.rowStarts[row + 1]!];
    const places = new Map(
      other.followers
        .subarray(from, to)
        .entries()
        .map(([at, second]) => [second, from + at]),
    );
    for (let at = rowStarts[first]!; at < rowStarts[first + 1]!; at++) {
      const place = places.get(wordIn[followers[at]!]!);
      if (place !== undefined) terms[words.length + at] = other.words.length + place;
    }
  }
  return terms;
}

/** Of each word of a corpus its number in other words, −1 where it is not among them. */
export function renumbering(corpus: EncodedCorpus, words: readonly string[]): Int32Array {
  const numbers = new Map(words.map((word, number) => [word, number]));
  return Int32Array.from(corpus.words, (word) => numbers.get(word) ?? -1);
}

/** Terms in their final order, each with the number of documents it occurs in. */
interface Counted<T> {
  readonly terms: T[];
  readonly frequency: number[];
}

function frequentWords(corpus: EncodedCorpus, minDf: number): Counted<string> {
  const frequency = new Int32Array(corpus.words.length);
  const lastSeen = new Int32Array(corpus.words.length).fill(-1);
  for (let document = 0; document < corpus.documents; document++) {
    for (let at = corpus.offsets[document]!; at < corpus.offsets[document + 1]!; at++) {
      const word = corpus.tokens[at]!;
      if (lastSeen[word] === document) continue;
      lastSeen[word] = document;
      frequency[word]! += 1;
    }
  }
  const frequent = [...corpus.words.keys()].filter((word) => frequency[word]! >= minDf);
  frequent.sort((a, b) => (corpus.words[a]! < corpus.words[b]! ? -1 : 1));
  return {
    terms: frequent.map((word) => corpus.words[word]!),
    frequency: frequent.map((word) => frequency[word]!),
  };
}

/**
 * Bigrams as `first * words.length + second`. Those of rare words are never counted: a bigram is at most as
 * frequent as its words. Occurrences are first gathered by their first word, so that the second words of one
 * at a time are counted in a plain array: exact, and a few bytes a token however many bigrams there are.
 */
function frequentBigrams(corpus: EncodedCorpus, words: readonly string[], minDf: number): Counted<number> {
  const { starts, seconds, documents } = bigramsByFirstWord(corpus, renumbering(corpus, words), words.length);
  const frequency = new Int32Array(words.length);
  const lastSeen = new Int32Array(words.length).fill(-1);
  const frequent: Counted<number> = { terms: [], frequency: [] };
  for (let first = 0; first < words.length; first++) {
    const seen: number[] = [];
    for (let at = starts[first]!; at < starts[first + 1]!; at++) {
      const second = seconds[at]!;
      if (lastSeen[second] === documents[at]) continue;
      if (lastSeen[second] === -1) seen.push(second);
      lastSeen[second] = documents[at]!;
      frequency[second]! += 1;
    }
    for (const second of seen.filter((word) => frequency[word]! >= minDf).sort((a, b) => a - b)) {
      frequent.terms.push(first * words.length + second);
      frequent.frequency.push(frequency[second]!);
    }
    for (const second of seen) {
      frequency[second] = 0;
      lastSeen[second] = -1;
    }
  }
  return frequent;
}

/** A counting sort of all bigram occurrences by first word, a number of those given; within a word, documents ascend. */
function bigramsByFirstWord(
  { documents, tokens, offsets }: EncodedCorpus,
  numbers: Int32Array,
  wordCount: number,
) {
  const starts = new Int32Array(wordCount + 2); // one ahead while filling: starts[w + 1] is where w's next goes
  forEachBigram((first) => {
    starts[first + 2]! += 1;
  });
  for (let word = 0; word < wordCount; word++) starts[word + 2]! += starts[word + 1]!;
  const total = starts[wordCount + 1]!;
  const bucketed = { starts, seconds: new Int32Array(total), documents: new Int32Array(total) };
  forEachBigram((first, second, document) => {
    const at = starts[first + 1]!++;
    bucketed.seconds[at] = second;
    bucketed.documents[at] = document;
  });
  return bucketed;

  function forEachBigram(visit: (first: number, second: number, document: number) => void): void {
    for (let document = 0; document < documents; document++) {
      let previous = -1;
      for (let at = offsets[document]!; at < offsets[document + 1]!; at++) {
        const word = numbers[tokens[at]!]!;
        if (previous >= 0 && word >= 0) visit(previous, word, document);
        previous = word;
      }
    }
  }
}

/** At most `limit` of the terms, the more frequent and then the earlier ones, in the order they came. */
function mostFrequent<T>({ terms, frequency }: Counted<T>, limit: number): Counted<T> {
  if (terms.length <= limit) return { terms, frequency };
  const threshold = Int32Array.from(frequency).sort()[terms.length - limit]!;
  const above = frequency.filter((count) => count > threshold).length;
  let ties = limit - above;
  const kept = [...terms.keys()].filter(
    (term) => frequency[term]! > threshold || (frequency[term] === threshold && ties-- > 0),
  );
  return { terms: kept.map((term) => terms[term]!), frequency: kept.map((term) => frequency[term]!) };
}

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
      ? mostFrequentBigrams(frequentBigrams(corpus, words.terms, minDf), maxFeatures - count)
      : { rowStarts: new Int32Array(count + 1), followers: new Int32Array(), frequency: new Int32Array() };
  const documentFrequency = new Int32Array(count + bigrams.frequency.length);
  documentFrequency.set(words.frequency);
  documentFrequency.set(bigrams.frequency, count);
  const { rowStarts, followers } = bigrams;
  return { documents: corpus.documents, words: words.terms, rowStarts, followers, documentFrequency };
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
export function renumbering({ words: own }: EncodedCorpus, words: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  for (let number = 0; number < words.length; number++) numbers.set(words[number]!, number);
  const renumbered = new Int32Array(own.length);
  for (let word = 0; word < own.length; word++) renumbered[word] = numbers.get(own[word]!) ?? -1;
  return renumbered;
}

/** Words in their final order, each with the number of documents it occurs in. */
interface CountedWords {
  readonly terms: string[];
  readonly frequency: number[];
}

/** Bigrams as a vocabulary holds them, each with the number of documents it occurs in. */
interface CountedBigrams extends Pick<Vocabulary, 'rowStarts' | 'followers'> {
  readonly frequency: Int32Array;
}

function frequentWords(corpus: EncodedCorpus, minDf: number): CountedWords {
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
 * Bigrams of rare words are never counted: a bigram is at most as frequent as its words. Occurrences are first gathered by
 * their first word, so that the second words of one at a time are counted in a plain array: exact, and a few bytes a token
 * however many bigrams there are.
 */
function frequentBigrams(corpus: EncodedCorpus, words: readonly string[], minDf: number): CountedBigrams {
  const { starts, seconds, documents } = bigramsByFirstWord(corpus, renumbering(corpus, words), words.length);
  const counts = new Int32Array(words.length);
  const lastSeen = new Int32Array(words.length).fill(-1);
  const seen = new Int32Array(words.length); // of one first word: its second words, later those that are frequent
  const rowStarts = new Int32Array(words.length + 1);
  const most = Math.floor(seconds.length / minDf); // each is in as many documents
  const followers = new Int32Array(most);
  const frequency = new Int32Array(most);
  let end = 0;
  for (let first = 0; first < words.length; first++) {
    let different = 0;
    for (let at = starts[first]!; at < starts[first + 1]!; at++) {
      const second = seconds[at]!;
      const document = documents[at]!;
      if (lastSeen[second] === document) continue;
      if (counts[second]!++ === 0) seen[different++] = second;
      lastSeen[second] = document;
    }
    const row = end;
    for (let at = 0; at < different; at++) if (counts[seen[at]!]! >= minDf) followers[end++] = seen[at]!;
    if (end - row > 1) followers.subarray(row, end).sort();
    for (let at = row; at < end; at++) frequency[at] = counts[followers[at]!]!;
    for (let at = 0; at < different; at++) {
      counts[seen[at]!] = 0;
      lastSeen[seen[at]!] = -1;
    }
    rowStarts[first + 1] = end;
  }
  return { rowStarts, followers: followers.slice(0, end), frequency: frequency.slice(0, end) };
}

/** A counting sort of all bigram occurrences by first word, a number of those given; within a word, documents ascend. */
function bigramsByFirstWord(
  { documents, tokens, offsets }: EncodedCorpus,
  numbers: Int32Array,
  wordCount: number,
) {
  const starts = new Int32Array(wordCount + 2); // one ahead while filling: starts[w + 1] is where w's next goes
  for (let document = 0; document < documents; document++) {
    let previous = -1;
    for (let at = offsets[document]!; at < offsets[document + 1]!; at++) {
      const word = numbers[tokens[at]!]!;
      if (previous >= 0 && word >= 0) starts[previous + 2]! += 1;
      previous = word;
    }
  }
  for (let word = 0; word < wordCount; word++) starts[word + 2]! += starts[word + 1]!;
  const total = starts[wordCount + 1]!;
  const bucketed = { starts, seconds: new Int32Array(total), documents: new Int32Array(total) };
  for (let document = 0; document < documents; document++) {
    let previous = -1;
    for (let at = offsets[document]!; at < offsets[document + 1]!; at++) {
      const word = numbers[tokens[at]!]!;
      if (previous >= 0 && word >= 0) {
        const place = starts[previous + 1]!++;
        bucketed.seconds[place] = word;
        bucketed.documents[place] = document;
      }
      previous = word;
    }
  }
  return bucketed;
}

/** At most `limit` of the words, the more frequent and then the earlier ones, in the order they came. */
function mostFrequent({ terms, frequency }: CountedWords, limit: number): CountedWords {
  if (terms.length <= limit) return { terms, frequency };
  const kept = mostFrequentPlaces(Int32Array.from(frequency), limit);
  return { terms: kept.map((term) => terms[term]!), frequency: kept.map((term) => frequency[term]!) };
}

/** The same of bigrams. */
function mostFrequentBigrams(bigrams: CountedBigrams, limit: number): CountedBigrams {
  const { rowStarts, followers, frequency } = bigrams;
  if (followers.length <= limit) return bigrams;
  const kept = mostFrequentPlaces(frequency, limit);
  const starts = new Int32Array(rowStarts.length);
  for (let first = 0, end = 0; first + 1 < rowStarts.length; first++) {
    while (end < kept.length && kept[end]! < rowStarts[first + 1]!) end += 1;
    starts[first + 1] = end;
  }
  return {
    rowStarts: starts,
    followers: Int32Array.from(kept, (at) => followers[at]!),
    frequency: Int32Array.from(kept, (at) => frequency[at]!),
  };
}

/** Where the `limit` highest frequencies are, of equal ones the first, ascending. */
function mostFrequentPlaces(frequency: Int32Array, limit: number): number[] {
  const threshold = frequency.toSorted()[frequency.length - limit]!;
  let ties = limit - frequency.reduce((above, count) => above + Number(count > threshold), 0);
  const kept: number[] = [];
  for (let at = 0; at < frequency.length; at++) {
    const count = frequency[at]!;
    if (count > threshold || (count === threshold && ties-- > 0)) kept.push(at);
  }
  return kept;
}

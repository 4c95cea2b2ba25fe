import { InvalidPackage } from '../errors.ts';
import { HashedFeaturiser, type HashingOptions } from './hashed.ts';
import { Featuriser } from './tfidf.ts';

export const FEATURES_FILE = 'features.json';

/** Texts as sparse vectors: with a vocabulary, or by hashes of the terms. */
export type TextFeaturiser = Featuriser | HashedFeaturiser;

const EXACT = 'epochlog-tfidf-1';
const HASHED = 'epochlog-hashed-tfidf-1';
const SEVERAL = 'epochlog-tfidf-blocks-1';

/** `features.json` as it is on disk; what is counted from it (row starts, idf) is not in it. */
interface ExactFile {
  readonly format: typeof EXACT;
  readonly documents: number;
  readonly idfPower: number;
  /** Joined by spaces. */
  readonly words: string;
  /** For each word, how many bigrams begin with it. */
  readonly followerCounts: readonly number[];
  /** The second words of all bigrams. */
  readonly followers: readonly number[];
  /** Of the words, then of the bigrams. */
  readonly documentFrequency: readonly number[];
}

interface HashedFile extends HashingOptions {
  readonly format: typeof HASHED;
  readonly documents: number;
  /** of the features */
  readonly documentFrequency: readonly number[];
}

/** The bytes of `features.json`, of one featuriser or of several: the same ones give the same bytes. */
export function serialiseFeatures(featurisers: readonly TextFeaturiser[]): Uint8Array {
  const blocks = featurisers.map(fileOf);
  const file = blocks.length === 1 ? blocks[0] : { format: SEVERAL, blocks };
  return new TextEncoder().encode(`${JSON.stringify(file)}\n`);
}

function fileOf(featuriser: TextFeaturiser): ExactFile | HashedFile {
  if (featuriser.kind === 'hashed') {
    const { options, documents, documentFrequency } = featuriser;
    return { format: HASHED, documents, ...options, documentFrequency: [...documentFrequency] };
  }
  const { vocabulary, idfPower } = featuriser;
  const { documents, words, rowStarts, followers, documentFrequency } = vocabulary;
  return {
    format: EXACT,
    documents,
    idfPower,
    words: words.join(' '),
    followerCounts: words.map((_, word) => rowStarts[word + 1]! - rowStarts[word]!),
    followers: [...followers],
    documentFrequency: [...documentFrequency],
  };
}

/** @throws InvalidPackage `malformed` when the bytes are not a whole and consistent `features.json` */
export function parseFeatures(bytes: Uint8Array): TextFeaturiser[] {
  const file = parseJson(bytes);
  if (file.format !== SEVERAL) return [featuriserOf(file)];
  if (!Array.isArray(file.blocks) || file.blocks.length === 0)
    throw malformed('"blocks" must be a list of features');
  return file.blocks.map((block: unknown) => featuriserOf(asObject(block)));
}

function featuriserOf(file: Fields): TextFeaturiser {
  if (file.format === HASHED) return parseHashed(file);
  if (file.format === EXACT) return parseExact(file);
  throw malformed(`"format" is not "${EXACT}", "${HASHED}" or "${SEVERAL}"`);
}

function parseHashed(file: Fields): HashedFeaturiser {
  const { documents, idfPower, bits, ngram, minDf } = file;
  if (!isCount(documents)) throw malformed('"documents" must be a whole number');
  if (typeof idfPower !== 'number') throw malformed('"idfPower" must be a number');
  if (!isCount(bits) || bits < 1 || bits > 24) throw malformed('"bits" must be a whole number from 1 to 24');
  if (ngram !== 1 && ngram !== 2) throw malformed('"ngram" must be 1 or 2');
  if (!isCount(minDf)) throw malformed('"minDf" must be a whole number');
  const frequency = integers(file, 'documentFrequency', { length: 2 ** bits, below: documents + 1 });
  return new HashedFeaturiser({ bits, ngram, minDf, idfPower }, documents, frequency);
}

function parseExact(file: Fields): Featuriser {
  const { documents, idfPower } = file;
  if (!isCount(documents)) throw malformed('"documents" must be a whole number');
  if (typeof idfPower !== 'number') throw malformed('"idfPower" must be a number');
  if (typeof file.words !== 'string' || file.words === '') throw malformed('"words" must be a text');
  const words = file.words.split(' ');
  if (words.some((word, at) => at > 0 && words[at - 1]! >= word)) throw malformed('words are out of order');

  const counts = integers(file, 'followerCounts', { length: words.length, below: words.length + 1 });
  const rowStarts = new Int32Array(words.length + 1);
  for (const [word, count] of counts.entries()) rowStarts[word + 1] = rowStarts[word]! + count;
  const bigrams = rowStarts[words.length]!;
  const followers = integers(file, 'followers', { length: bigrams, below: words.length });
  for (let word = 0; word < words.length; word++)
    for (let at = rowStarts[word]! + 1; at < rowStarts[word + 1]!; at++)
      if (followers[at - 1]! >= followers[at]!) throw malformed('bigrams are out of order');
  const documentFrequency = integers(file, 'documentFrequency', {
    length: words.length + bigrams,
    below: documents + 1,
  });
  return new Featuriser({ documents, words, rowStarts, followers, documentFrequency }, idfPower);
}

type Fields = Readonly<Record<string, unknown>>;

function parseJson(bytes: Uint8Array): Fields {
  try {
    return asObject(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (cause) {
    if (cause instanceof InvalidPackage) throw cause;
    throw malformed('not valid JSON; is it truncated?', { cause });
  }
}

function asObject(value: unknown): Fields {
  if (typeof value === 'object' && value !== null) return { ...value };
  throw malformed('"format" is missing');
}

function integers(
  file: Fields,
  name: string,
  { length, below }: { length: number; below: number },
): Int32Array {
  const values = file[name];
  if (!Array.isArray(values) || values.length !== length)
    throw malformed(`"${name}" must have ${length} entries`);
  const read = new Int32Array(length);
  for (let at = 0; at < length; at++) {
    const value: unknown = values[at];
    if (!isCount(value) || value >= below)
      throw malformed(`"${name}" must hold whole numbers below ${below}`);
    read[at] = value;
  }
  return read;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function malformed(reason: string, options?: ErrorOptions): InvalidPackage {
  return new InvalidPackage('malformed', FEATURES_FILE, reason, options);
}

import { InvalidPackage } from '../errors.ts';
import { Featuriser } from './tfidf.ts';

export const FEATURES_FILE = 'features.json';

const FORMAT = 'epochlog-tfidf-1';

/** `features.json` as it is on disk; what is counted from it (row starts, idf) is not in it. */
interface FeaturesFile {
  readonly format: typeof FORMAT;
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

/** The bytes of `features.json`: the same vocabulary gives the same bytes. */
export function serialiseFeatures({ vocabulary, idfPower }: Featuriser): Uint8Array {
  const { documents, words, rowStarts, followers, documentFrequency } = vocabulary;
  const file: FeaturesFile = {
    format: FORMAT,
    documents,
    idfPower,
    words: words.join(' '),
    followerCounts: words.map((_, word) => rowStarts[word + 1]! - rowStarts[word]!),
    followers: [...followers],
    documentFrequency: [...documentFrequency],
  };
  return new TextEncoder().encode(`${JSON.stringify(file)}\n`);
}

/** @throws InvalidPackage `malformed` when the bytes are not a whole and consistent `features.json` */
export function parseFeatures(bytes: Uint8Array): Featuriser {
  const file = parseJson(bytes);
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
  for (let word = 0; word < words.length; word++) {
    const row = followers.subarray(rowStarts[word], rowStarts[word + 1]);
    if (row.some((second, at) => at > 0 && row[at - 1]! >= second))
      throw malformed('bigrams are out of order');
  }
  const documentFrequency = integers(file, 'documentFrequency', {
    length: words.length + bigrams,
    below: documents + 1,
  });
  return new Featuriser({ documents, words, rowStarts, followers, documentFrequency }, idfPower);
}

function parseJson(bytes: Uint8Array): Partial<Record<keyof FeaturesFile, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed('not valid JSON; is it truncated?', { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || !('format' in parsed) || parsed.format !== FORMAT) {
    throw malformed(`"format" is not "${FORMAT}"`);
  }
  return parsed;
}

function integers(
  file: Partial<Record<keyof FeaturesFile, unknown>>,
  name: keyof FeaturesFile,
  { length, below }: { length: number; below: number },
): Int32Array {
  const values = file[name];
  if (!Array.isArray(values) || values.length !== length)
    throw malformed(`"${name}" must have ${length} entries`);
  if (!values.every((value) => isCount(value) && value < below)) {
    throw malformed(`"${name}" must hold whole numbers below ${below}`);
  }
  return Int32Array.from(values);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function malformed(reason: string, options?: ErrorOptions): InvalidPackage {
  return new InvalidPackage('malformed', FEATURES_FILE, reason, options);
}

/** Words in a shingle: of fewer, unrelated texts have many in common; of more, one changed word costs more of them. */
const WORDS = 3;

const [SEPARATOR, IN_WORD, WORD_ALONE] = [0, 1, 2] as const;

const LETTER_OR_DIGIT = /[\p{L}\p{N}\p{M}]/u;
/** Scripts that put no spaces between words: each character counts as a word. */
const WITHOUT_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const SURROGATES_FROM = 0xd800;
const SURROGATES_TO = 0xdfff;

/** What each UTF-16 code unit is, found when it is first met: 0 means not met yet. */
const KINDS = new Uint8Array(0x1_0000);

function kindOf(unit: number): number {
  const known = KINDS[unit]!;
  if (known !== 0) return known - 1;
  const character = String.fromCharCode(unit);
  const isLetter = (unit >= SURROGATES_FROM && unit <= SURROGATES_TO) || LETTER_OR_DIGIT.test(character); // half of a rare letter
  const kind = !isLetter ? SEPARATOR : WITHOUT_SPACES.test(character) ? WORD_ALONE : IN_WORD;
  KINDS[unit] = kind + 1;
  return kind;
}

/** The 32-bit finalizer of MurmurHash3 (Austin Appleby, public domain): every bit of the input changes every bit. */
export function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

/** A 32-bit hash (FNV-1a) of each word, lower case, in order. */
function wordHashes(text: string): number[] {
  const lower = text.toLowerCase();
  const hashes: number[] = [];
  let hash = FNV_OFFSET;
  let isInWord = false;
  const end = () => {
    if (isInWord) hashes.push(hash);
    hash = FNV_OFFSET;
    isInWord = false;
  };
  for (let at = 0; at < lower.length; at++) {
    const unit = lower.charCodeAt(at);
    const kind = kindOf(unit);
    if (kind !== IN_WORD) end();
    if (kind === SEPARATOR) continue;
    hash = Math.imul(hash ^ unit, FNV_PRIME);
    isInWord = true;
    if (kind === WORD_ALONE) end();
  }
  end();
  return hashes;
}

/**
 * The shingles of a text: a 32-bit hash of every three words that follow each other, case and punctuation apart, each once,
 * sorted. A text of fewer words is one shingle; one without any has none. The time is linear in the text but for the sort.
 */
export function shinglesOf(text: string): Uint32Array {
  const words = wordHashes(text);
  if (words.length === 0) return new Uint32Array(0);
  const count = Math.max(1, words.length - WORDS + 1);
  const shingles = new Uint32Array(count);
  for (let first = 0; first < count; first++) {
    let hash = 0;
    for (let word = first; word < Math.min(first + WORDS, words.length); word++) {
      hash = Math.imul(hash ^ words[word]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    shingles[first] = mixed(hash);
  }
  shingles.sort();
  let kept = 0;
  for (let at = 0; at < count; at++) {
    if (at === 0 || shingles[at] !== shingles[at - 1]) shingles[kept++] = shingles[at]!;
  }
  return shingles.slice(0, kept);
}

/** How alike two sets are: the size of what they share over the size of both together (Jaccard). */
export interface Similarity {
  readonly value: number;
  /** only a sample of a set was kept, because it is large */
  readonly isEstimate: boolean;
}

/**
 * The Jaccard similarity of two sets of 32-bit hashes, each sorted. Of a set that holds its smallest hashes only, `size` of
 * them, it is estimated by the smallest of both together (bottom-k: Cohen and Kaplan 2007), which are a random sample.
 */
export function jaccard(a: Uint32Array, b: Uint32Array, isSampled = false): Similarity {
  if (a.length === 0 && b.length === 0) return { value: 1, isEstimate: false };
  const limit = isSampled ? Math.min(a.length, b.length) : Number.POSITIVE_INFINITY;
  let [shared, together, i, j] = [0, 0, 0, 0];
  while (together < limit && (i < a.length || j < b.length)) {
    const left = a[i] ?? Number.POSITIVE_INFINITY;
    const right = b[j] ?? Number.POSITIVE_INFINITY;
    if (left <= right) i++;
    if (right <= left) j++;
    if (left === right) shared++;
    together++;
  }
  return { value: shared / together, isEstimate: isSampled };
}

import { enlarged, WordNumbers } from './words.ts';

/** Texts as numbers: document i is `tokens` from `offsets[i]` up to `offsets[i + 1]`, each an index in `words`. */
export interface EncodedCorpus {
  readonly documents: number;
  readonly words: readonly string[];
  readonly tokens: Int32Array;
  readonly offsets: Int32Array;
}

/** Tokenises every text once; words are numbered as they first appear. Four bytes a token are kept. */
export function encodeCorpus(texts: Iterable<string>): EncodedCorpus {
  const words = new WordNumbers();
  const offsets = [0];
  let tokens: Int32Array = new Int32Array(1 << 16);
  let length = 0;
  for (const text of texts) {
    const numbers = words.learn(text);
    if (length + numbers.length > tokens.length)
      tokens = enlarged(tokens, Math.max(length + numbers.length, 2 * tokens.length));
    tokens.set(numbers, length);
    length += numbers.length;
    offsets.push(length);
  }
  return {
    documents: offsets.length - 1,
    words: words.words(),
    tokens: tokens.subarray(0, length),
    offsets: Int32Array.from(offsets),
  };
}

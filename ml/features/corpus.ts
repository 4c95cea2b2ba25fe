import { tokenize } from '../text/tokenize.ts';

/** Texts as numbers: document i is `tokens` from `offsets[i]` up to `offsets[i + 1]`, each an index in `words`. */
export interface EncodedCorpus {
  readonly documents: number;
  readonly words: readonly string[];
  readonly tokens: Int32Array;
  readonly offsets: Int32Array;
}

/** Tokenises every text once; words are numbered as they first appear. Four bytes a token are kept. */
export function encodeCorpus(texts: Iterable<string>): EncodedCorpus {
  const numbers = new Map<string, number>();
  const offsets = [0];
  let tokens = new Int32Array(1 << 16);
  let length = 0;
  for (const text of texts) {
    const words = tokenize(text);
    if (length + words.length > tokens.length) tokens = enlarged(tokens, length + words.length);
    for (const word of words) {
      const known = numbers.get(word);
      const number = known ?? numbers.size;
      if (known === undefined) numbers.set(word, number);
      tokens[length++] = number;
    }
    offsets.push(length);
  }
  return {
    documents: offsets.length - 1,
    words: [...numbers.keys()],
    tokens: tokens.subarray(0, length),
    offsets: Int32Array.from(offsets),
  };
}

function enlarged(tokens: Int32Array, needed: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(needed, 2 * tokens.length));
  larger.set(tokens);
  return larger;
}

import { createRequire } from 'node:module';
import { InvalidInput } from '../errors.ts';

const require = createRequire(import.meta.url);

/** Texts as the numbers of their tokens. */
export interface TextTokenizer {
  /** one more than the largest number of a token */
  readonly vocabulary: number;
  /** the number of a token that the vocabulary has, special ones too */
  idOf(token: string): number | undefined;
  /** Numbers of tokens, so many at most: what is too long loses its end, but not the last special token. */
  encode(text: string, maxTokens: number): number[];
}

/**
 * The tokenizer of a `tokenizer.json`. Its own truncation and padding do not count.
 *
 * @throws InvalidInput `weights` for a file that is none
 */
export function parseTokenizer(bytes: Uint8Array): TextTokenizer {
  const tokenizer = open(bytes);
  const special = tokenizer.encode('').ids.length;
  const tokens = tokenizer.get_vocab(true);
  const vocabulary = tokens.values().reduce((most, token) => Math.max(most, token + 1), 0);
  return {
    vocabulary,
    idOf: (token) => tokens.get(token),
    encode(text, maxTokens) {
      const { ids } = tokenizer.encode(text);
      if (ids.length <= maxTokens) return ids;
      const tail = special > 1 ? ids.slice(-1) : [];
      return [...ids.slice(0, maxTokens - tail.length), ...tail];
    },
  };
}

/** What is used of the package, whose own types are lost behind imports that Node does not resolve. */
interface HuggingFaceTokenizer {
  encode(text: string): { readonly ids: number[] };
  get_vocab(withAddedTokens: boolean): ReadonlyMap<string, number>;
}

function open(bytes: Uint8Array): HuggingFaceTokenizer {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof json !== 'object' || json === null) throw new TypeError('not an object');
    const { Tokenizer }: typeof import('@huggingface/tokenizers') = require('@huggingface/tokenizers');
    return new Tokenizer(json, {});
  } catch (cause) {
    throw new InvalidInput('weights', 'tokenizer.json is no tokenizer; is it truncated?', { cause });
  }
}

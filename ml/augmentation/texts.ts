import { type Random, shuffle } from '../random.ts';

/** Words of a text with what is written at them: what is between two of them is one space afterwards. */
const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

const below = (count: number, random: Random): number => Math.floor(random() * count);

/** So many of `count` words are varied. */
const varied = (count: number, share: number): number => Math.max(1, Math.round(count * share));

/** Different places of `count`, at random, in their order of drawing. */
function places(count: number, wanted: number, random: Random): number[] {
  return shuffle(
    Array.from({ length: count }, (_, at) => at),
    random,
  ).slice(0, wanted);
}

/** Each word goes with probability `share`, one at least, and one stays (random deletion; Wei and Zou 2019, "EDA"). */
export function deleteWords(text: string, share: number, random: Random): string {
  const words = wordsOf(text);
  if (words.length < 2) return text;
  const goes = words.map(() => random() < share);
  if (goes.every((gone) => gone)) goes[below(words.length, random)] = false;
  if (!goes.includes(true)) goes[below(words.length, random)] = true;
  return words.filter((_, at) => !goes[at]).join(' ');
}

/** Two words at random change places, for `share` of the words (EDA). */
export function swapWords(text: string, share: number, random: Random): string {
  const words = wordsOf(text);
  if (words.length < 2) return text;
  for (let swaps = varied(words.length, share); swaps > 0; swaps--) {
    const one = below(words.length, random);
    const other = (one + 1 + below(words.length - 1, random)) % words.length;
    [words[one], words[other]] = [words[other]!, words[one]!];
  }
  return words.join(' ');
}

/**
 * Words are put in at random places, `share` of those that there are: a synonym of a word of the text (EDA), or the word itself
 * where it has none.
 */
export function insertWords(text: string, share: number, random: Random, synonyms: Synonyms): string {
  const words = wordsOf(text);
  if (words.length === 0) return text;
  for (let more = varied(words.length, share); more > 0; more--) {
    const word = words[below(words.length, random)]!;
    words.splice(below(words.length + 1, random), 0, synonyms.another(word, random) ?? word);
  }
  return words.join(' ');
}

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The sentences of a text in another order. */
export function shuffleSentences(text: string, random: Random): string {
  const sentences = Array.from(SENTENCES.segment(text), ({ segment }) => segment.trim());
  return sentences.length < 2 ? text : shuffle(sentences, random).join(' ');
}

/** `share` of the words, of those that have a synonym, are replaced by one. */
export function replaceSynonyms(text: string, share: number, random: Random, synonyms: Synonyms): string {
  const words = wordsOf(text);
  const known = [...words.keys()].filter((at) => synonyms.knows(words[at]!));
  for (const at of places(known.length, varied(words.length, share), random))
    words[known[at]!] = synonyms.another(words[known[at]!]!, random)!;
  return known.length > 0 ? words.join(' ') : text;
}

const PARTS = /^([^\p{L}\p{N}]*)(.*?)([^\p{L}\p{N}]*)$/su;

/** Words that may stand for each other, as a user lists them. */
export class Synonyms {
  /** by word in lower case, the others of its lists */
  readonly #others = new Map<string, string[]>();

  /** @param lists such as `large, big`; a word may be in several */
  constructor(lists: readonly string[]) {
    for (const list of lists) {
      const words = [...new Set(list.split(',').map((word) => word.trim()))].filter((word) => word !== '');
      for (const word of words) {
        const key = word.toLowerCase();
        const others = words.filter((other) => other.toLowerCase() !== key);
        this.#others.set(key, [...(this.#others.get(key) ?? []), ...others]);
      }
    }
  }

  knows(word: string): boolean {
    return this.#of(word).length > 0;
  }

  /** Another word in its place, with the marks around it and its capital; undefined where there is none. */
  another(word: string, random: Random): string | undefined {
    const others = this.#of(word);
    if (others.length === 0) return undefined;
    const [, before = '', core = '', after = ''] = PARTS.exec(word) ?? [];
    const other = others[below(others.length, random)]!;
    const first = other.charAt(0);
    const isCapital = core.charAt(0) !== core.charAt(0).toLowerCase();
    return before + (isCapital ? first.toUpperCase() : first) + other.slice(1) + after;
  }

  #of(word: string): readonly string[] {
    return this.#others.get(PARTS.exec(word)?.[2]?.toLowerCase() ?? '') ?? [];
  }
}

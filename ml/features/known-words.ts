import { tokenize } from '../text/tokenize.ts';

/**
 * The words seen in two texts or more, gathered text by text: the words of a vocabulary with `minDf` 2, without
 * its order and its bigrams.
 */
export class KnownWords {
  readonly #once = new Set<string>();
  readonly #known = new Set<string>();

  add(text: string): void {
    for (const word of new Set(tokenize(text))) {
      if (this.#known.has(word)) continue;
      if (this.#once.delete(word)) this.#known.add(word);
      else this.#once.add(word);
    }
  }

  /** The share of a text's words that are not known: 0 for a text without words, as `Featuriser.rareWordShare`. */
  rareWordShare(text: string): number {
    const words = tokenize(text);
    return words.length === 0 ? 0 : words.filter((word) => !this.#known.has(word)).length / words.length;
  }
}

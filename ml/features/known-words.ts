import { enlarged, WordNumbers } from './words.ts';

/**
 * The words seen in two texts or more, gathered text by text: the words of a vocabulary with `minDf` 2, without
 * its order and its bigrams.
 */
export class KnownWords {
  readonly #words = new WordNumbers();
  /** by word: the text in which it was seen last, from 1; negative when it was seen in two */
  #lastSeen: Int32Array = new Int32Array(1 << 11);
  #texts = 0;

  add(text: string): void {
    const numbers = this.#words.learn(text);
    if (this.#words.size > this.#lastSeen.length)
      this.#lastSeen = enlarged(this.#lastSeen, 2 * this.#words.size);
    const lastSeen = this.#lastSeen;
    this.#texts += 1;
    for (let at = 0; at < numbers.length; at++) {
      const word = numbers[at]!;
      const last = lastSeen[word]!;
      if (last === 0) lastSeen[word] = this.#texts;
      else if (last > 0 && last !== this.#texts) lastSeen[word] = -1;
    }
  }

  /** Different words in all texts. */
  get size(): number {
    return this.#words.size;
  }

  /** The share of a text's words that are not known: 0 for a text without words, as `Featuriser.rareWordShare`. */
  rareWordShare(text: string): number {
    const numbers = this.#words.lookUp(text);
    let rare = 0;
    for (let at = 0; at < numbers.length; at++)
      if (numbers[at]! < 0 || this.#lastSeen[numbers[at]!]! >= 0) rare += 1;
    return numbers.length === 0 ? 0 : rare / numbers.length;
  }
}

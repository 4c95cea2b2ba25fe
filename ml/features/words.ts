import { tokenize } from '../text/tokenize.ts';

/** by byte: the lower case of an ASCII letter or digit, 0 of any other ASCII character; other bytes as they are */
const LOWER = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (byte > 127) return byte;
  return /[A-Za-z0-9]/.test(character) ? character.toLowerCase().charCodeAt(0) : 0;
});

/** Random for each process, against texts crafted to collide (hash flooding). No result depends on it. */
const SEED = (Math.random() * 2 ** 32) | 0;
const FACTOR = (Math.random() * 2 ** 32) | 1;

/**
 * Numbers the words of texts, as `tokenize` finds them, in the order in which they are first seen. ASCII texts are read
 * byte by byte into a hash table (open addressing, at most half full), without a string for each word: a third of the
 * time of a map of strings.
 */
export class WordNumbers {
  readonly #encoder = new TextEncoder();
  /** number of the word + 1; 0 where there is none */
  #slots = new Int32Array(1 << 12);
  #hashes = new Int32Array(1 << 11);
  /** the bytes of word i are those from `starts[i]` up to `starts[i + 1]` */
  #starts = new Int32Array((1 << 11) + 1);
  #letters = new Uint8Array(1 << 14);
  #size = 0;
  /** the text at hand in UTF-8, and the numbers of its words */
  #text = new Uint8Array(1 << 12);
  #numbers = new Int32Array(1 << 11);

  get size(): number {
    return this.#size;
  }

  /** The words by their numbers. */
  words(): string[] {
    const letters = Buffer.from(this.#letters.buffer);
    return Array.from({ length: this.#size }, (_, number) =>
      letters.toString('utf8', this.#starts[number], this.#starts[number + 1]),
    );
  }

  /** Numbers a word; the same number when it has one. */
  add(word: string): number {
    this.#reserve(word);
    return this.#numberOf(word, true);
  }

  /** The numbers of the words of a text, those of new words included. Valid until the next call. */
  learn(text: string): Int32Array {
    return this.#read(text, true);
  }

  /** The same without learning: −1 for a word that is not known. */
  lookUp(text: string): Int32Array {
    return this.#read(text, false);
  }

  #reserve({ length }: string): void {
    if (3 * length <= this.#text.length) return; // UTF-8 has three bytes for a UTF-16 code unit at most
    this.#text = new Uint8Array(6 * length);
    this.#numbers = new Int32Array(3 * length); // a word has two letters at least
  }

  #read(text: string, learns: boolean): Int32Array {
    this.#reserve(text);
    const bytes = this.#text;
    const numbers = this.#numbers;
    const { written } = this.#encoder.encodeInto(text, bytes);
    if (written !== text.length) return this.#readAny(text, learns);
    let count = 0;
    let start = 0;
    let hash = SEED;
    for (let at = 0; at < written; at++) {
      const letter = LOWER[bytes[at]!]!;
      if (letter !== 0) {
        hash = Math.imul(hash ^ letter, FACTOR);
        continue;
      }
      if (at - start > 1) numbers[count++] = this.#find(start, at, hash, learns);
      start = at + 1;
      hash = SEED;
    }
    if (written - start > 1) numbers[count++] = this.#find(start, written, hash, learns);
    return numbers.subarray(0, count);
  }

  /** A text with other letters than those of ASCII. */
  #readAny(text: string, learns: boolean): Int32Array {
    const words = tokenize(text);
    const numbers = new Int32Array(words.length);
    for (let at = 0; at < words.length; at++) numbers[at] = this.#numberOf(words[at]!, learns);
    return numbers;
  }

  #numberOf(word: string, learns: boolean): number {
    const { written } = this.#encoder.encodeInto(word, this.#text);
    let hash = SEED;
    for (let at = 0; at < written; at++) hash = Math.imul(hash ^ this.#text[at]!, FACTOR);
    return this.#find(0, written, hash, learns);
  }

  /** The number of the word in the text at hand from `start` up to `end`. */
  #find(start: number, end: number, hash: number, learns: boolean): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1;
      if (this.#hashes[number] === hash && this.#isWord(number, start, end)) return number;
    }
    if (!learns) return -1;
    slots[slot] = this.#size + 1;
    return this.#store(start, end, hash);
  }

  #isWord(number: number, start: number, end: number): boolean {
    const first = this.#starts[number]!;
    if (this.#starts[number + 1]! - first !== end - start) return false;
    const letters = this.#letters;
    const text = this.#text;
    for (let at = start; at < end; at++) if (letters[first + at - start] !== LOWER[text[at]!]) return false;
    return true;
  }

  #store(start: number, end: number, hash: number): number {
    const number = this.#size++;
    const first = this.#starts[number]!;
    const next = first + end - start;
    if (number === this.#hashes.length) {
      this.#hashes = enlarged(this.#hashes, 2 * number);
      this.#starts = enlarged(this.#starts, 2 * number + 1);
    }
    if (next > this.#letters.length) {
      const letters = new Uint8Array(2 * next);
      letters.set(this.#letters);
      this.#letters = letters;
    }
    for (let at = start; at < end; at++) this.#letters[first + at - start] = LOWER[this.#text[at]!]!;
    this.#hashes[number] = hash;
    this.#starts[number + 1] = next;
    if (2 * this.#size > this.#slots.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#size; number++) {
      const hash = this.#hashes[number]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** The same numbers in a longer array. */
export function enlarged(numbers: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(numbers);
  return larger;
}

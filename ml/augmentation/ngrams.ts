import { type Random, shuffle } from '../random.ts';

/** Places of a word among all are part of a number: so many words at most, and so many places. */
const MAX_PLACES = 2 ** 24;

/**
 * What word follows which in texts, as a back-off model of n-grams: the word after the two before it, where they were seen with
 * another one; else after the one before it; else any (stupid back-off without its factor; Brants et al. 2007). A word is drawn
 * as often as it was seen there: it is that of one of the places, drawn at random.
 */
export class NextWords {
  readonly #words: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** the words of all texts; −1 ends each */
  readonly #text: Int32Array;
  /** places of #text, sorted by the word before, and by the two before */
  readonly #afterOne: Contexts;
  readonly #afterTwo: Contexts;

  /** @param texts those beyond 16 million words are left out */
  constructor(texts: Iterable<string>) {
    const numbers: number[] = [];
    for (const text of texts) {
      const words = wordsOf(text);
      if (numbers.length + words.length >= MAX_PLACES) break;
      for (const word of words) numbers.push(this.#numberOf(word));
      numbers.push(-1);
    }
    this.#text = Int32Array.from(numbers);
    const before = (place: number) => (this.#text[place] ?? -1) + 1; // 0 where a text begins
    const ofOne = Float64Array.from(this.#text, (_, place) => before(place - 1));
    this.#afterOne = new Contexts(ofOne);
    const words = this.#words.length + 1;
    this.#afterTwo = new Contexts(
      ofOne.map((one, place) => (one === 0 ? 0 : before(place - 2) * words + one)),
    );
  }

  /** `share` of the words of a text are replaced, each by one that was seen after the words before it. */
  replaced(text: string, share: number, random: Random): string {
    const words = wordsOf(text);
    if (words.length === 0) return text;
    const count = Math.max(1, Math.round(words.length * share));
    const order = shuffle([...words.keys()], random).slice(0, count);
    for (const at of order)
      words[at] = this.#drawn(words[at]!, words[at - 1], words[at - 2], random) ?? words[at]!;
    return words.join(' ');
  }

  /** A word other than `word`; undefined where none was seen. */
  #drawn(
    word: string,
    before: string | undefined,
    beforeThat: string | undefined,
    random: Random,
  ): string | undefined {
    const one = this.#known(before) + 1;
    const two = (this.#known(beforeThat) + 1) * (this.#words.length + 1) + one;
    const own = this.#known(word);
    for (const places of [this.#afterTwo.placesOf(two), this.#afterOne.placesOf(one), this.#anywhere]) {
      const drawn = this.#drawnOf(places, own, random);
      if (drawn !== undefined) return drawn;
    }
    return undefined;
  }

  /** A few draws are enough where the word is rarely the same; else all places are looked at. */
  #drawnOf(places: Places, own: number, random: Random): string | undefined {
    const draw = () => this.#text[places.at(Math.floor(random() * places.length))]!;
    const isOther = (word: number) => word >= 0 && word !== own;
    for (let tries = 0; tries < 8 && places.length > 0; tries++) {
      const word = draw();
      if (isOther(word)) return this.#words[word];
    }
    const others: number[] = [];
    for (let at = 0; at < Math.min(places.length, 1_000); at++) {
      const word = this.#text[places.at(at)]!;
      if (isOther(word)) others.push(word);
    }
    return others.length > 0 ? this.#words[others[Math.floor(random() * others.length)]!] : undefined;
  }

  get #anywhere(): Places {
    return { length: this.#text.length, at: (place) => place };
  }

  /** −1 for none. */
  #known(word: string | undefined): number {
    return word === undefined ? -1 : (this.#numbers.get(word) ?? -1);
  }

  #numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    this.#words.push(word);
    this.#numbers.set(word, this.#words.length - 1);
    return this.#words.length - 1;
  }
}

interface Places {
  readonly length: number;
  at(index: number): number;
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** Places by what comes before them, in sorted arrays: a map of lists would take ten times the memory. */
class Contexts {
  /** contexts, ascending, each once; and where its places begin */
  readonly #contexts: Float64Array;
  readonly #starts: Int32Array;
  readonly #places: Int32Array;

  /** @param contexts of each place */
  constructor(contexts: Float64Array) {
    const sorted = Float64Array.from(new Set(contexts)).sort();
    this.#contexts = sorted;
    const ranked = contexts.map((context, place) => lowerBound(sorted, context) * MAX_PLACES + place).sort();
    this.#places = Int32Array.from(ranked, (key) => key % MAX_PLACES);
    this.#starts = new Int32Array(sorted.length + 1);
    for (const key of ranked) this.#starts[Math.floor(key / MAX_PLACES) + 1]! += 1;
    for (let at = 0; at < sorted.length; at++) this.#starts[at + 1]! += this.#starts[at]!;
  }

  placesOf(context: number): Places {
    const rank = lowerBound(this.#contexts, context);
    if (this.#contexts[rank] !== context) return { length: 0, at: () => 0 };
    const start = this.#starts[rank]!;
    return {
      length: this.#starts[rank + 1]! - start,
      at: (index) => this.#places[start + index]!,
    };
  }
}

/** The first place whose value is `value` or more. */
function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

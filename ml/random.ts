/** A source of uniform numbers in [0, 1) with 32 random bits each. */
export type Random = () => number;

/**
 * sfc32, Chris Doty-Humphrey's small fast counting generator (PractRand): 128 bits of state, a period of at
 * least 2^32, the same numbers on every machine. Not for secrets.
 *
 * @param seed any integer; its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let a = 0;
  let b = seed >>> 0;
  let c = 0x9e3779b9; // the golden ratio, so that seed 0 does not start from an all-zero state
  let counter = 1;

  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round++) next(); // lets neighbouring seeds drift apart

  return () => next() / 0x1_0000_0000;
}

interface Shufflable<T> {
  readonly length: number;
  [index: number]: T;
}

/** Shuffles in place (Fisher–Yates, in Durstenfeld's version) and returns what it was given. */
export function shuffle<T, L extends Shufflable<T>>(items: L & Shufflable<T>, random: Random): L {
  for (let last = items.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    const held = items[last]!;
    items[last] = items[chosen]!;
    items[chosen] = held;
  }
  return items;
}

import { readFile, truncate, writeFile } from 'node:fs/promises';

/** Kinds of damage to the pages of a file (of blocks, if it has no pages). */
export const KINDS = ['flip', 'zero', 'swap', 'copy', 'randomise', 'truncate'] as const;
export type Kind = (typeof KINDS)[number];

/** A seeded generator of uniform numbers from 0 to 1 (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Damage {
  kind: Kind;
  /** where, as text */
  at: string;
}

const MAX_FLIPS = 4;
/** The proportion of damages to the first pages, which are the most critical. */
const HEAD_PROPORTION = 0.2;
const HEAD_PAGES = 4;
const HEAD_BYTES = 200;

/** Damages a file, the same way for the same seed. */
export async function damage(file: string, kind: Kind, seed: number, pageBytes: number): Promise<Damage> {
  const random = randomOf(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const bytes = await readFile(file);
  const pages = Math.max(1, Math.floor(bytes.length / pageBytes));
  const anyPage = () => below(random() < HEAD_PROPORTION ? Math.min(HEAD_PAGES, pages) : pages);
  const pageAt = (page: number) => bytes.subarray(page * pageBytes, (page + 1) * pageBytes);
  const first = anyPage();
  const page = pageAt(first);
  switch (kind) {
    case 'flip': {
      const flips = 1 + below(MAX_FLIPS);
      const limit = random() < 0.5 ? Math.min(HEAD_BYTES, page.length) : page.length;
      const bits = Array.from({ length: flips }, () => below(8 * limit));
      for (const bit of bits) page[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(file, bytes);
      return { kind, at: `bits ${bits} of page ${first}` };
    }
    case 'zero': {
      page.fill(0);
      break;
    }
    case 'randomise': {
      for (let i = 0; i < page.length; i++) page[i] = below(256);
      break;
    }
    case 'swap': {
      const second = anyPage();
      const kept = Buffer.from(page);
      page.set(pageAt(second));
      pageAt(second).set(kept);
      await writeFile(file, bytes);
      return { kind, at: `pages ${first} and ${second}` };
    }
    case 'copy': {
      const second = anyPage();
      page.set(pageAt(second));
      await writeFile(file, bytes);
      return { kind, at: `page ${second} over ${first}` };
    }
    case 'truncate': {
      const size = below(bytes.length);
      await truncate(file, size);
      return { kind, at: `to ${size} bytes` };
    }
  }
  await writeFile(file, bytes);
  return { kind, at: `page ${first}` };
}

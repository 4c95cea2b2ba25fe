import type { Random } from '../../ml/random.ts';

// Only sums, products and quotients of doubles, which every machine rounds alike: no logarithm, no power.

/** Any of the items, all as likely. */
export function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)]!;
}

/** The index of a weight, as likely as the weight is large. */
export function pickWeighted(weights: readonly number[], random: Random): number {
  let rest = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (let index = 0; index < weights.length - 1; index++) {
    rest -= weights[index]!;
    if (rest < 0) return index;
  }
  return weights.length - 1;
}

const zipfTables = new Map<number, readonly number[]>();

/** Any of the items, by Zipf's law (with Mandelbrot's shift): the one at rank r with a weight of 1 / (r + 3). */
export function pickZipf<T>(items: readonly T[], random: Random): T {
  const cumulative = zipfTables.get(items.length) ?? zipfTable(items.length);
  const chance = random() * cumulative.at(-1)!;
  return items[cumulative.findIndex((weight) => chance < weight)]!;
}

function zipfTable(ranks: number): readonly number[] {
  const cumulative: number[] = [];
  for (let rank = 0; rank < ranks; rank++) cumulative.push((cumulative.at(-1) ?? 0) + 1 / (rank + 3));
  zipfTables.set(ranks, cumulative);
  return cumulative;
}

/** A whole number from `least` up to and including `greatest`. */
export function integer(least: number, greatest: number, random: Random): number {
  return least + Math.floor(random() * (greatest - least + 1));
}

/** A number around 0 with standard deviation 1: the sum of twelve uniform ones, which every machine adds alike. */
export function gaussian(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

export const clamp = (value: number, least: number, greatest: number): number =>
  Math.min(Math.max(value, least), greatest);

export const round = (value: number, digits: number): number => {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
};

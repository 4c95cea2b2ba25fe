import { createHash } from 'node:crypto';

/** What is drawn at random in a training, each with a seed of its own. */
export const PURPOSES = ['split', 'shuffle', 'init', 'dropout', 'augmentation'] as const;
export type Purpose = (typeof PURPOSES)[number];
export type Seeds = Readonly<Record<Purpose, number>>;

/**
 * A seed for each purpose: the one given, or one that follows from the seed of the run. The split and the order of samples
 * take that as it is; the others a digest of it and their name, so that no two draw the same numbers.
 */
export function seedsOf(seed: number, given: Partial<Seeds> = {}): Seeds {
  const derived = (purpose: Purpose) => given[purpose] ?? digestOf(`${purpose}/${seed}`);
  return {
    split: given.split ?? seed,
    shuffle: given.shuffle ?? seed,
    init: derived('init'),
    dropout: derived('dropout'),
    augmentation: derived('augmentation'),
  };
}

/** The seed of one of many: an epoch, a layer, a step. What is drawn there needs nothing of the ones before it. */
export const seedAt = (seed: number, at: number): number => digestOf(`${seed}/${at}`);

/** 31 bits, as the seeds of events have them. */
const digestOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE() >>> 1;

import type { FieldValue, Instance, InstanceSchema } from '../instance/schema.ts';
import { type Random, shuffle } from '../random.ts';

/** What a perturbation knows of the samples: the standard deviation of each number. */
export type Deviations = ReadonlyMap<string, number>;

/** Changes an instance at random as life does. */
export interface Perturbation {
  /** the fields that it changes */
  readonly of: 'text' | 'number' | 'optional';
  readonly description: string;
  change(value: FieldValue, random: Random, deviation: number): FieldValue;
}

const onWords =
  (change: (words: string[], random: Random) => readonly string[]): Perturbation['change'] =>
  (value, random) =>
    typeof value === 'string' ? change(value.split(/\s+/).filter(Boolean), random).join(' ') : value;

const SHARE = 0.1;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const FORMULAS = [
  '$\\alpha_{i}$',
  '$O(n \\log n)$',
  '\\emph{e.g.}',
  '$\\mathcal{L}(\\theta)$',
  '\\cite{ref}',
];

/** By name. Texts lose or get a tenth of what they have; nothing is changed where there is nothing to change. */
export const PERTURBATIONS: Readonly<Record<string, Perturbation>> = {
  typos: {
    of: 'text',
    description: 'a letter swapped, left out, doubled or replaced in one of ten words',
    change: onWords((words, random) =>
      words.map((word) => (random() < SHARE ? misspelt(word, random) : word)),
    ),
  },
  tokenDropout: {
    of: 'text',
    description: 'one of ten words left out',
    change: onWords((words, random) => words.filter(() => random() >= SHARE)),
  },
  truncation: {
    of: 'text',
    description: 'the second half of the words cut off',
    change: onWords((words) => words.slice(0, Math.ceil(words.length / 2))),
  },
  shuffling: {
    of: 'text',
    description: 'the words in another order',
    change: onWords((words, random) => shuffle(words, random)),
  },
  latex: {
    of: 'text',
    description: 'a formula or a command of LaTeX after one of ten words',
    change: onWords((words, random) =>
      words.flatMap((word) => (random() < SHARE ? [word, chosen(FORMULAS, random)] : [word])),
    ),
  },
  gaussian: {
    of: 'number',
    description: 'noise of 0.1 standard deviations on numbers',
    change: (value, random, deviation) =>
      typeof value === 'number' ? value + SHARE * deviation * normal(random) : value,
  },
  missing: {
    of: 'optional',
    description: 'one of ten values missing, of fields that need none',
    change: (value, random) => (random() < SHARE ? null : value),
  },
};

/** An instance after a perturbation; numbers stay in their range. */
export function perturbed(
  instance: Instance,
  { of, change }: Perturbation,
  { fields }: InstanceSchema,
  deviations: Deviations,
  random: Random,
): Instance {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const value = instance[name] ?? null;
      const isMeant = of === 'optional' ? !field.required && field.type !== 'text' : field.type === of;
      const changed = isMeant ? change(value, random, deviations.get(name) ?? 0) : value;
      if (field.type !== 'number' || typeof changed !== 'number') return [name, changed];
      const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = field;
      return [name, Math.min(Math.max(changed, minimum), maximum)];
    }),
  );
}

/** Whether a perturbation changes any field of a schema. */
export const applies = ({ of }: Perturbation, { fields }: InstanceSchema): boolean =>
  Object.values(fields).some(({ type, required }) =>
    of === 'optional' ? !required && type !== 'text' : type === of,
  );

/** The standard deviation of each number over instances. */
export function deviationsOf({ fields }: InstanceSchema, instances: readonly Instance[]): Deviations {
  const names = Object.keys(fields).filter((name) => fields[name]!.type === 'number');
  return new Map(
    names.map((name) => {
      const values = instances.flatMap((instance) => {
        const value = instance[name];
        return typeof value === 'number' ? [value] : [];
      });
      const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      return [name, Math.sqrt(squares / Math.max(values.length, 1))];
    }),
  );
}

function misspelt(word: string, random: Random): string {
  const at = Math.floor(random() * word.length);
  const [before, own, after] = [word.slice(0, at), word[at]!, word.slice(at + 1)];
  switch (Math.floor(4 * random())) {
    case 0:
      return `${before}${after.slice(0, 1)}${own}${after.slice(1)}`;
    case 1:
      return `${before}${after}`;
    case 2:
      return `${before}${own}${own}${after}`;
    default:
      return `${before}${chosen([...LETTERS], random)}${after}`;
  }
}

const chosen = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)]!;

/** Box and Muller (1958). */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

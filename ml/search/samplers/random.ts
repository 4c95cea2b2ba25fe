import { sha256 } from '../../hash.ts';
import { type Random, seededRandom } from '../../random.ts';
import { valueFrom } from '../domain.ts';
import { isActive, type Space, type Values } from '../space.ts';
import type { Sampler } from './sampler.ts';

/** Every parameter at random, each value of its scale as probable as any other. */
export const randomSampler: Sampler = ({ space, seed }, _trials, number) =>
  randomValues(space, randomOf(seed, number));

/** The random numbers of a trial: they depend on nothing but the seed of the search and its number. */
export const randomOf = (seed: number, number: number): Random =>
  seededRandom(Number.parseInt(sha256(Buffer.from(`${seed}/${number}`)).slice(0, 8), 16));

export function randomValues(space: Space, random: Random): Values {
  const values: Record<string, Values[string]> = {};
  for (const parameter of space) {
    const value = valueFrom(parameter.domain, random());
    if (isActive(parameter, values)) values[parameter.name] = value;
  }
  return values;
}

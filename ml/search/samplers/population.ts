import type { Random } from '../../random.ts';
import type { Domain, Value } from '../domain.ts';
import { isLogarithmic, nearestValue, searchedRange, valueFrom } from '../domain.ts';
import { isActive, type Values } from '../space.ts';
import { completedOf, lossOf } from '../trial.ts';
import { randomOf, randomValues } from './random.ts';
import type { Sampler } from './sampler.ts';

const TOP = 0.2;
const RESAMPLED = 0.25;
/** of the range: how far a number is moved */
const MOVED = 0.1;

/**
 * Exploit and explore as in population-based training (Jaderberg et al. 2017): the parameters of a member of the best fifth
 * of the last trials, each of them drawn afresh by a quarter, else moved a little. The weights of a model are not
 * passed on: each trial is trained from the start.
 *
 * @param size trials that make up the population: the last so many that have a value
 */
export const populationSampler =
  (size: number): Sampler =>
  ({ space, direction, seed }, trials, number) => {
    const random = randomOf(seed, number);
    const completed = completedOf(trials);
    if (completed.length < size) return randomValues(space, random);
    const ranked = completed
      .slice(-size)
      .toSorted((a, b) => lossOf(direction, a.value) - lossOf(direction, b.value));
    const top = ranked.slice(0, Math.max(1, Math.ceil(TOP * size)));
    const parent = top[Math.floor(random() * top.length)]!;
    const values: Record<string, Value> = {};
    for (const parameter of space) {
      const value = explored(parameter.domain, parent.values[parameter.name], random);
      if (isActive(parameter, values)) values[parameter.name] = value;
    }
    return values as Values;
  };

function explored(domain: Domain, inherited: Value | undefined, random: Random): Value {
  const [isDrawn, uniform] = [random() < RESAMPLED, random()];
  if (inherited === undefined || isDrawn) return valueFrom(domain, uniform);
  if (domain.type === 'categorical') return inherited;
  const [low, high] = searchedRange(domain);
  const scale = isLogarithmic(domain) ? Math.log : Number;
  const moved = scale(Number(inherited)) + (uniform < 0.5 ? -1 : 1) * MOVED * (high - low) * random();
  return nearestValue(domain, isLogarithmic(domain) ? Math.exp(moved) : moved);
}

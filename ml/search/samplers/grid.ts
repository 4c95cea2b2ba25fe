import { InvalidInput } from '../../errors.ts';
import { seededRandom, shuffle } from '../../random.ts';
import type { Value } from '../domain.ts';
import { gridOf } from '../domain.ts';
import { isActive, type Space, type Values } from '../space.ts';
import type { Sampler } from './sampler.ts';

const MAX_POINTS = 100_000;

/**
 * Every combination of the values there are, in an order that the seed shuffles. Of a parameter with more values than
 * `points` so many at equal distances.
 */
export const gridSampler =
  (points: number): Sampler =>
  ({ space, seed }, _trials, number) =>
    shuffle(gridPoints(space, points), seededRandom(seed))[number];

/** @throws InvalidInput `grid` when there are too many */
export function gridPoints(space: Space, points: number): Values[] {
  let all: Record<string, Value>[] = [{}];
  for (const parameter of space) {
    const values = gridOf(parameter.domain, points);
    all = all.flatMap((each) =>
      isActive(parameter, each) ? values.map((value) => ({ ...each, [parameter.name]: value })) : [each],
    );
    if (all.length <= MAX_POINTS) continue;
    throw new InvalidInput(
      'grid',
      `the grid has more than ${MAX_POINTS} points by '${parameter.name}': give wider steps, fewer points, or another sampler`,
    );
  }
  return all;
}

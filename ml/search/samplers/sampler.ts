import type { Space, Values } from '../space.ts';
import type { Direction, Trial } from '../trial.ts';

/** What a sampler knows of a search. */
export interface SearchPlan {
  readonly space: Space;
  readonly direction: Direction;
  readonly seed: number;
  /** trials with random parameters before the sampler learns from them */
  readonly startupTrials: number;
}

/**
 * Chooses the parameters of a trial: a function of the plan, the trials before it and its number, so that a search that
 * was interrupted goes on with the parameters that it would have had.
 *
 * @param trials in the order of their numbers; parallel ones among them still run
 * @param number from 0
 * @returns undefined when there is nothing left to try
 */
export type Sampler = (plan: SearchPlan, trials: readonly Trial[], number: number) => Values | undefined;

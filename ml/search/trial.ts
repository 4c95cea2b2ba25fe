import type { Values } from './space.ts';

/** What a search is after: the lowest or the highest value of its objective. */
export type Direction = 'minimize' | 'maximize';

/** A value of the objective before the end of a trial. */
export interface Report {
  /** such as an epoch, from 1 */
  readonly step: number;
  readonly value: number;
}

/** One choice of parameters, and what came of it. */
export interface Trial {
  /** from 0 */
  readonly number: number;
  readonly values: Values;
  readonly state: 'running' | 'completed' | 'pruned' | 'failed';
  /** of the objective; undefined unless it is completed */
  readonly value?: number | undefined;
  /** digest of the package of its run, when it is completed */
  readonly package?: string | undefined;
  /** in their order */
  readonly reports: readonly Report[];
}

/** A trial that has a value. */
export type Completed = Trial & { readonly value: number };

/** The completed trials, but for those whose value is no number. */
export const completedOf = (trials: readonly Trial[]): readonly Completed[] =>
  trials.filter((trial): trial is Completed => trial.state === 'completed' && Number.isFinite(trial.value));

/** The value as one of which less is better. */
export const lossOf = (direction: Direction, value: number): number =>
  direction === 'minimize' ? value : -value;

/** The best of the completed trials, the first of equal ones; undefined when none is completed. */
export function bestOf(trials: readonly Trial[], direction: Direction): Completed | undefined {
  return completedOf(trials).reduce<Completed | undefined>(
    (best, trial) => (best && lossOf(direction, best.value) <= lossOf(direction, trial.value) ? best : trial),
    undefined,
  );
}

export const SCHEDULES = ['constant', 'linear', 'cosine', 'plateau'] as const;

/** How the learning rate changes while a model is trained; every kind begins with a linear warm-up where it has steps. */
export interface Schedule {
  /** what it rises to */
  readonly learningRate: number;
  /** After the warm-up: as it is; falling to 0 at the last step, in a line or a half cosine; less when an epoch gains nothing. */
  readonly schedule: (typeof SCHEDULES)[number];
  /** steps in which it rises from 0 */
  readonly warmupSteps: number;
}

/** Of `plateau`: what it is at, after the epochs so far. */
export interface Plateau {
  /** that the learning rate is multiplied by */
  readonly factor: number;
  /** epochs since the last that was better */
  readonly epochs: number;
}

export const NO_PLATEAU: Plateau = { factor: 1, epochs: 0 };

/** By how much `plateau` multiplies the learning rate, and after how many epochs more than this without a gain. */
const PLATEAU = { factor: 0.1, patience: 1 };

/**
 * The learning rate of a step, as Transformers' `get_constant_schedule_with_warmup`, `get_linear_schedule_with_warmup` and
 * `get_cosine_schedule_with_warmup` have it: 0 at the first step of a warm-up.
 *
 * @param step from 0
 * @param steps of the whole training
 */
export function learningRateAt(
  { learningRate, schedule, warmupSteps }: Schedule,
  step: number,
  steps: number,
  { factor }: Plateau = NO_PLATEAU,
): number {
  if (step < warmupSteps) return (learningRate * step) / warmupSteps;
  const done = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  switch (schedule) {
    case 'constant':
      return learningRate;
    case 'plateau':
      return learningRate * factor;
    case 'linear':
      return learningRate * (1 - done);
    case 'cosine':
      return (learningRate * (1 + Math.cos(Math.PI * done))) / 2;
  }
}

/** After an epoch: a tenth of the learning rate when the second in a row was no better (`ReduceLROnPlateau`, patience 1). */
export function plateauAfter({ factor, epochs }: Plateau, isBetter: boolean): Plateau {
  if (isBetter) return { factor, epochs: 0 };
  if (epochs < PLATEAU.patience) return { factor, epochs: epochs + 1 };
  return { factor: factor * PLATEAU.factor, epochs: 0 };
}

import { suggestion } from '../../kernel/nearest.ts';
import { InvalidInput } from '../errors.ts';
import { METRICS } from '../metrics/catalogue.ts';

/** What decides which epoch is the best one, and when there will be no better one. */
export interface StoppingRule {
  /** a number that every epoch reports */
  readonly monitor: string;
  /** which value of it is better */
  readonly mode: 'min' | 'max';
  /** epochs in a row without a better value, to stop after */
  readonly patience: number;
  /** A value is better when it is so by more than this. */
  readonly minDelta: number;
}

/** The best epoch so far; 0 before the first one. */
export interface BestEpoch {
  readonly epoch: number;
  readonly value: number;
}

export const NO_EPOCH: BestEpoch = { epoch: 0, value: Number.NaN };

/** Whether a value is better than that of the best epoch so far. */
export function isBetter({ mode, minDelta }: StoppingRule, value: number, best: BestEpoch): boolean {
  if (best.epoch === 0) return true;
  return mode === 'min' ? value < best.value - minDelta : value > best.value + minDelta;
}

/** Whether, after this epoch, patience is over. */
export const isOver = ({ patience }: StoppingRule, epoch: number, best: BestEpoch): boolean =>
  epoch - best.epoch >= patience;

/**
 * Which value of a number is better: that of a metric is known, of everything else (a loss) the smaller one.
 *
 * @param mode `auto`, or what the user says
 */
export function modeOf(monitor: string, mode: 'auto' | StoppingRule['mode']): StoppingRule['mode'] {
  if (mode !== 'auto') return mode;
  return Object.hasOwn(METRICS, monitor) && METRICS[monitor]!.better === 'higher' ? 'max' : 'min';
}

/** @throws InvalidInput `parameter` when no epoch reports it; it says which is meant, or which there are */
export function assertMonitored(monitor: string, reported: readonly string[]): void {
  if (reported.includes(monitor)) return;
  throw new InvalidInput(
    'parameter',
    `monitor: no epoch reports '${monitor}'; ${suggestion(monitor, reported)}`,
  );
}

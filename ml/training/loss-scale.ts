/**
 * What the loss is multiplied by before gradients of half precision are computed, so that small ones are not 0. The
 * gradients are divided by it before the step.
 */
export interface LossScale {
  readonly scale: number;
  /** steps since it last changed */
  readonly steps: number;
}

const GROWTH_STEPS = 2_000;
/** A gradient that overflows without any scale is not for want of range. */
const MIN_SCALE = 1;

export const INITIAL_LOSS_SCALE: LossScale = { scale: 2 ** 16, steps: 0 };

/**
 * After a step, as PyTorch's `GradScaler`: half of it when a gradient overflowed, in which case the step must be left out;
 * twice as much after 2,000 steps in which none did. Undefined when gradients overflow without a scale: the training diverges.
 */
export function lossScaleAfter({ scale, steps }: LossScale, hasOverflowed: boolean): LossScale | undefined {
  if (hasOverflowed) return scale > MIN_SCALE ? { scale: scale / 2, steps: 0 } : undefined;
  return steps + 1 < GROWTH_STEPS ? { scale, steps: steps + 1 } : { scale: scale * 2, steps: 0 };
}

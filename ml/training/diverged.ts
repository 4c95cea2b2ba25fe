import { InvalidInput } from '../errors.ts';

/** What is known when a number of a training is not finite. */
export interface Divergence {
  readonly what: 'the training loss' | 'the validation loss' | 'the gradient';
  readonly value: number;
  /** from 1 */
  readonly epoch: number;
  /** of the epoch, from 1, where there are several */
  readonly step?: number;
  /** losses before it, the latest last */
  readonly before: readonly number[];
  /** at that step */
  readonly learningRate?: number;
  /** the norm that gradients are clipped to; 0 for none, undefined where the engine cannot */
  readonly clipNorm?: number;
}

/** A loss that grew this many times since its least was on its way before the number that is not finite. */
const GROWTH = 2;

/**
 * Ends a training in which a number is not finite, with what may have led to it and what to change.
 *
 * @throws InvalidInput `diverged` when `value` is NaN or infinite
 */
export function assertFinite(divergence: Divergence): void {
  if (Number.isFinite(divergence.value)) return;
  throw new InvalidInput('diverged', diagnosisOf(divergence));
}

/**
 * The same of the losses of an epoch.
 *
 * @param before training losses of the epochs before it
 * @throws InvalidInput `diverged`
 */
export function assertFiniteEpoch(
  { epoch, trainLoss }: { readonly epoch: number; readonly trainLoss: number },
  before: readonly number[],
  validationLoss = 0,
): void {
  assertFinite({ what: 'the training loss', value: trainLoss, epoch, before });
  assertFinite({ what: 'the validation loss', value: validationLoss, epoch, before });
}

/** For people: what happened, what it means, and what to change. */
export function diagnosisOf(divergence: Divergence): string {
  const { what, value, epoch, step } = divergence;
  const place = step === undefined ? `epoch ${epoch}` : `epoch ${epoch}, step ${step}`;
  return `the training diverged: ${what} is ${value} in ${place}. ${causeOf(divergence)} Change: ${remediesOf(divergence).join('; ')}`;
}

function causeOf({ before }: Divergence): string {
  const last = before.at(-1);
  if (last === undefined) {
    return 'It was so from the beginning: a feature may be huge, or the learning rate is.';
  }
  const least = Math.min(...before);
  return last > GROWTH * least && last - least > 1e-9
    ? `The loss had grown from ${least.toPrecision(3)} to ${last.toPrecision(3)}: the steps are too long.`
    : `The loss before it was ${last.toPrecision(3)}: one sample or one step was too much.`;
}

function remediesOf({ learningRate, clipNorm }: Divergence): string[] {
  return [
    ...(learningRate === undefined || learningRate === 0
      ? ['regularise more']
      : [`a learningRate of ${Number((learningRate / 10).toPrecision(2))} or less`, 'more warmupSteps']),
    ...(clipNorm === undefined ? [] : [clipNorm === 0 ? 'a clipNorm of 1' : `a clipNorm below ${clipNorm}`]),
    'look for values in the data that are far out of their range',
  ];
}

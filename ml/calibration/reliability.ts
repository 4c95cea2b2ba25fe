import { CALIBRATION_BINS, calibrationBin } from '../metrics/probabilistic.ts';

/** The samples whose confidence falls into (lower, upper]. Of a calibrated model `accuracy` is about `confidence`. */
export interface ReliabilityBin {
  readonly lower: number;
  readonly upper: number;
  readonly samples: number;
  /** mean of the bin */
  readonly confidence: number;
  /** share of the bin that is right */
  readonly accuracy: number;
}

/**
 * The reliability curve (DeGroot and Fienberg 1983): bins of equal width, without those that are empty. The gaps, weighted by
 * samples, are the expected calibration error.
 *
 * @param confidence the probability of the prediction, sample by sample
 * @param hits 1 where it is right, else 0
 */
export function reliabilityCurve(
  confidence: Float64Array,
  hits: ArrayLike<number>,
  bins = CALIBRATION_BINS,
): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ samples: 0, confidence: 0, hits: 0 }));
  for (const [row, own] of confidence.entries()) {
    const bin = sums[calibrationBin(own, bins)]!;
    bin.samples += 1;
    bin.confidence += own;
    bin.hits += hits[row]!;
  }
  return sums.flatMap(({ samples, confidence: sum, hits: right }, bin) =>
    samples === 0
      ? []
      : [
          {
            lower: bin / bins,
            upper: (bin + 1) / bins,
            samples,
            confidence: sum / samples,
            accuracy: right / samples,
          },
        ],
  );
}

import { InvalidInput } from '../errors.ts';
import type { TfidfOptions } from '../features/tfidf.ts';

/** How a linear classifier is trained. Same data, labels and parameters: the same model, bit for bit. */
export interface LinearParameters extends Required<TfidfOptions> {
  /** Cost of a violated margin; the inverse of the strength of regularisation. */
  readonly c: number;
  /** How many times the title counts. */
  readonly titleWeight: number;
  readonly maxEpochs: number;
  /** Training stops after so many epochs in a row without a better log loss on the validation samples. */
  readonly patience: number;
  /** Training stops when no projected gradient is larger: the optimum is reached. */
  readonly tolerance: number;
  readonly seed: number;
}

export const LINEAR_DEFAULTS: LinearParameters = {
  ngram: 2,
  minDf: 2,
  maxFeatures: 200_000,
  idfPower: 2,
  c: 0.5,
  titleWeight: 2,
  maxEpochs: 20,
  patience: 3,
  tolerance: 0.05,
  seed: 42,
};

/** @throws InvalidInput `parameter`, naming the one that is out of range */
export function linearParameters(given: Partial<LinearParameters>): LinearParameters {
  const parameters = { ...LINEAR_DEFAULTS, ...given };
  const { ngram, minDf, maxFeatures, idfPower, c, titleWeight, maxEpochs, patience, tolerance, seed } =
    parameters;
  const wholeFrom = (least: number, value: number) => Number.isSafeInteger(value) && value >= least;
  const right: Record<keyof LinearParameters, boolean> = {
    ngram: ngram === 1 || ngram === 2,
    minDf: wholeFrom(1, minDf),
    maxFeatures: wholeFrom(1, maxFeatures),
    idfPower: idfPower >= 0 && idfPower < Infinity,
    c: c > 0 && c < Infinity,
    titleWeight: wholeFrom(0, titleWeight),
    maxEpochs: wholeFrom(1, maxEpochs),
    patience: wholeFrom(1, patience),
    tolerance: tolerance >= 0,
    seed: Number.isSafeInteger(seed),
  };
  for (const [name, isRight] of Object.entries(right)) {
    if (!isRight) throw new InvalidInput('parameter', `${name} is out of range in ${JSON.stringify(given)}`);
  }
  return parameters;
}

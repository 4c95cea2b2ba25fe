import type { EpochReport, TrainingData } from '../engines/engine.ts';
import type { Instance } from '../instance/schema.ts';
import type { LinearEpoch, LinearState, LinearTargets } from '../linear/fit.ts';
import { linearMargins } from '../linear/model.ts';
import { type LinearParameters, linearParameters } from '../linear/parameters.ts';
import type { TextEncoder } from '../linear/text.ts';
import { type LinearData, linearTargets, type TrainedLinear, trainLinear } from '../linear/train.ts';
import type { DenseMatrix } from '../matrix.ts';
import type { Example } from '../problem.ts';
import { logProbabilities } from './blend.ts';
import { type Head, headMargins, type TrainedHead, trainHead } from './head.ts';
import type { EncoderParameters } from './parameters.ts';

// The two models that are blended: a linear one of the words of a text, and the scores of an encoder.

export interface EncoderData extends Omit<TrainingData, 'parameters'> {
  readonly parameters: EncoderParameters;
}

/** A linear model of texts. */
export type TextModel = TrainedLinear & { readonly encoder: TextEncoder };

/** An epoch, or a step of it, and what it takes to go on after it. */
export interface Step<State> {
  readonly report?: EpochReport;
  state(): State;
}

/** The scores of an encoder, with the embeddings that the encoder has for the validation examples. */
export interface FittedHead extends TrainedHead {
  readonly validation: DenseMatrix;
  /** those of the encoder in full precision, where the validation examples have been embedded by less */
  readonly exact?: DenseMatrix;
}

export type Targets = LinearTargets & { readonly type: 'classification' };

/** A fit that yields after each epoch, see `fitLinear`. */
type Fitting<Fit> = Generator<{ report: LinearEpoch; state: () => LinearState }, Fit>;

/** Those that are of the linear model too. */
export function linearParametersOf(parameters: EncoderParameters): LinearParameters {
  const own = Object.keys(linearParameters.shape);
  return linearParameters.parse(
    Object.fromEntries(Object.entries(parameters).filter(([name]) => own.includes(name))),
  );
}

/** @throws InvalidInput as `linearTargets` */
export function classTargets(
  { task, parameters }: Pick<EncoderData, 'task' | 'parameters'>,
  train: readonly Example[],
  validation: readonly Example[],
): Targets {
  const targets = linearTargets(task, train, validation, linearParametersOf(parameters));
  if (targets.type !== 'classification') throw new TypeError('an encoder learns classes');
  return targets;
}

/** A logistic regression on embeddings of an encoder that stays as it is. */
export function* fitFrozen(
  embeddings: { readonly train: DenseMatrix; readonly validation: DenseMatrix },
  targets: LinearTargets,
  parameters: LinearParameters,
  seed: number,
  after?: LinearState,
): Generator<Step<LinearState>, FittedHead> {
  const training = trainHead({ ...embeddings, targets }, parameters, seed, after);
  const head = yield* steps(training, embeddings.train.rows);
  return { ...head, validation: embeddings.validation };
}

export function* trainText(data: LinearData, after?: LinearState): Generator<Step<LinearState>, TextModel> {
  const model = yield* steps(trainLinear(data, after), data.train.length);
  const { encoder } = model;
  if (encoder.kind !== 'text') throw new TypeError('an encoder is of texts');
  return { ...model, encoder };
}

function* steps<Fit>(fitting: Fitting<Fit>, samples: number): Generator<Step<LinearState>, Fit> {
  for (;;) {
    const { done, value } = fitting.next();
    if (done) return value;
    const { epoch, trainLoss, validation } = value.report;
    yield {
      report: { epoch, trainLoss, validation: validation?.metrics ?? {}, samples },
      state: value.state,
    };
  }
}

export const textMargins = ({ encoder, weights }: TextModel, instances: readonly Instance[]): DenseMatrix =>
  linearMargins(encoder.encode(instances), weights);

export const textLogs = (model: TextModel, instances: readonly Instance[]): DenseMatrix =>
  logProbabilities(textMargins(model, instances), model.temperature);

export const headLogs = (head: Head, embeddings: DenseMatrix): DenseMatrix =>
  logProbabilities(headMargins(embeddings, head), head.temperature);

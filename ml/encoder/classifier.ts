import { softmaxRows } from '../calibration/temperature.ts';
import type { EpochReport, TrainingData } from '../engines/engine.ts';
import type { Instance } from '../instance/schema.ts';
import type { LinearEpoch, LinearState } from '../linear/fit.ts';
import { linearMargins } from '../linear/model.ts';
import { linearParameters } from '../linear/parameters.ts';
import type { TextEncoder } from '../linear/text.ts';
import { type LinearData, linearTargets, type TrainedLinear, trainLinear } from '../linear/train.ts';
import type { DenseMatrix } from '../matrix.ts';
import { classesOf, type LearningProblem } from '../problem.ts';
import { type Blend, blended, fitBlend, logProbabilities } from './blend.ts';
import { type Head, headMargins, type TrainedHead, trainHead } from './head.ts';
import type { EncoderParameters } from './parameters.ts';

export interface EncoderData extends Omit<TrainingData, 'parameters'> {
  readonly parameters: EncoderParameters;
  /** one row for each example */
  readonly embeddings: { readonly train: DenseMatrix; readonly validation: DenseMatrix };
}

/** A linear model of texts. */
type TextModel = TrainedLinear & { readonly encoder: TextEncoder };

export interface TrainedEncoder {
  readonly task: LearningProblem;
  readonly head: Head;
  readonly linear: { readonly model: TextModel; readonly blend: Blend } | undefined;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
}

/** After an epoch, all that it takes to go on: the last state of each of the two fits. */
interface EncoderState {
  readonly linear: LinearState | undefined;
  readonly head: LinearState | undefined;
}

/** An epoch, and what it takes to go on after it. */
interface Step {
  readonly report: EpochReport;
  state(): EncoderState;
}

/** A fit that yields after each epoch, see `fitLinear`. */
type Fitting<Fit> = Generator<{ report: LinearEpoch; state: () => LinearState }, Fit>;

/**
 * Trains a classifier of embeddings, and first the linear model that it is blended with: the epochs of one follow those of
 * the other. The blend is chosen on the validation examples. See `fitLinear` for `after`.
 *
 * @throws InvalidInput as `trainLinear`
 */
export function* trainEncoder(data: EncoderData, after?: EncoderState): Generator<Step, TrainedEncoder> {
  const { task, train, validation, embeddings, seed } = data;
  const { weights: _, maxTokens: __, blend, encoderC, ...given } = data.parameters;
  const parameters = linearParameters.parse(given);
  const linear = blend ? yield* trainText({ ...data, parameters }, after?.linear) : undefined;
  const before = linear?.model.epochs.length ?? 0;
  const targets = linearTargets(task, train, validation, parameters);
  const training = trainHead({ ...embeddings, targets }, { ...parameters, c: encoderC }, seed, after?.head);
  const head = yield* steps(training, { before, samples: train.length }, (head) => ({
    linear: linear?.state(),
    head: head(),
  }));
  return {
    task,
    head,
    linear: linear && { model: linear.model, blend: blendOf(linear.model, head, data) },
    epochs: before + head.epochs,
    bestEpoch: before + head.bestEpoch,
    stoppedEarly: head.stoppedEarly,
  };
}

function* trainText(
  data: LinearData,
  after: LinearState | undefined,
): Generator<Step, { model: TextModel; state: () => LinearState | undefined }> {
  let last: () => LinearState | undefined = () => after;
  const stateOf = (state: () => LinearState) => ({ linear: state(), head: undefined });
  const trained = yield* steps(
    trainLinear(data, after),
    { before: 0, samples: data.train.length },
    stateOf,
    (state) => {
      last = state;
    },
  );
  const { encoder } = trained;
  if (encoder.kind !== 'text') throw new TypeError('an encoder is of texts');
  return { model: { ...trained, encoder }, state: last };
}

/** The epochs of a fit, after so many of another. */
function* steps<Fit>(
  fitting: Fitting<Fit>,
  { before, samples }: { before: number; samples: number },
  stateOf: (state: () => LinearState) => EncoderState,
  onEpoch: (state: () => LinearState) => void = () => {},
): Generator<Step, Fit> {
  for (;;) {
    const { done, value } = fitting.next();
    if (done) return value;
    const { report, state } = value;
    const { epoch, trainLoss, validation } = report;
    onEpoch(state);
    yield {
      report: { epoch: before + epoch, trainLoss, validation: validation?.metrics ?? {}, samples },
      state: () => stateOf(state),
    };
  }
}

function blendOf(linear: TextModel, head: TrainedHead, { task, validation, embeddings }: EncoderData): Blend {
  const labels = task.type === 'classification' ? task.labels : [];
  const instances = validation.map(({ instance }) => instance);
  return fitBlend(
    linearLogs(linear, instances),
    headLogs(head, embeddings.validation),
    classesOf(validation, labels),
  );
}

/** The probability of each label, one row for each instance. */
export function predictEncoder(
  { head, linear }: Pick<TrainedEncoder, 'head' | 'linear'>,
  instances: readonly Instance[],
  embeddings: DenseMatrix,
): DenseMatrix {
  if (!linear) return softmaxRows(headMargins(embeddings, head), head.temperature);
  const { model, blend } = linear;
  const margins = blended(linearLogs(model, instances), headLogs(head, embeddings), blend.share);
  return softmaxRows(margins, blend.temperature);
}

const linearLogs = ({ encoder, weights, temperature }: TextModel, instances: readonly Instance[]) =>
  logProbabilities(linearMargins(encoder.encode(instances), weights), temperature);

const headLogs = (head: Head, embeddings: DenseMatrix) =>
  logProbabilities(headMargins(embeddings, head), head.temperature);

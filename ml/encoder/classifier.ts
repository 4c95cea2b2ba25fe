import { softmaxRows } from '../calibration/temperature.ts';
import type { EpochReport, TrainingData } from '../engines/engine.ts';
import { InvalidInput } from '../errors.ts';
import type { Instance } from '../instance/schema.ts';
import type { LinearEpoch, LinearState, LinearTargets } from '../linear/fit.ts';
import { linearMargins } from '../linear/model.ts';
import { type LinearParameters, linearParameters } from '../linear/parameters.ts';
import type { TextEncoder } from '../linear/text.ts';
import { type LinearData, linearTargets, type TrainedLinear, trainLinear } from '../linear/train.ts';
import { argmaxRows, type DenseMatrix } from '../matrix.ts';
import { classesOf, type LearningProblem } from '../problem.ts';
import { type Blend, blended, fitBlend, fitThreshold, isSure, logProbabilities, topsOf } from './blend.ts';
import { type Head, headMargins, type TrainedHead, trainHead } from './head.ts';
import type { EncoderParameters } from './parameters.ts';

export interface EncoderData extends Omit<TrainingData, 'parameters'> {
  readonly parameters: EncoderParameters;
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
  /** points of accuracy on the validation examples that the precision of the encoder costs; undefined for the full one */
  readonly pointsLost: number | undefined;
}

/** After an epoch, or a step of it, all that it takes to go on: the last state of each of the two fits. */
interface EncoderState<State> {
  readonly linear: LinearState | undefined;
  readonly head: State | undefined;
}

/** An epoch, or a step of it, and what it takes to go on after it. */
interface Step<State> {
  readonly report?: EpochReport;
  state(): State;
}

/** The scores of an encoder, with the embeddings that the encoder has for the validation examples. */
export interface FittedHead extends TrainedHead {
  readonly validation: DenseMatrix;
  /** those of the encoder in full precision, where the validation examples have been embedded by less */
  readonly exact?: DenseMatrix;
}

type Targets = LinearTargets & { readonly type: 'classification' };

/** Fits the scores of an encoder, and perhaps the encoder, from the beginning or `after` a state that was yielded. */
export type FitHead<State> = (
  targets: Targets,
  parameters: LinearParameters,
  after: State | undefined,
) => Generator<Step<State>, FittedHead> | AsyncGenerator<Step<State>, FittedHead>;

/** Fits the scores again on all examples, the validation ones after the others, in so many epochs. */
export type RefitHead = (
  targets: Targets,
  parameters: LinearParameters,
) => Generator<Step<LinearState>, TrainedHead>;

/** A fit that yields after each epoch, see `fitLinear`. */
type Fitting<Fit> = Generator<{ report: LinearEpoch; state: () => LinearState }, Fit>;

/**
 * Trains a classifier of embeddings, and first the linear model that it is blended with: the epochs of one follow those of
 * the other. The blend is chosen on the validation examples. See `fitLinear` for `after`. With `refitHead` both are then
 * fitted on the validation examples too, with all that was chosen on those: epochs, temperatures, share and threshold.
 *
 * @throws InvalidInput as `trainLinear`
 */
export async function* trainEncoder<State>(
  data: EncoderData,
  fitHead: FitHead<State>,
  after?: EncoderState<State>,
  refitHead?: RefitHead,
): AsyncGenerator<Step<EncoderState<State>>, TrainedEncoder> {
  const { task, train, validation } = data;
  const parameters = linearParametersOf(data.parameters);
  const linear = data.parameters.blend
    ? yield* trainText<State>({ ...data, parameters }, after?.linear)
    : undefined;
  const before = linear?.model.epochs.length ?? 0;
  const targets = linearTargets(task, train, validation, parameters);
  if (targets.type !== 'classification') throw new TypeError('an encoder learns classes');
  const fitting = fitHead(targets, parameters, after?.head);
  let last: () => State | undefined = () => after?.head;
  let fitted = await fitting.next();
  for (; !fitted.done; fitted = await fitting.next()) {
    const { report, state } = fitted.value;
    last = state;
    yield {
      ...(report && { report: { ...report, epoch: before + report.epoch } }),
      state: () => ({ linear: linear?.state(), head: state() }),
    };
  }
  const head = fitted.value;
  const blend = linear && blendOf(linear.model, head, data);
  const state = () => ({ linear: linear?.state(), head: last() });
  const again = refitHead && (yield* refitted({ data, linear: linear?.model, head }, refitHead, state));
  const model = again?.linear ?? linear?.model;
  return {
    ...{ task, head: again?.head ?? head, stoppedEarly: head.stoppedEarly },
    linear: model && blend && { model, blend },
    pointsLost: head.exact && pointsLost(linear?.model, head, head.exact, data),
    epochs: before + head.epochs,
    bestEpoch: before + head.bestEpoch,
  };
}

/** Fits again what was fitted, and yields now and then, so that it can be stopped: it goes on from where it began. */
function* refitted<State>(
  { data, linear, head }: { data: EncoderData; linear: TextModel | undefined; head: FittedHead },
  refitHead: RefitHead,
  state: () => State,
): Generator<Step<State>, { linear: TextModel | undefined; head: Head }> {
  const { task } = data;
  const all = [...data.train, ...data.validation];
  const parameters = linearParametersOf(data.parameters);
  const text =
    linear &&
    (yield* silently(
      trainText({
        ...{ ...data, train: all, validation: [] },
        parameters: { ...parameters, maxEpochs: linear.bestEpoch },
      }),
      state,
    ));
  const targets = linearTargets(task, all, [], parameters);
  if (targets.type !== 'classification') throw new TypeError('an encoder learns classes');
  const scores = yield* silently(refitHead(targets, { ...parameters, maxEpochs: head.bestEpoch }), state);
  return {
    linear: text && { ...text.model, temperature: linear.temperature },
    head: { ...scores, temperature: head.temperature },
  };
}

/** What a fit gives, without its reports. */
function* silently<State, Fit>(
  fitting: Generator<unknown, Fit>,
  state: () => State,
): Generator<Step<State>, Fit> {
  for (;;) {
    const { done, value } = fitting.next();
    if (done) return value;
    yield { state };
  }
}

/** Points of accuracy that a precision may cost. */
const MOST_POINTS = 0.5;

/**
 * Points of accuracy (hundredths) on the validation examples that the precision costs, of the whole model, each with a blend of
 * its own; below 0 where it gains.
 *
 * @throws InvalidInput `precision` for more than half a point
 */
function pointsLost(
  linear: TextModel | undefined,
  head: FittedHead,
  exact: DenseMatrix,
  data: EncoderData,
): number {
  const { exportPrecision: precision } = data.parameters;
  const { length } = data.validation;
  if (length === 0) {
    const reason = `exportPrecision ${precision} needs a validation split, to measure what it costs: add one, or train with exportPrecision fp32`;
    throw new InvalidInput('precision', reason);
  }
  const [before, after] = [{ ...head, validation: exact }, head].map((own) =>
    rightAnswers(linear, own, data),
  );
  const lost = (100 * (before! - after!)) / length;
  if (lost <= MOST_POINTS) return lost;
  throw new InvalidInput(
    'precision',
    `exportPrecision ${precision} costs ${lost.toFixed(2)} points of accuracy on the ${length} validation samples (${before} right answers before, ${after} after), and ${MOST_POINTS} are allowed: train with exportPrecision ${precision === 'int8' ? 'fp16 or fp32' : 'fp32'}`,
  );
}

function rightAnswers(linear: TextModel | undefined, head: FittedHead, data: EncoderData): number {
  const second = headLogs(head, head.validation);
  const labels = labelsOf(data);
  const scores = linear
    ? blended(validationLogs(linear, data), second, blendOf(linear, head, data).share)
    : second;
  return argmaxRows(scores).filter((label, row) => label === labels[row]).length;
}

/** Those that are of the linear model too. */
function linearParametersOf(parameters: EncoderParameters): LinearParameters {
  const own = Object.keys(linearParameters.shape);
  return linearParameters.parse(
    Object.fromEntries(Object.entries(parameters).filter(([name]) => own.includes(name))),
  );
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

function* trainText<State>(
  data: LinearData,
  after?: LinearState,
): Generator<Step<EncoderState<State>>, { model: TextModel; state: () => LinearState | undefined }> {
  let last: () => LinearState | undefined = () => after;
  const training = steps(trainLinear(data, after), data.train.length);
  let trained = training.next();
  for (; !trained.done; trained = training.next()) {
    const { report, state } = trained.value;
    last = state;
    yield { ...(report && { report }), state: () => ({ linear: state(), head: undefined }) };
  }
  const model = trained.value;
  const { encoder } = model;
  if (encoder.kind !== 'text') throw new TypeError('an encoder is of texts');
  return { model: { ...model, encoder }, state: last };
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

const labelsOf = ({ task, validation }: EncoderData): Int32Array =>
  classesOf(validation, task.type === 'classification' ? task.labels : []);

const validationLogs = (linear: TextModel, { validation }: EncoderData): DenseMatrix =>
  linearLogs(
    linear,
    validation.map(({ instance }) => instance),
  );

function blendOf(linear: TextModel, head: FittedHead, data: EncoderData): Blend {
  const labels = labelsOf(data);
  const first = validationLogs(linear, data);
  const second = headLogs(head, head.validation);
  const blend = fitBlend(first, second, labels);
  if (!data.parameters.cascade) return blend;
  const both = logProbabilities(blended(first, second, blend.share), blend.temperature);
  return { ...blend, threshold: fitThreshold(first, both, labels, data.parameters.cascadeTolerance) };
}

/**
 * The probability of each label, one row for each instance.
 *
 * @param embed embeddings of instances; a cascade asks for those alone of which the linear model is unsure
 */
export async function predictEncoder(
  { head, linear }: Pick<TrainedEncoder, 'head' | 'linear'>,
  instances: readonly Instance[],
  embed: (instances: readonly Instance[]) => Promise<DenseMatrix>,
): Promise<DenseMatrix> {
  if (!linear) return softmaxRows(headMargins(await embed(instances), head), head.temperature);
  const { model, blend } = linear;
  const { share, temperature, threshold = 2 } = blend;
  const logs = linearLogs(model, instances);
  const tops = topsOf(logs);
  const unsure = Array.from(tops.keys()).filter((row) => !isSure(tops[row]!, threshold));
  const asked = headLogs(head, await embed(unsure.map((row) => instances[row]!)));
  const { columns } = logs;
  const scores = logs.values.map((log) => temperature * log); // of which the softmax below makes what they were
  for (const [at, row] of unsure.entries()) {
    const own = logs.values.subarray(row * columns, (row + 1) * columns);
    for (const [k, log] of own.entries()) {
      scores[row * columns + k] = share * log + (1 - share) * asked.values[at * columns + k]!;
    }
  }
  return softmaxRows({ ...logs, values: scores }, temperature);
}

const linearLogs = ({ encoder, weights, temperature }: TextModel, instances: readonly Instance[]) =>
  logProbabilities(linearMargins(encoder.encode(instances), weights), temperature);

const headLogs = (head: Head, embeddings: DenseMatrix) =>
  logProbabilities(headMargins(embeddings, head), head.temperature);

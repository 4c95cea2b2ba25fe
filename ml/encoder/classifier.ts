import { softmaxRows } from '../calibration/temperature.ts';
import { InvalidInput } from '../errors.ts';
import type { Instance } from '../instance/schema.ts';
import type { LinearState } from '../linear/fit.ts';
import type { LinearParameters } from '../linear/parameters.ts';
import { argmaxRows, type DenseMatrix } from '../matrix.ts';
import { classesOf, type LearningProblem } from '../problem.ts';
import { type Blend, blended, type ChosenBlend, chooseBlend, isSure, topsOf } from './blend.ts';
import {
  classTargets,
  type EncoderData,
  type FittedHead,
  headLogs,
  linearParametersOf,
  type Step,
  type Targets,
  type TextModel,
  textLogs,
  trainText,
} from './halves.ts';
import { type Head, headMargins } from './head.ts';
import { chooseByFolds, type FoldChoice, fitAgain, type RefitData } from './refit.ts';

export interface TrainedEncoder {
  readonly task: LearningProblem;
  readonly head: Head;
  readonly linear: { readonly model: TextModel; readonly blend: Blend } | undefined;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
  /** points of accuracy on the validation examples that the precision of the encoder costs; undefined for the full one */
  readonly pointsLost: number | undefined;
  /** of the validation examples, where it is fitted to them too: probabilities by models that are not */
  readonly unseen: DenseMatrix | undefined;
}

/** After an epoch, or a step of it, all that it takes to go on: the last state of each of the two fits. */
interface EncoderState<State> {
  readonly linear: LinearState | undefined;
  readonly head: State | undefined;
}

/** Fits the scores of an encoder, and perhaps the encoder, from the beginning or `after` a state that was yielded. */
export type FitHead<State> = (
  targets: Targets,
  parameters: LinearParameters,
  after: State | undefined,
) => Generator<Step<State>, FittedHead> | AsyncGenerator<Step<State>, FittedHead>;

/**
 * Trains a classifier of embeddings, and first the linear model that it is blended with: the epochs of one follow those of
 * the other. The blend is chosen on the validation examples. See `fitLinear` for `after`. With the embeddings of all examples
 * both are then fitted on the validation examples too, with all that was chosen on those, or by cross-validation where the
 * parameters have folds: epochs, temperatures, share and threshold.
 *
 * @param everything of an encoder that stays as it is: embeddings of the training and then of the validation examples
 * @throws InvalidInput as `trainLinear`
 */
export async function* trainEncoder<State>(
  data: EncoderData,
  fitHead: FitHead<State>,
  after?: EncoderState<State>,
  everything?: DenseMatrix,
): AsyncGenerator<Step<EncoderState<State>>, TrainedEncoder> {
  const { task, train, validation } = data;
  const parameters = linearParametersOf(data.parameters);
  let lastText: () => LinearState | undefined = () => after?.linear;
  let text: TextModel | undefined;
  if (data.parameters.blend) {
    const training = trainText({ ...data, parameters }, after?.linear);
    let trained = training.next();
    for (; !trained.done; trained = training.next()) {
      const { report, state } = trained.value;
      lastText = state;
      yield { ...(report && { report }), state: () => ({ linear: state(), head: undefined }) };
    }
    text = trained.value;
  }
  const before = text?.epochs.length ?? 0;
  const fitting = fitHead(classTargets(data, train, validation), parameters, after?.head);
  let last: () => State | undefined = () => after?.head;
  const state = () => ({ linear: lastText(), head: last() });
  let fitted = await fitting.next();
  for (; !fitted.done; fitted = await fitting.next()) {
    const { report, state: own } = fitted.value;
    last = own;
    yield { ...(report && { report: { ...report, epoch: before + report.epoch } }), state };
  }
  const head = fitted.value;
  const chosen = text && blendOf(text, head, data);
  const whole: TrainedEncoder = {
    ...{ task, head, stoppedEarly: head.stoppedEarly, unseen: undefined },
    linear: text && chosen && { model: text, blend: chosen.blend },
    pointsLost: head.exact && pointsLost(text, head, head.exact, data),
    epochs: before + head.epochs,
    bestEpoch: before + head.bestEpoch,
  };
  if (!everything) return whole;
  const onValidation: FoldChoice = {
    head,
    linear: text && chosen && { ...text, blend: chosen.blend },
    scores: chosen?.scores ?? headLogs(head, head.validation),
  };
  const again = refitted({ data, embeddings: everything }, onValidation);
  for (let step = again.next(); ; step = again.next()) {
    if (step.done) return { ...whole, ...step.value };
    yield { state }; // it can be stopped, and goes on from where this began
  }
}

function* refitted(
  given: RefitData,
  onValidation: FoldChoice,
): Generator<undefined, Pick<TrainedEncoder, 'head' | 'linear' | 'unseen'>> {
  const { parameters, validation } = given.data;
  const choice = parameters.folds > 0 ? yield* chooseByFolds(given) : onValidation;
  const { head, linear } = yield* fitAgain(given, choice);
  const { columns, values } = choice.scores; // of folds those of the training examples come first
  const own = values.subarray(values.length - validation.length * columns);
  return {
    head,
    linear: linear && choice.linear && { model: linear, blend: choice.linear.blend },
    unseen: softmaxRows({ rows: validation.length, columns, values: own }),
  };
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
    ? blended(validationLogs(linear, data), second, blendOf(linear, head, data).blend.share)
    : second;
  return argmaxRows(scores).filter((label, row) => label === labels[row]).length;
}

const labelsOf = ({ task, validation }: EncoderData): Int32Array =>
  classesOf(validation, task.type === 'classification' ? task.labels : []);

const validationLogs = (linear: TextModel, { validation }: EncoderData): DenseMatrix =>
  textLogs(
    linear,
    validation.map(({ instance }) => instance),
  );

const blendOf = (linear: TextModel, head: FittedHead, data: EncoderData): ChosenBlend =>
  chooseBlend(validationLogs(linear, data), headLogs(head, head.validation), labelsOf(data), data.parameters);

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
  const logs = textLogs(model, instances);
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
